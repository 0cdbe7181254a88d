#include "core/daemon/admission.h"

#include "core/base/check.h"
#include "core/rpc/wire_values.h"
#include "core/rpc/xdr.h"
#include "core/sync/guard.h"

namespace lockscope::daemon {
namespace {

constexpr size_t kToldAtOnce = 16;

}  // namespace

Admission::Admission(loop::EventLoop& event_loop, const Limits& limits, DaemonLog& log,
                     std::function<void(Client& client)> late)
    : loop_(event_loop), limits_(limits), log_(log), late_(std::move(late)) {}

Admission::Verdict Admission::Judge(const Client& client, size_t connected) {
  if (connected - to_be_told_ < static_cast<size_t>(limits_.max_clients)) return Verdict::kWelcome;
  log_.Refuse(client, "too many clients");
  if (to_be_told_ >= kToldAtOnce) return Verdict::kClose;
  ++to_be_told_;
  return Verdict::kToBeTold;
}

Client::IoOutcome Admission::ShakeHands(Client& client) {
  Client::IoOutcome outcome = client.Handshake();
  // Said as soon as it is known: who is refused is told, too, and may take its time to go.
  std::string_view reason = client.handshake_failure();
  if (reason.empty() && outcome == Client::IoOutcome::kEnd) reason = "its handshake failed";
  if (!reason.empty()) {
    if (client.turned_away()) {
      outcome = Client::IoOutcome::kEnd;  // It was one too many before, which has been said; its place is for others.
    } else if (refused_.insert(&client).second) {
      log_.Refuse(client, reason);
    }
  }
  if (!client.shaking() && !client.turned_away()) StopTime(client);
  return outcome;
}

void Admission::StartTime(Client& client) {
  if (!client.shaking() && !client.turned_away()) return;
  timers_[&client] = loop_.AddTimer("handshake of " + client.name(), limits_.handshake_timeout_ns, 0, [this, &client] {
    sync::AssertNothingHeld();
    late_(client);
  });
}

void Admission::StopTime(const Client& client) {
  const auto found = timers_.find(&client);
  if (found == timers_.end()) return;
  loop_.RemoveTimer(found->second);
  timers_.erase(found);
}

void Admission::RefuseLate(Client& client) {
  if (!client.turned_away() && !refused_.contains(&client)) log_.Refuse(client, "its handshake took too long");
}

void Admission::Tell(Client& client, rpc::Message call) {
  rpc::PacketHeader header = call.header();
  if (header.type != rpc::MessageType::kCall) return client.ReleaseUnanswered();
  header.type = rpc::MessageType::kReply;
  header.status = rpc::MessageStatus::kError;
  rpc::XdrValue<ls_error> error =
      rpc::ToXdr(rpc::WireError{rpc::ErrorCode::kInternal, rpc::ErrorOrigin::kRpc,
                                fmt::format("too many clients; the daemon serves at most {}", limits_.max_clients)});
  const Result<void> composed =
      call.Compose(header, [&](std::vector<std::byte>& bytes) { return rpc::AppendXdr(error, bytes); });
  LS_CHECK(composed.has_value(), "an error's text is too long to send");
  client.CloseAfterReplies();
  client.QueueAnswer(std::move(call));
}

void Admission::Leave(Client& client) {
  StopTime(client);
  refused_.erase(&client);
  if (client.turned_away()) --to_be_told_;
}

}  // namespace lockscope::daemon
