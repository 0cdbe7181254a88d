// Bug: a worker that takes a job takes no reference on the client.
//
// The author's thought: "I have the client's lock, so it cannot go away." He has, up to the driver call. A client that
// hangs up meanwhile has, as far as the loop can see, nobody who needs it: it is freed, and the worker comes back to it.
// So that this can be shown, the freed clients are kept in a quarantine here, and a worker that comes back to one of
// them records what would be a use after free, and lets the reply go.
// No rule of the model stands against it; what tells is that event.
#include <algorithm>

#include "core/daemon/bugs/install.h"
#include "core/daemon/job_scan.h"
#include "core/daemon/make_part.h"
#include "core/daemon/server.h"
#include "core/daemon/worker.h"

namespace lockscope::daemon::bugs {
namespace {

class CarelessWorker final : public Worker {
 public:
  using Worker::Worker;

 private:
  bool TakeJob() override LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);
  void Reply() override LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);
  bool IsFreed() const LS_REQUIRES(sync::server_held);
};

class QuarantineServer final : public Server {
 public:
  using Server::Server;

 private:
  void FreeClient(std::unique_ptr<Client> client) override LS_REQUIRES(sync::on_loop_thread, sync::server_held);

  std::vector<std::unique_ptr<Client>> quarantine_;  // Loop thread only.
};

bool CarelessWorker::TakeJob() {
  ServerLock server_lock(shared_.mu());
  busy_ = false;
  JobScan scan;
  while (true) {
    if (quit_) return false;
    if (scan.LockClientWithJob(shared_.clients, shared_.turn)) break;
    shared_.job.wait();
  }
  busy_ = true;
  server_lock.unlock();
  TakeJobOf(scan.client());
  scan.unlock();
  return true;
}

void CarelessWorker::Reply() {
  ServerLock server_lock(shared_.mu());
  if (IsFreed()) {
    sync::RecordEvent(trace::EventKind::kFreedClientUsed, client_->id());
    return sync::RecordEvent(trace::EventKind::kReplyDropped, client_->id(), job_->number);
  }
  const ClientLock client_lock(client_->mu());
  server_lock.unlock();
  QueueReply();
  UpdateWatch();
}

bool CarelessWorker::IsFreed() const {
  return std::ranges::find(shared_.clients, client_, &std::unique_ptr<Client>::get) == shared_.clients.end();
}

void QuarantineServer::FreeClient(std::unique_ptr<Client> client) { quarantine_.push_back(std::move(client)); }

}  // namespace

void InstallNoReference(Parts& parts) {
  parts.worker = MakePart<CarelessWorker>();
  parts.server = MakePart<QuarantineServer>();
}

}  // namespace lockscope::daemon::bugs
