#include "core/daemon/refusal_reply.h"

#include "core/base/check.h"
#include "core/rpc/xdr.h"

namespace lockscope::daemon {

bool MakeRefusal(rpc::Message& message, const rpc::WireError& error) {
  rpc::PacketHeader header = message.header();
  if (header.type != rpc::MessageType::kCall) return false;
  header.type = rpc::MessageType::kReply;
  header.status = rpc::MessageStatus::kError;
  rpc::XdrValue<ls_error> payload = rpc::ToXdr(error);
  const Result<void> composed =
      message.Compose(header, [&](std::vector<std::byte>& bytes) { return rpc::AppendXdr(payload, bytes); });
  LS_CHECK(composed.has_value(), "an error's text is too long to send");
  return true;
}

}  // namespace lockscope::daemon
