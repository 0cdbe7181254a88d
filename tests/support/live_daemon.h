// LiveDaemon: leader, poller and socket around a driver, with real threads and real time; its initial thread is one that
// the test joins.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/base/check.h"
#include "core/daemon/leader.h"
#include "core/daemon/unix_listener.h"
#include "core/loop/poll_poller.h"
#include "core/rpc/caller.h"
#include "core/sync/guard.h"
#include "core/sync/thread.h"
#include "tests/support/temporary_folder.h"

namespace lockscope::testing {

class LiveDaemon {
 public:
  LiveDaemon(daemon::Driver& driver, const daemon::ServerOptions& options)
      : path_(folder_.File("daemon.sock")),
        poller_(std::move(*loop::PollPoller::Create())),
        listener_(std::move(*daemon::UnixListener::Bind(path_, *poller_))),
        leader_(options, *poller_, *listener_, driver) {
    sync::AssertNothingHeld();
    const Result<void> prepared = leader_.Prepare();
    LS_CHECK(prepared.has_value(), "{}", prepared.error().message);
    thread_.emplace("leader", sync::Role::kNone, [this] { leader_.Run(); });
  }
  ~LiveDaemon() {
    if (thread_.has_value()) End();
  }

  const std::string& path() const { return path_; }
  rpc::Caller Connect(const std::string& name) {
    Result<rpc::Caller> caller = rpc::Caller::Connect(path_, name);
    LS_CHECK(caller.has_value(), "{}", caller.error().message);
    return std::move(*caller);
  }
  size_t client_count() {
    sync::AssertNothingHeld();
    return leader_.server().client_count();
  }
  void RequestQuit() {
    sync::AssertNothingHeld();
    leader_.RequestQuit();
  }
  void AwaitEnd() {
    thread_->Join();
    thread_.reset();
  }
  void End() {
    RequestQuit();
    AwaitEnd();
  }

 private:
  TemporaryFolder folder_;
  const std::string path_;
  const std::unique_ptr<loop::PollPoller> poller_;
  const std::unique_ptr<daemon::UnixListener> listener_;
  daemon::Leader leader_;
  std::optional<sync::Thread> thread_;
};

}  // namespace lockscope::testing
