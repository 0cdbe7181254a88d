// MemoryDaemon: a whole daemon – leader, event loop, workers – without a socket or a clock. The loop makes its turns
// when the test says so; calls last until the test lets them go (latch_driver.h); everything is recorded.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/base/check.h"
#include "core/daemon/leader.h"
#include "core/rpc/caller.h"
#include "core/sync/guard.h"
#include "core/sync/thread.h"
#include "tests/support/latch_driver.h"
#include "tests/support/memory_listener.h"
#include "tests/support/recorded_run.h"
#include "tests/support/turn_poller.h"

namespace lockscope::testing {

class MemoryDaemon {
 public:
  explicit MemoryDaemon(daemon::ServerOptions options = {}, daemon::Parts parts = {});
  ~MemoryDaemon();  // Ends the daemon, if End() has not.

  // One client program.
  class Client {
   public:
    Client(MemoryDaemon& daemon, std::unique_ptr<rpc::MemoryTransport> end)
        : daemon_(daemon), end_(*end), caller_(std::move(end)) {}
    uint32_t Send(int32_t procedure, std::span<const std::byte> payload = {});
    uint32_t SendOpen();
    uint32_t SendLatched(const std::string& name);  // domain_by_name(name).
    // Makes turns until the reply is there. Its payload begins after the header.
    rpc::Message AwaitReply(uint32_t serial);
    bool HasReply(uint32_t serial);  // What is there now.
    void Open() { AwaitReply(SendOpen()); }
    // Calls and waits, until a daemon with one worker has served what the other client had sent before: nobody gets more
    // calls in a row than RoundRobin::kQuantum.
    void AwaitTurnOfTheOther();
    rpc::MemoryTransport& end() { return end_; }
    rpc::Caller& caller() { return caller_; }

   private:
    MemoryDaemon& daemon_;
    rpc::MemoryTransport& end_;
    rpc::Caller caller_;
    std::map<uint32_t, rpc::Message> replies_;
  };

  Client Connect(const std::string& name, rpc::MemoryTransport::Limits daemon_limits = {});
  Client ConnectAndOpen(const std::string& name);

  void Turn() { poller_.Turn(); }
  // Makes turns, each when there is a reason for one, until it is true.
  template <typename Predicate>
  void TurnUntil(const Predicate& reached) {
    poller_.AwaitParked();
    while (!reached()) LS_CHECK(poller_.TurnOnce(), "the daemon has ended");
  }
  // How many clients there are. Between turns.
  size_t client_count() LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);

  // Asks the daemon to end, lets its loop make the turn that sees it, and does not wait: calls may still be held.
  void AskToEnd();
  // Ends it and gives back what was recorded.
  trace::Trace End();
  trace::Trace AwaitEnd();  // The same, where something else has made it end.

  // Until that thread has recorded such an event.
  void Await(std::string_view thread, trace::EventKind kind) const { run_.Await(thread, kind); }

  LatchDriver& driver() { return driver_; }
  TurnPoller& poller() { return poller_; }
  MemoryListener& listener() { return listener_; }

 private:
  RecordedRun run_;
  TurnPoller poller_;
  MemoryListener listener_;
  LatchDriver driver_;
  daemon::Leader leader_;
  bool asked_to_end_ = false;
  std::optional<sync::Thread> leader_thread_;
};

// The same, with the compiler's doubts settled: the test's own thread holds no lock.
inline size_t ClientCount(MemoryDaemon& daemon) {
  sync::AssertNothingHeld();
  return daemon.client_count();
}

}  // namespace lockscope::testing
