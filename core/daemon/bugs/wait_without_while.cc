// Bug: the worker looks once before it waits and takes what is there after it: `if` where `while` belongs.
//
// The author's thought: "I was woken, so there is a job." A wait may end for no reason, and a job that was signalled may
// be taken by another worker first. What he then takes from a dx that is empty is, as with the front of an empty queue,
// what lay there last: the message served before. It is called a second time, perhaps while the first call still runs.
// So that this is no undefined behaviour, the clients here keep a copy of that message; its second reply goes nowhere.
// Breaks R6, every-job-taken-once.
#include "core/base/check.h"
#include "core/daemon/bugs/install.h"
#include "core/daemon/job_scan.h"
#include "core/daemon/make_part.h"
#include "core/daemon/worker.h"

namespace lockscope::daemon::bugs {
namespace {

Job CopyOf(const Job& job) {
  Job copy{job.number, job.procedure, {}};
  const Result<void> composed = copy.message.Compose(job.message.header(), [&](std::vector<std::byte>& bytes) {
    bytes.insert(bytes.end(), job.message.payload().begin(), job.message.payload().end());
    return Result<void>();
  });
  LS_CHECK(composed.has_value(), "a message that was read is too long to be copied");
  return copy;
}

class RememberingClient final : public Client {
 public:
  using Client::Client;

  bool has_old_job() const LS_REQUIRES(sync::client_held) { return last_.has_value(); }
  // Where dx is empty: the job that was taken last.
  Job TakeJob() override LS_REQUIRES(sync::client_held);

 private:
  std::optional<Job> last_ LS_GUARDED_BY(sync::client_held);
};

class TrustingWorker final : public Worker {
 public:
  using Worker::Worker;

 private:
  bool TakeJob() override LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);
  bool TakeOldJob() LS_REQUIRES(sync::server_held, !sync::client_held, !sync::loop_held);
  void Reply() override LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);

  bool is_old_ = false;  // This thread only: somebody has answered this job, or will.
};

bool TrustingWorker::TakeJob() {
  ServerLock server_lock(shared_.mu());
  busy_ = false;
  JobScan scan;
  if (quit_) return false;
  if (!scan.LockClientWithJob(shared_.clients, shared_.turn)) {
    shared_.job.wait();
    if (quit_) return false;
    if (!scan.LockClientWithJob(shared_.clients, shared_.turn)) return TakeOldJob();
  }
  busy_ = true;
  server_lock.unlock();
  scan.client().AddReference();
  TakeJobOf(scan.client());
  scan.unlock();
  return true;
}

// Of the first client that has one.
bool TrustingWorker::TakeOldJob() {
  busy_ = true;
  is_old_ = true;
  for (const auto& client : shared_.clients) {
    const ClientLock client_lock(client->mu());
    if (!static_cast<const RememberingClient&>(*client).has_old_job()) continue;
    client->AddReference();
    TakeJobOf(*client);
    return true;
  }
  // Nobody has called yet: a message of nothing but zeros. There is nothing in it to be called, and nobody to answer.
  client_ = nullptr;
  job_.emplace();
  job_->message.Compose({});
  call_ = shared_.dispatcher.Decode(job_->message, {});
  return true;
}

void TrustingWorker::Reply() {
  if (!std::exchange(is_old_, false)) return Worker::Reply();
  if (client_ == nullptr) return;
  ServerLock server_lock(shared_.mu());
  const ClientLock client_lock(client_->mu());
  server_lock.unlock();
  client_->DropReference();
  sync::RecordEvent(trace::EventKind::kReplyDropped, client_->id(), job_->number);
  UpdateWatch();
}

Job RememberingClient::TakeJob() {
  if (has_job()) {
    Job job = Client::TakeJob();
    last_ = CopyOf(job);
    return job;
  }
  sync::RecordEvent(trace::EventKind::kJobTaken, id(), last_->number);
  return CopyOf(*last_);
}

}  // namespace

void InstallWaitWithoutWhile(Parts& parts) {
  parts.worker = MakePart<TrustingWorker>();
  parts.client = MakePart<RememberingClient>();
}

}  // namespace lockscope::daemon::bugs
