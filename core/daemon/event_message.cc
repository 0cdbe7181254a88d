#include "core/daemon/event_message.h"

#include "core/base/check.h"
#include "core/rpc/xdr.h"

namespace lockscope::daemon {

rpc::Message EventMessage(int32_t subscription, const DomainEvent& event) {
  rpc::XdrValue<ls_lifecycle_event> body;
  body->callback = subscription;
  body->domain = rpc::ToXdr(event.domain);
  body->event = static_cast<int>(event.what);
  body->detail = event.detail;
  rpc::Message message;
  const rpc::PacketHeader header{.procedure = LS_LIFECYCLE_EVENT, .type = rpc::MessageType::kMessage};
  const Result<void> composed =
      message.Compose(header, [&](std::vector<std::byte>& bytes) { return rpc::AppendXdr(body, bytes); });
  LS_CHECK(composed.has_value(), "an event fits a message: it has one text, which is cut to its bound");
  return message;
}

}  // namespace lockscope::daemon
