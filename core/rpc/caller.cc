#include "core/rpc/caller.h"

#include "core/base/check.h"
#include "core/rpc/unix_socket.h"

namespace lockscope::rpc {
namespace {

Error ConnectionError(std::string_view what, const IoResult& result) {
  if (result.status == IoStatus::kClosed) return {fmt::format("{}: the daemon closed the connection", what)};
  return {fmt::format("{}: {}", what, ErrnoText(result.error_number))};
}

}  // namespace

Caller::Caller(std::unique_ptr<Transport> transport) : transport_(std::move(transport)) {
  LS_CHECK(transport_ != nullptr, "a caller needs a transport");
}

Result<Caller> Caller::Connect(const std::string& path, std::string_view own_name) {
  return ConnectUnix(path, own_name).map([](std::unique_ptr<FdTransport> transport) {
    return Caller(std::move(transport));
  });
}

Result<uint32_t> Caller::Send(int32_t procedure, std::span<const std::byte> payload) {
  const uint32_t serial = next_serial_++;
  return SendPacket({.procedure = procedure, .serial = serial}, payload).map([serial] { return serial; });
}

Result<void> Caller::SendPacket(const PacketHeader& header, std::span<const std::byte> payload) {
  Message message;
  const auto append = [payload](std::vector<std::byte>& bytes) -> Result<void> {
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return {};
  };
  if (Result<void> composed = message.Compose(header, append); !composed) return composed;
  outgoing_.push_back(std::move(message));
  return Flush().map([](bool) {});
}

Result<bool> Caller::Flush() {
  while (!outgoing_.empty()) {
    const IoResult result = transport_->Write(outgoing_.front().unsent());
    if (result.status == IoStatus::kWouldBlock) return false;
    if (result.status != IoStatus::kOk) return tl::make_unexpected(ConnectionError("cannot send", result));
    if (outgoing_.front().Sent(result.bytes)) outgoing_.pop_front();
  }
  return true;
}

// One Read; false if it would block.
Result<bool> Caller::ReadSome() {
  if (lost_) return tl::make_unexpected(*lost_);
  const IoResult result = transport_->Read(incoming_.space());
  if (result.status == IoStatus::kWouldBlock) return false;
  if (result.status != IoStatus::kOk) return tl::make_unexpected(ConnectionError("no reply", result));
  const Result<bool> complete = incoming_.Filled(result.bytes);
  if (!complete) {
    lost_ = complete.error();
    return complete;
  }
  if (*complete) {
    Message message = std::exchange(incoming_, Message());
    if (Result<void> sorted = Sort(std::move(message)); !sorted) return tl::make_unexpected(sorted.error());
  }
  return true;
}

Result<void> Caller::Sort(Message message) {
  const PacketHeader header = message.header();
  if (header.program == kKeepaliveProgram) {
    if (header.procedure != kKeepalivePing) return {};
    PacketHeader pong = header;
    pong.procedure = kKeepalivePong;
    return SendPacket(pong);
  }
  if (header.type == MessageType::kMessage) events_.push_back(std::move(message));
  if (header.type == MessageType::kReply) replies_.insert_or_assign(header.serial, std::move(message));
  return {};
}

Result<std::optional<Message>> Caller::TryReceive(uint32_t serial) {
  for (;;) {
    if (const auto found = replies_.find(serial); found != replies_.end()) {
      std::optional<Message> reply(std::move(found->second));
      replies_.erase(found);
      return reply;
    }
    if (Result<bool> flushed = Flush(); !flushed) return tl::make_unexpected(flushed.error());
    const Result<bool> read = ReadSome();
    if (!read) return tl::make_unexpected(read.error());
    if (!*read) return std::nullopt;
  }
}

Result<Message> Caller::Receive(uint32_t serial) {
  Result<std::optional<Message>> reply = TryReceive(serial);
  if (!reply) return tl::make_unexpected(reply.error());
  if (!reply->has_value()) return Fail("no reply to call {} yet", serial);
  return std::move(**reply);
}

template <typename Reply, typename Args>
Result<XdrValue<Reply>> Caller::Call(std::string_view name, int32_t procedure, XdrValue<Args> args) {
  const auto with_name = [name](const Error& error) {
    return tl::make_unexpected(Error{fmt::format("{}: {}", name, error.message)});
  };
  std::vector<std::byte> payload;
  if (Result<void> appended = AppendXdr(args, payload); !appended) return with_name(appended.error());
  const Result<uint32_t> serial = Send(procedure, payload);
  if (!serial) return with_name(serial.error());
  const Result<Message> reply = Receive(*serial);
  if (!reply) return with_name(reply.error());

  if (reply->header().status != MessageStatus::kOk) {
    const Result<XdrValue<ls_error>> error = DecodeXdr<ls_error>(reply->payload());
    if (!error) return with_name(error.error());
    const WireError wire_error = FromXdr(**error);
    return Fail("{}: error {}: {}", name, static_cast<int32_t>(wire_error.code), wire_error.message);
  }
  Result<XdrValue<Reply>> value = DecodeXdr<Reply>(reply->payload());
  if (!value) return with_name(value.error());
  return value;
}

Result<std::vector<int32_t>> Caller::AuthList() {
  return Call<ls_auth_types>("auth_list", LS_AUTH_LIST, XdrValue<Nothing>()).map([](const auto& reply) {
    const auto& types = reply->types;
    return types.types_len == 0 ? std::vector<int32_t>()
                                : std::vector<int32_t>(types.types_val, types.types_val + types.types_len);
  });
}

Result<bool> Caller::SupportsFeature(int32_t feature) {
  XdrValue<ls_int_value> args;
  args->value = feature;
  return Call<ls_int_value>("connect_feature", LS_CONNECT_FEATURE, std::move(args)).map([](const auto& reply) {
    return reply->value != 0;
  });
}

Result<void> Caller::Open(std::string_view uri, bool read_only) {
  XdrValue<ls_open_args> args;
  args->uri = CopyMaybeText(uri);
  args->flags = read_only ? 1 : 0;
  return Call<Nothing>("connect_open", LS_CONNECT_OPEN, std::move(args)).map([](const auto&) {});
}

Result<void> Caller::Close() {
  return Call<Nothing>("connect_close", LS_CONNECT_CLOSE, XdrValue<Nothing>()).map([](const auto&) {});
}

Result<std::string> Caller::Hostname() {
  return Call<ls_text_value>("hostname", LS_CONNECT_HOSTNAME, XdrValue<Nothing>()).map([](const auto& reply) {
    return std::string(reply->value);
  });
}

Result<std::string> Caller::Type() {
  return Call<ls_text_value>("type", LS_CONNECT_TYPE, XdrValue<Nothing>()).map([](const auto& reply) {
    return std::string(reply->value);
  });
}

Result<std::string> Caller::Uri() {
  return Call<ls_text_value>("uri", LS_CONNECT_URI, XdrValue<Nothing>()).map([](const auto& reply) {
    return std::string(reply->value);
  });
}

Result<uint64_t> Caller::Version() {
  return Call<ls_big_value>("version", LS_CONNECT_VERSION, XdrValue<Nothing>()).map([](const auto& reply) {
    return uint64_t{reply->value};
  });
}

Result<uint64_t> Caller::LibVersion() {
  return Call<ls_big_value>("lib_version", LS_CONNECT_LIB_VERSION, XdrValue<Nothing>()).map([](const auto& reply) {
    return uint64_t{reply->value};
  });
}

Result<std::vector<DomainRef>> Caller::ListAllDomains(uint32_t flags) {
  XdrValue<ls_list_args> args;
  args->need_results = 1;
  args->flags = flags;
  return Call<ls_domain_list>("domain_list", LS_DOMAIN_LIST, std::move(args)).map([](const auto& reply) {
    std::vector<DomainRef> domains;
    for (u_int i = 0; i < reply->domains.domains_len; ++i) domains.push_back(FromXdr(reply->domains.domains_val[i]));
    return domains;
  });
}

Result<ls_domain_state> Caller::DomainState(const DomainRef& domain) {
  XdrValue<ls_domain_flags_args> args;
  args->domain = ToXdr(domain);
  return Call<ls_domain_state>("domain_state", LS_DOMAIN_STATE, std::move(args)).map([](const auto& reply) {
    return *reply;
  });
}

Result<DomainRef> Caller::DomainByName(std::string_view name) {
  XdrValue<ls_text_value> args;
  args->value = CopyText(name);
  return Call<ls_domain_value>("domain_by_name", LS_DOMAIN_BY_NAME, std::move(args)).map([](const auto& reply) {
    return FromXdr(reply->domain);
  });
}

Result<DomainRef> Caller::DomainByUuid(const Uuid& uuid) {
  XdrValue<ls_uuid_value> args;
  std::copy(uuid.begin(), uuid.end(), args->value);
  return Call<ls_domain_value>("domain_by_uuid", LS_DOMAIN_BY_UUID, std::move(args)).map([](const auto& reply) {
    return FromXdr(reply->domain);
  });
}

Result<DomainRef> Caller::DomainById(int32_t id) {
  XdrValue<ls_int_value> args;
  args->value = id;
  return Call<ls_domain_value>("domain_by_id", LS_DOMAIN_BY_ID, std::move(args)).map([](const auto& reply) {
    return FromXdr(reply->domain);
  });
}

namespace {

XdrValue<ls_domain_value> Argument(const DomainRef& domain) {
  XdrValue<ls_domain_value> args;
  args->domain = ToXdr(domain);
  return args;
}

}  // namespace

Result<void> Caller::Suspend(const DomainRef& domain) {
  return Call<Nothing>("domain_suspend", LS_DOMAIN_SUSPEND, Argument(domain)).map([](const auto&) {});
}

Result<void> Caller::Resume(const DomainRef& domain) {
  return Call<Nothing>("domain_resume", LS_DOMAIN_RESUME, Argument(domain)).map([](const auto&) {});
}

Result<void> Caller::Start(const DomainRef& domain) {
  return Call<Nothing>("domain_start", LS_DOMAIN_START, Argument(domain)).map([](const auto&) {});
}

Result<void> Caller::Destroy(const DomainRef& domain) {
  return Call<Nothing>("domain_destroy", LS_DOMAIN_DESTROY, Argument(domain)).map([](const auto&) {});
}

Result<int32_t> Caller::Subscribe(const DomainRef* domain) {
  XdrValue<ls_subscribe_args> args;
  if (domain != nullptr) args->domain = ToMaybeXdr(*domain);
  return Call<ls_int_value>("event_subscribe", LS_EVENT_SUBSCRIBE, std::move(args)).map([](const auto& reply) {
    return reply->value;
  });
}

Result<void> Caller::Unsubscribe(int32_t number) {
  XdrValue<ls_int_value> args;
  args->value = number;
  return Call<Nothing>("event_unsubscribe", LS_EVENT_UNSUBSCRIBE, std::move(args)).map([](const auto&) {});
}

Result<std::optional<LifecycleEvent>> Caller::TryNextEvent() {
  while (events_.empty()) {
    if (Result<bool> flushed = Flush(); !flushed) return tl::make_unexpected(flushed.error());
    const Result<bool> read = ReadSome();
    if (!read) return tl::make_unexpected(read.error());
    if (!*read) return std::nullopt;
  }
  const Message message = std::move(events_.front());
  events_.pop_front();
  const Result<XdrValue<ls_lifecycle_event>> body = DecodeXdr<ls_lifecycle_event>(message.payload());
  if (message.header().procedure != LS_LIFECYCLE_EVENT || !body) {
    return Fail("a message of procedure {} was found; a lifecycle event was expected", message.header().procedure);
  }
  const ls_lifecycle_event& event = **body;
  return LifecycleEvent{event.callback, FromXdr(event.domain), event.event, event.detail};
}

Result<LifecycleEvent> Caller::NextEvent() {
  const Result<std::optional<LifecycleEvent>> event = TryNextEvent();
  if (!event) return tl::make_unexpected(event.error());
  if (!event->has_value()) return Fail("no event yet");
  return **event;
}

}  // namespace lockscope::rpc
