// Bug: the reply writes a line of the log while it holds the client's lock, and the log is slow.
//
// The author's thought: "One line of a log, and only this client waits for it." But a worker that looks for a job takes one
// client's lock after the other with the server lock held. At this client it has to wait; now it holds the server lock
// for as long as the log takes, and behind that stand the loop and all other workers: a convoy.
// Breaks R4, short-holds.
#include "core/daemon/bugs/install.h"
#include "core/daemon/make_part.h"
#include "core/daemon/worker.h"
#include "core/sync/thread.h"

namespace lockscope::daemon::bugs {
namespace {

constexpr int64_t kLogLineNs = 5'000'000;

// A disk that is busy.
void WriteLogLine() { sync::SleepFor(kLogLineNs); }

class LoggingWorker final : public Worker {
 public:
  using Worker::Worker;

 private:
  void Reply() override LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);
};

void LoggingWorker::Reply() {
  ServerLock server_lock(shared_.mu());
  const ClientLock client_lock(client_->mu());
  server_lock.unlock();
  client_->DropReference();
  WriteLogLine();
  QueueReply();
  UpdateWatch();
}

}  // namespace

void InstallLogUnderClientLock(Parts& parts) { parts.worker = MakePart<LoggingWorker>(); }

}  // namespace lockscope::daemon::bugs
