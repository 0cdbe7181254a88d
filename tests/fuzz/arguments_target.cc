// Payloads into arguments, calls, replies. The first byte of an input is which half of the target it is for.
//
// Even: calls of one connection, one after the other; bit 1 of that byte: it is open from the beginning, bit 2: read-only.
// A call is: a byte for its procedure (the known ones in order, then some that are not), a byte that says what is odd
// about its header (most values: nothing), a byte for the length of its payload (255: all that is left), the payload. Each
// goes through the dispatcher as in the daemon – decoded, run on a driver in memory, answered – and the answer has to be
// one that the caller can read.
// Odd: a byte for a type of the protocol, and bytes that may hold a value of it: what can be decoded can be encoded, and
// that is then the same value.
#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "core/base/check.h"
#include "core/daemon/dispatcher.h"
#include "core/daemon/memory_driver.h"
#include "core/daemon/procedures.h"
#include "core/rpc/xdr.h"
#include "core/sync/guard.h"
#include "tests/core/rpc/bytes.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/targets.h"

namespace lockscope::fuzz {
namespace {

using daemon::Dispatcher;
using rpc::Bytes;
using rpc::MessageStatus;
using rpc::MessageType;
using rpc::PacketHeader;

template <typename T>
Bytes Encoded(rpc::XdrValue<T>& value) {
  Bytes bytes;
  const Result<void> appended = rpc::AppendXdr(value, bytes);
  LS_CHECK(appended.has_value(), "what was decoded cannot be encoded: {}", appended.error().message);
  return bytes;
}

// Not the bytes themselves need be the same: a text ends at a zero byte in it, and padding may have been anything.
template <typename T>
void ThereAndBack(std::span<const std::byte> bytes) {
  Result<rpc::XdrValue<T>> first = rpc::DecodeXdr<T>(bytes);
  if (!first) return;
  const Bytes once = Encoded(*first);
  LS_CHECK(once.size() <= bytes.size(), "{} bytes hold a value of {}", bytes.size(), once.size());
  Result<rpc::XdrValue<T>> second = rpc::DecodeXdr<T>(once);
  LS_CHECK(second.has_value(), "what was encoded cannot be decoded");
  LS_CHECK(Encoded(*second) == once, "a value has changed on its way there and back");
}

constexpr void (*kTypes[])(std::span<const std::byte>) = {
    ThereAndBack<rpc::Nothing>,         ThereAndBack<ls_text_value>,     ThereAndBack<ls_int_value>,
    ThereAndBack<ls_big_value>,         ThereAndBack<ls_uuid_value>,     ThereAndBack<ls_error>,
    ThereAndBack<ls_auth_types>,        ThereAndBack<ls_open_args>,      ThereAndBack<ls_list_args>,
    ThereAndBack<ls_domain_list>,       ThereAndBack<ls_domain_value>,   ThereAndBack<ls_domain_state>,
    ThereAndBack<ls_domain_flags_args>, ThereAndBack<ls_domain_info>,    ThereAndBack<ls_node_info>,
    ThereAndBack<ls_text_list>,         ThereAndBack<ls_subscribe_args>, ThereAndBack<ls_lifecycle_event>,
};

// A reply of this type, and nothing behind it.
template <typename T>
void CheckReply(std::span<const std::byte> payload) {
  Result<rpc::XdrValue<T>> value = rpc::DecodeXdr<T>(payload);
  LS_CHECK(value.has_value(), "a reply cannot be decoded");
  LS_CHECK(std::ranges::equal(Encoded(*value), payload), "there is more in a reply than its value");
}

using CheckPayload = void (*)(std::span<const std::byte>);
const std::map<int32_t, CheckPayload>& ReplyChecks() {
  static const std::map<int32_t, CheckPayload> checks = {
      {LS_CONNECT_OPEN, CheckReply<rpc::Nothing>},
      {LS_CONNECT_CLOSE, CheckReply<rpc::Nothing>},
      {LS_CONNECT_TYPE, CheckReply<ls_text_value>},
      {LS_CONNECT_VERSION, CheckReply<ls_big_value>},
      {LS_NODE_INFO, CheckReply<ls_node_info>},
      {LS_CAPABILITIES, CheckReply<ls_text_value>},
      {LS_DOMAIN_START, CheckReply<rpc::Nothing>},
      {LS_DOMAIN_DESTROY, CheckReply<rpc::Nothing>},
      {LS_DOMAIN_XML, CheckReply<ls_text_value>},
      {LS_DOMAIN_AUTOSTART, CheckReply<ls_int_value>},
      {LS_DOMAIN_INFO, CheckReply<ls_domain_info>},
      {LS_DOMAIN_OS_TYPE, CheckReply<ls_text_value>},
      {LS_DOMAIN_BY_ID, CheckReply<ls_domain_value>},
      {LS_DOMAIN_BY_NAME, CheckReply<ls_domain_value>},
      {LS_DOMAIN_BY_UUID, CheckReply<ls_domain_value>},
      {LS_DOMAIN_RESUME, CheckReply<rpc::Nothing>},
      {LS_DOMAIN_SUSPEND, CheckReply<rpc::Nothing>},
      {LS_CONNECT_HOSTNAME, CheckReply<ls_text_value>},
      {LS_CONNECT_FEATURE, CheckReply<ls_int_value>},
      {LS_AUTH_LIST, CheckReply<ls_auth_types>},
      {LS_CONNECT_URI, CheckReply<ls_text_value>},
      {LS_DOMAIN_IS_ACTIVE, CheckReply<ls_int_value>},
      {LS_DOMAIN_IS_PERSISTENT, CheckReply<ls_int_value>},
      {LS_CONNECT_LIB_VERSION, CheckReply<ls_big_value>},
      {LS_DOMAIN_MANAGED_SAVE, CheckReply<ls_int_value>},
      {LS_DOMAIN_STATE, CheckReply<ls_domain_state>},
      {LS_DOMAIN_LIST, CheckReply<ls_domain_list>},
      {LS_EVENT_SUBSCRIBE, CheckReply<ls_int_value>},
      {LS_EVENT_UNSUBSCRIBE, CheckReply<rpc::Nothing>},
      {LS_CLOSE_CALLBACK_ON, CheckReply<rpc::Nothing>},
      {LS_CLOSE_CALLBACK_OFF, CheckReply<rpc::Nothing>},
      {LS_DOMAIN_MESSAGES, CheckReply<ls_text_list>},
  };
  return checks;
}

void CheckRefusal(std::span<const std::byte> payload) {
  CheckReply<ls_error>(payload);
  const rpc::XdrValue<ls_error> error = std::move(*rpc::DecodeXdr<ls_error>(payload));
  LS_CHECK(error->code != 0 && error->level == 2 && error->message != nullptr, "a refusal that says nothing");
  LS_CHECK(payload.size() <= 2048, "a client chose how long it is answered: {} bytes", payload.size());
}

PacketHeader HeaderOf(FuzzInput& input) {
  const std::span<const daemon::Procedure> known = daemon::AllProcedures();
  constexpr int32_t kUnknown[] = {LS_LIFECYCLE_EVENT, 0, -1, 9999};
  const size_t which = input.Below(known.size() + std::size(kUnknown));
  PacketHeader header{.procedure = which < known.size() ? known[which].number : kUnknown[which - known.size()],
                      .serial = 7};
  switch (input.Byte()) {
    case 1:
      header.type = static_cast<MessageType>(input.Byte());
      break;
    case 2:
      header.status = static_cast<MessageStatus>(input.Byte());
      break;
    case 3:
      header.program = rpc::kKeepaliveProgram;
      header.procedure = static_cast<int32_t>(input.Below(4));
      header.type = MessageType::kMessage;
      break;
    case 4:
      header.program = input.Byte();
      break;
    case 5:
      header.version = input.Byte();
      break;
    default:
      break;
  }
  return header;
}

class Connection {
 public:
  explicit Connection(uint8_t how) : driver_(Config(), [](int64_t) {}), dispatcher_(driver_) {
    state_.open = (how & 2) != 0;
    state_.read_only = (how & 4) != 0;
  }

