#include "core/daemon/dispatcher.h"

#include <utility>

#include "core/base/check.h"
#include "core/daemon/procedures.h"
#include "core/rpc/xdr.h"

namespace lockscope::daemon {

namespace {

using rpc::XdrValue;

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
  if (procedure->needs_open && !state.open) {
    call.Refuse(InternalError("hypervisor connection not open"));
    return call;
  }
  if (header.procedure == LS_CONNECT_OPEN && state.open) {
    call.Refuse(InternalError("hypervisor connection already open"));
    return call;
  }
  if (!procedure->writes_as.empty() && state.read_only) {
    call.Refuse({rpc::ErrorCode::kReadOnly, rpc::ErrorOrigin::kDomain,
                 fmt::format("operation forbidden: read only access prevents {}", procedure->writes_as)});
    return call;
  }
  call.needs_driver_ = procedure->calls_driver;
  return call;
}

void Dispatcher::Run(Call& call) const {
  if (!call.needs_driver_) return;
  DriverResult<void> result = call.body_->Run(driver_);
  call.events_ = std::move(call.body_->events);
  call.needs_driver_ = false;
  if (!result) call.Refuse(std::move(result).error());
}

Effect Dispatcher::Encode(Call&& call, rpc::Message& message, ConnectionState& state) const {
  LS_CHECK(call.wants_reply_, "{} is not answered", call.name_);
  LS_CHECK(!call.needs_driver_, "the reply to {} is wanted before its driver call was made", call.name_);

  Effect effect = Effect::kNone;
  if (call.body_ != nullptr) {
    if (DriverResult<void> finished = call.body_->Finish(state); !finished) call.Refuse(std::move(finished).error());
  }
  if (call.body_ != nullptr) {
    // The body of a call that failed is gone: this one holds its result.
    const Result<void> composed = message.Compose(
        call.reply_header_, [&](std::vector<std::byte>& bytes) { return call.body_->AppendResult(bytes); });
    if (composed) {
      effect = call.body_->effect;
      if (effect == Effect::kOpened) state.open = true, state.read_only = call.body_->open_read_only;
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
  for (const Procedure& procedure : AllProcedures()) {
    if (procedure.calls_driver) names.push_back(procedure.name);
  }
  return names;
}

}  // namespace lockscope::daemon
