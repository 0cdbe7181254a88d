// ClientProgram: one client of a run. A thread that connects to the daemon and makes its script's calls.
//
// How it connects is the run's business: to a socket, or to a pipe in memory, with a handshake where there is one. Its
// transport blocks.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/base/result.h"
#include "core/rpc/caller.h"
#include "core/rpc/transport.h"
#include "core/scenario/scenario.h"
#include "core/sync/thread.h"
#include "core/trace/registry.h"

namespace lockscope::scenario {

class ClientProgram {
 public:
  using Connect = std::function<Result<std::unique_ptr<rpc::Transport>>()>;

  // Starts at once; `when_done` is called last. Both are called on the program's own thread. The script must outlive it.
  ClientProgram(const ClientScript& script, Connect connect, std::function<void()> when_done);

  // Waits for its end; then how many of the script's calls were answered, how many refused by the driver, and what went
  // wrong, if anything did.
  void Join() { thread_.Join(); }
  uint64_t answered() const { return answered_; }
  uint64_t refused() const { return refused_; }
  const Result<void>& outcome() const { return outcome_; }

 private:
  Result<void> Run();
  Result<void> MakeCalls(rpc::Caller& caller);
  Result<void> AwaitEvents(rpc::Caller& caller);
  Result<uint32_t> Send(rpc::Caller& caller, const std::string& call);
  Result<void> Receive(rpc::Caller& caller, const std::string& call, uint32_t serial);
  void Record(trace::EventKind kind, const std::string& call, uint32_t serial);

  const ClientScript& script_;
  const Connect connect_;
  std::map<std::string, std::unique_ptr<trace::RegisteredObject>> procedures_;  // By name, one for all its calls.
  uint64_t answered_ = 0;
  uint64_t refused_ = 0;
  Result<void> outcome_;
  sync::Thread thread_;  // Last: it uses the members above.
};

}  // namespace lockscope::scenario
