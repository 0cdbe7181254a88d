#include "core/daemon/dispatcher.h"

#include <cstdlib>
#include <utility>

#include "core/base/check.h"
#include "core/rpc/xdr.h"

namespace lockscope::daemon {

// Arguments in, result out; knows the procedure's types.
class CallBody {
 public:
  virtual ~CallBody() = default;
  virtual DriverResult<void> Run(Driver& driver) LS_DRIVER_CALL = 0;
  virtual Result<void> AppendResult(std::vector<std::byte>& bytes) = 0;

  Effect effect = Effect::kNone;  // If the call goes well.
  bool open_read_only = false;    // With kOpened.
};

namespace {

using rpc::Nothing;
using rpc::XdrValue;

// ---- Handlers: one a procedure. Each takes decoded arguments and fills the result, which is all zero before. A
// handler with a driver among its parameters is run by Dispatcher::Run, with no lock held; one without, by
// Dispatcher::Decode.

// Puts a driver's value where it belongs in the result, or passes its error on.
template <typename T, typename Store>
DriverResult<void> StoreResult(DriverResult<T> value, const Store& store) {
  if (!value) return tl::make_unexpected(std::move(value).error());
  store(*value);
  return {};
}

DriverResult<void> StoreText(DriverResult<std::string> text, ls_text_value& reply) {
  return StoreResult(std::move(text), [&](const std::string& value) { reply.value = rpc::CopyText(value); });
}

DriverResult<void> StoreBig(DriverResult<uint64_t> number, ls_big_value& reply) {
  return StoreResult(std::move(number), [&](uint64_t value) { reply.value = value; });
}

DriverResult<void> StoreDomain(DriverResult<DomainRef> domain, ls_domain_value& reply) {
  return StoreResult(std::move(domain), [&](const DomainRef& value) { reply.domain = rpc::ToXdr(value); });
}

// No ways to authenticate are offered: whoever can reach the socket may call.
void AuthList(CallBody&, const Nothing&, ls_auth_types&) {}

// None of the features that a client may ask for exists yet: each is 0.
void ConnectFeature(CallBody&, const ls_int_value&, ls_int_value&) {}

DriverResult<void> ConnectOpen(Driver& driver, CallBody& call, const ls_open_args& args, Nothing&) LS_DRIVER_CALL {
  constexpr unsigned kReadOnly = 1;
  call.effect = Effect::kOpened;
  call.open_read_only = (args.flags & kReadOnly) != 0;
  return driver.Open(args.uri == nullptr ? "" : *args.uri, call.open_read_only);
}

void ConnectClose(CallBody& call, const Nothing&, Nothing&) { call.effect = Effect::kCloseAfterReply; }

DriverResult<void> Hostname(Driver& driver, CallBody&, const Nothing&, ls_text_value& reply) LS_DRIVER_CALL {
  return StoreText(driver.Hostname(), reply);
}

DriverResult<void> Type(Driver& driver, CallBody&, const Nothing&, ls_text_value& reply) LS_DRIVER_CALL {
  return StoreText(driver.Type(), reply);
}

DriverResult<void> Uri(Driver& driver, CallBody&, const Nothing&, ls_text_value& reply) LS_DRIVER_CALL {
  return StoreText(driver.Uri(), reply);
}

DriverResult<void> Version(Driver& driver, CallBody&, const Nothing&, ls_big_value& reply) LS_DRIVER_CALL {
  return StoreBig(driver.Version(), reply);
}

DriverResult<void> LibVersion(Driver& driver, CallBody&, const Nothing&, ls_big_value& reply) LS_DRIVER_CALL {
  return StoreBig(driver.LibVersion(), reply);
}

DriverResult<void> DomainList(Driver& driver, CallBody&, const ls_list_args& args,
                              ls_domain_list& reply) LS_DRIVER_CALL {
  DomainFilter filter{.active = (args.flags & 1) != 0, .inactive = (args.flags & 2) != 0};
  if (!filter.active && !filter.inactive) filter = {};  // Not asked for is not filtered.
  return StoreResult(driver.ListDomains(filter), [&](const std::vector<DomainRef>& domains) {
    reply.count = static_cast<u_int>(domains.size());
    if (args.need_results == 0 || domains.empty()) return;
    reply.domains.domains_val = static_cast<ls_domain*>(std::calloc(domains.size(), sizeof(ls_domain)));
    LS_CHECK(reply.domains.domains_val != nullptr, "out of memory for {} domains", domains.size());
    for (const DomainRef& domain : domains) reply.domains.domains_val[reply.domains.domains_len++] = rpc::ToXdr(domain);
  });
}

DriverResult<void> DomainStateOf(Driver& driver, CallBody&, const ls_domain_flags_args& args,
                                 ls_domain_state& reply) LS_DRIVER_CALL {
  return StoreResult(driver.DomainStatusOf(rpc::FromXdr(args.domain)), [&](const DomainStatus& status) {
    reply.state = static_cast<int>(status.state);
    reply.reason = status.reason;
  });
}

DriverResult<void> DomainByName(Driver& driver, CallBody&, const ls_text_value& args,
                                ls_domain_value& reply) LS_DRIVER_CALL {
  return StoreDomain(driver.DomainByName(args.value), reply);
}

DriverResult<void> DomainByUuid(Driver& driver, CallBody&, const ls_uuid_value& args,
                                ls_domain_value& reply) LS_DRIVER_CALL {
  return StoreDomain(driver.DomainByUuid(rpc::FromXdr(args.value)), reply);
}

DriverResult<void> DomainById(Driver& driver, CallBody&, const ls_int_value& args,
                              ls_domain_value& reply) LS_DRIVER_CALL {
  return StoreDomain(driver.DomainById(args.value), reply);
}

// ---- The table: a handler's own types say how its arguments are decoded and its result encoded.

template <typename Args, typename Reply>
class BodyOf : public CallBody {
 public:
  Result<void> AppendResult(std::vector<std::byte>& bytes) final { return rpc::AppendXdr(reply, bytes); }