  void Call(const PacketHeader& header, std::span<const std::byte> payload) {
    sync::AssertNothingHeld();
    rpc::Message message = rpc::ReadWhole(rpc::NaivePacket(header, rpc::Copy(payload)));
    const bool was_open = state_.open;
    daemon::Call call = dispatcher_.Decode(message, state_);
    const bool asks = header.type == MessageType::kCall || header.type == MessageType::kCallWithFds;
    LS_CHECK(call.wants_reply() == (asks || IsPing(header)), "who is answered, and who is not");
    if (!call.wants_reply()) return;
    const bool needs_driver = call.needs_driver();
    dispatcher_.Run(call);
    const daemon::Effect effect = dispatcher_.Encode(std::move(call), message, state_);
    const PacketHeader reply = message.header();
    LS_CHECK(message.unsent().size() == 28 + message.payload().size());
    if (IsPing(header)) {
      LS_CHECK(reply.type == MessageType::kMessage && reply.procedure == rpc::kKeepalivePong);
      return;
    }
    PacketHeader expected = header;
    expected.type = MessageType::kReply;
    expected.status = reply.status;
    LS_CHECK(reply == expected, "the caller does not know whose reply this is");
    if (reply.status == MessageStatus::kError) {
      CheckRefusal(message.payload());
      LS_CHECK(effect == daemon::Effect::kNone, "a refused call has an effect");
      LS_CHECK(state_.open == was_open);
      return;
    }
    LS_CHECK(reply.status == MessageStatus::kOk);
    LS_CHECK(was_open || !needs_driver || header.procedure == LS_CONNECT_OPEN, "a call before the connection is open");
    ReplyChecks().at(header.procedure)(message.payload());
  }

 private:
  static bool IsPing(const PacketHeader& header) {
    return header.program == rpc::kKeepaliveProgram && header.version == rpc::kKeepaliveVersion &&
           header.procedure == rpc::kKeepalivePing && header.type == MessageType::kMessage;
  }
  static daemon::MemoryDriverConfig Config() {
    daemon::MemoryDriverConfig config;
    config.domains.push_back({.ref = {.name = "off", .uuid = {1}},
                              .status = {daemon::DomainState::kShutOff, 0},
                              .messages = {"tainted", ""}});
    config.domains.push_back({.ref = {.name = "<&>", .uuid = {2}, .id = 2},
                              .status = {daemon::DomainState::kRunning, 0},
                              .persistent = false});
    return config;
  }

  daemon::MemoryDriver driver_;
  const Dispatcher dispatcher_;
  daemon::ConnectionState state_;
};

}  // namespace

void FuzzArguments(std::span<const std::byte> bytes) {
  FuzzInput input(bytes);
  const uint8_t how = input.Byte();
  if ((how & 1) != 0) {
    const size_t type = input.Below(std::size(kTypes));
    return kTypes[type](input.Bytes(SIZE_MAX));
  }
  Connection connection(how);
  while (!input.empty()) {
    const PacketHeader header = HeaderOf(input);
    const size_t length = input.Byte();
    connection.Call(header, input.Bytes(length == 255 ? SIZE_MAX : length));
  }
}

}  // namespace lockscope::fuzz
