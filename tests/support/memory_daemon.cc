#include "tests/support/memory_daemon.h"

#include "core/daemon/round_robin.h"
#include "core/rpc/xdr.h"
#include "core/sync/guard.h"

namespace lockscope::testing {

namespace {

std::vector<std::byte> TextPayload(const std::string& text) {
  rpc::XdrValue<ls_text_value> value;
  value->value = rpc::CopyText(text);
  std::vector<std::byte> bytes;
  LS_CHECK(rpc::AppendXdr(value, bytes).has_value());
  return bytes;
}

}  // namespace

MemoryDaemon::MemoryDaemon(daemon::ServerOptions options, daemon::Parts parts)
    : listener_(poller_), leader_(options, poller_, listener_, driver_, std::move(parts)) {
  leader_thread_.emplace("leader", sync::Role::kNone, [this] {
    sync::AssertNothingHeld();
    const Result<void> prepared = leader_.Prepare();
    LS_CHECK(prepared.has_value(), "{}", prepared.error().message);
    leader_.Run();
    poller_.LoopHasEnded();
  });
  poller_.AwaitParked();
}

MemoryDaemon::~MemoryDaemon() {
  if (leader_thread_.has_value()) static_cast<void>(End());
}

uint32_t MemoryDaemon::Client::Send(int32_t procedure, std::span<const std::byte> payload) {
  daemon_.poller().AwaitParked();
  const Result<uint32_t> serial = caller_.Send(procedure, payload);
  LS_CHECK(serial.has_value(), "{}", serial.error().message);
  return *serial;
}

uint32_t MemoryDaemon::Client::SendOpen() {
  rpc::XdrValue<ls_open_args> args;
  args->uri = rpc::CopyMaybeText("test:///default");
  std::vector<std::byte> payload;
  LS_CHECK(rpc::AppendXdr(args, payload).has_value());
  return Send(LS_CONNECT_OPEN, payload);
}

uint32_t MemoryDaemon::Client::SendLatched(const std::string& name) {
  return Send(LS_DOMAIN_BY_NAME, TextPayload(name));
}

bool MemoryDaemon::Client::HasReply(uint32_t serial) {
  if (replies_.contains(serial)) return true;
  Result<std::optional<rpc::Message>> reply = caller_.TryReceive(serial);
  LS_CHECK(reply.has_value(), "{}", reply.error().message);
  if (!reply->has_value()) return false;
  replies_.emplace(serial, std::move(**reply));
  return true;
}

rpc::Message MemoryDaemon::Client::AwaitReply(uint32_t serial) {
  daemon_.TurnUntil([&] { return HasReply(serial); });
  rpc::Message reply = std::move(replies_.at(serial));
  replies_.erase(serial);
  return reply;
}

void MemoryDaemon::Client::AwaitTurnOfTheOther() {
  for (int i = 0; i <= daemon::RoundRobin::kQuantum; ++i) AwaitReply(Send(LS_CONNECT_HOSTNAME));
}

MemoryDaemon::Client MemoryDaemon::Connect(const std::string& name, rpc::MemoryTransport::Limits daemon_limits) {
  sync::AssertNothingHeld();
  poller_.AwaitParked();
  const size_t before = client_count();
  Client client(*this, listener_.Connect(name, daemon_limits));
  TurnUntil([&] {
    sync::AssertNothingHeld();
    return client_count() > before;
  });
  return client;
}

MemoryDaemon::Client MemoryDaemon::ConnectAndOpen(const std::string& name) {
  Client client = Connect(name);
  client.Open();
  return client;
}

size_t MemoryDaemon::client_count() { return leader_.server().client_count(); }

void MemoryDaemon::AskToEnd() {
  sync::AssertNothingHeld();
  poller_.AwaitParked();
  leader_.RequestQuit();
  asked_to_end_ = true;
  poller_.Grant();
}

trace::Trace MemoryDaemon::End() {
  if (!asked_to_end_) AskToEnd();
  return AwaitEnd();
}

trace::Trace MemoryDaemon::AwaitEnd() {
  // Time passes, so that it does not wait for ever for clients that do not take their last replies.
  while (poller_.Turn()) poller_.Advance(100'000'000);
  leader_thread_->Join();
  leader_thread_.reset();
  return run_.Finish();
}

}  // namespace lockscope::testing