  XdrValue<Args> args;
  XdrValue<Reply> reply;
};

// Null if the payload holds no such arguments.
using DecodeBody = std::unique_ptr<CallBody> (*)(std::span<const std::byte> payload);

template <typename Body, typename Args>
std::unique_ptr<Body> MakeBody(std::span<const std::byte> payload) {
  Result<XdrValue<Args>> args = rpc::DecodeXdr<Args>(payload);
  if (!args) return nullptr;
  auto body = std::make_unique<Body>();
  body->args = *std::move(args);
  return body;
}

template <auto kHandler, typename Signature = decltype(kHandler)>
struct HandlerTraits;

template <auto kHandler, typename Args, typename Reply>
struct HandlerTraits<kHandler, DriverResult<void> (*)(Driver&, CallBody&, const Args&, Reply&)> {
  static constexpr bool kCallsDriver = true;
  struct Body final : BodyOf<Args, Reply> {
    DriverResult<void> Run(Driver& driver) override LS_DRIVER_CALL {
      return kHandler(driver, *this, *this->args, *this->reply);
    }
  };
  static std::unique_ptr<CallBody> Decode(std::span<const std::byte> payload) { return MakeBody<Body, Args>(payload); }
};

template <auto kHandler, typename Args, typename Reply>
struct HandlerTraits<kHandler, void (*)(CallBody&, const Args&, Reply&)> {
  static constexpr bool kCallsDriver = false;
  struct Body final : BodyOf<Args, Reply> {
    DriverResult<void> Run(Driver&) override LS_DRIVER_CALL { return {}; }
  };
  static std::unique_ptr<CallBody> Decode(std::span<const std::byte> payload) {
    std::unique_ptr<Body> body = MakeBody<Body, Args>(payload);
    if (body != nullptr) kHandler(*body, *body->args, *body->reply);
    return body;
  }
};

enum class Needs { kNothing, kOpenConnection };

struct Procedure {
  int32_t number;
  std::string_view name;
  Needs needs;
  bool calls_driver;
  DecodeBody decode;
};

template <auto kHandler>
constexpr Procedure Row(int32_t number, std::string_view name, Needs needs) {
  using Traits = HandlerTraits<kHandler>;
  return {number, name, needs, Traits::kCallsDriver, &Traits::Decode};
}

constexpr Procedure kProcedures[] = {
    Row<&ConnectOpen>(LS_CONNECT_OPEN, "connect_open", Needs::kNothing),
    Row<&ConnectClose>(LS_CONNECT_CLOSE, "connect_close", Needs::kNothing),
    Row<&Type>(LS_CONNECT_TYPE, "type", Needs::kOpenConnection),
    Row<&Version>(LS_CONNECT_VERSION, "version", Needs::kOpenConnection),
    Row<&DomainById>(LS_DOMAIN_BY_ID, "domain_by_id", Needs::kOpenConnection),
    Row<&DomainByName>(LS_DOMAIN_BY_NAME, "domain_by_name", Needs::kOpenConnection),
    Row<&DomainByUuid>(LS_DOMAIN_BY_UUID, "domain_by_uuid", Needs::kOpenConnection),
    Row<&Hostname>(LS_CONNECT_HOSTNAME, "hostname", Needs::kOpenConnection),
    Row<&ConnectFeature>(LS_CONNECT_FEATURE, "connect_feature", Needs::kNothing),
    Row<&AuthList>(LS_AUTH_LIST, "auth_list", Needs::kNothing),
    Row<&Uri>(LS_CONNECT_URI, "uri", Needs::kOpenConnection),
    Row<&LibVersion>(LS_CONNECT_LIB_VERSION, "lib_version", Needs::kOpenConnection),
    Row<&DomainStateOf>(LS_DOMAIN_STATE, "domain_state", Needs::kOpenConnection),
    Row<&DomainList>(LS_DOMAIN_LIST, "domain_list", Needs::kOpenConnection),
};

const Procedure* FindProcedure(int32_t number) {
  for (const Procedure& procedure : kProcedures) {
    if (procedure.number == number) return &procedure;
  }
  return nullptr;
}

rpc::WireError RpcError(std::string message) {
  return {rpc::ErrorCode::kRpc, rpc::ErrorOrigin::kRpc, std::move(message)};
}

rpc::WireError InternalError(std::string_view message) {
  return {rpc::ErrorCode::kInternal, rpc::ErrorOrigin::kRpc, fmt::format("internal error: {}", message)};
}

}  // namespace

// ---- Call

Call::Call(const rpc::PacketHeader& call_header, std::string_view name) : name_(name), reply_header_(call_header) {
  reply_header_.type = rpc::MessageType::kReply;
  reply_header_.status = rpc::MessageStatus::kOk;
}
Call::Call(Call&&) noexcept = default;
Call& Call::operator=(Call&&) noexcept = default;
Call::~Call() = default;

void Call::Refuse(rpc::WireError error) {
  refusal_ = std::move(error);
  body_.reset();
  needs_driver_ = false;
}

// ---- Dispatcher

Call Dispatcher::Decode(const rpc::Message& message, const ConnectionState& state) const {
  const rpc::PacketHeader header = message.header();
  Call call(header, ProcedureName(header.program, header.procedure));

  if (header.program == rpc::kKeepaliveProgram && header.type == rpc::MessageType::kMessage) {
    call.wants_reply_ = header.version == rpc::kKeepaliveVersion && header.procedure == rpc::kKeepalivePing;
    call.reply_header_.type = rpc::MessageType::kMessage;
    call.reply_header_.procedure = rpc::kKeepalivePong;
    return call;
  }
  // Whoever sends a reply or an event waits for no answer.
  const bool with_descriptors = header.type == rpc::MessageType::kCallWithFds;
  if (header.type != rpc::MessageType::kCall && !with_descriptors) return call;

  call.wants_reply_ = true;
  if (header.program != rpc::kRemoteProgram || header.version != rpc::kRemoteVersion) {
    call.Refuse(RpcError(fmt::format("Cannot find program {} version {}", header.program, header.version)));
    return call;
  }
  if (header.status != rpc::MessageStatus::kOk) {
    call.Refuse(RpcError(fmt::format("Unexpected message status {}", static_cast<int32_t>(header.status))));
    return call;
  }
  const Procedure* procedure = FindProcedure(header.procedure);
  if (procedure == nullptr) {
    // virsh tries an older procedure when it reads exactly this text.
    call.Refuse(RpcError(fmt::format("unknown procedure: {}", header.procedure)));
    return call;
  }
  // No procedure of ours takes descriptors, and their count stands before the arguments.
  if (!with_descriptors) call.body_ = procedure->decode(message.payload());
  if (call.body_ == nullptr) {
    call.Refuse(RpcError("Unable to decode message payload"));
    return call;
  }
  if (procedure->needs == Needs::kOpenConnection && !state.open) {
    call.Refuse(InternalError("hypervisor connection not open"));
    return call;
  }
  if (header.procedure == LS_CONNECT_OPEN && state.open) {
    call.Refuse(InternalError("hypervisor connection already open"));
    return call;
  }
  call.needs_driver_ = procedure->calls_driver;
  return call;
}

void Dispatcher::Run(Call& call) const {
  if (!call.needs_driver_) return;
  DriverResult<void> result = call.body_->Run(driver_);
  call.needs_driver_ = false;
  if (!result) call.Refuse(std::move(result).error());
}

Effect Dispatcher::Encode(Call&& call, rpc::Message& message, ConnectionState& state) const {
  LS_CHECK(call.wants_reply_, "{} is not answered", call.name_);
  LS_CHECK(!call.needs_driver_, "the reply to {} is wanted before its driver call was made", call.name_);

  Effect effect = Effect::kNone;
  if (call.body_ != nullptr) {
    // The body of a call that failed is gone: this one holds its result.
    const Result<void> composed = message.Compose(
        call.reply_header_, [&](std::vector<std::byte>& bytes) { return call.body_->AppendResult(bytes); });
    if (composed) {
      effect = call.body_->effect;
      if (effect == Effect::kOpened) state = {.open = true, .read_only = call.body_->open_read_only};
      return effect;
    }
    call.Refuse(RpcError("Unable to encode message payload"));
  }
  if (!call.refusal_) {
    message.Compose(call.reply_header_);
    return effect;
  }
  call.reply_header_.status = rpc::MessageStatus::kError;
  XdrValue<ls_error> error = rpc::ToXdr(*call.refusal_);
  const Result<void> composed =
      message.Compose(call.reply_header_, [&](std::vector<std::byte>& bytes) { return rpc::AppendXdr(error, bytes); });
  LS_CHECK(composed.has_value(), "an error's text is too long to send");
  return effect;
}

std::string_view Dispatcher::ProcedureName(uint32_t program, int32_t procedure) {
  if (program == rpc::kKeepaliveProgram) {
    if (procedure == rpc::kKeepalivePing) return "keepalive_ping";
    if (procedure == rpc::kKeepalivePong) return "keepalive_pong";
  }
  if (program == rpc::kRemoteProgram) {
    if (const Procedure* found = FindProcedure(procedure)) return found->name;
  }
  return "unknown";
}

std::vector<std::string_view> Dispatcher::DriverProcedureNames() {
  std::vector<std::string_view> names;
  for (const Procedure& procedure : kProcedures) {
    if (procedure.calls_driver) names.push_back(procedure.name);
  }
  return names;
}

}  // namespace lockscope::daemon
