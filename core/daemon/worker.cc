#include "core/daemon/worker.h"

#include "core/daemon/job_scan.h"
#include "core/sync/guard.h"

namespace lockscope::daemon {

using trace::EventKind;

Worker::Worker(std::string name, SharedState& shared)
    : shared_(shared), thread_(std::move(name), sync::Role::kWorker, [this] { Run(); }) {}

void Worker::Join() { thread_.Join(); }

void Worker::Run() {
  sync::AssertNothingHeld();
  Client* client = nullptr;
  std::optional<Job> job;
  std::optional<Call> call;
  while (TakeJob(client, job, call)) {
    if (call->needs_driver()) {
      // R3: no lock is held around the driver call. The reference that TakeJob took keeps the client alive.
      sync::CheckDriverCall(job->procedure, call->name());
      sync::RecordEvent(EventKind::kCallBegan, job->procedure, job->number);
      shared_.dispatcher.Run(*call);
      sync::RecordEvent(EventKind::kCallEnded, job->procedure, job->number);
    }
    Reply(*client, std::move(*job), std::move(*call));
  }
}

// False: the worker is to quit.
bool Worker::TakeJob(Client*& client, std::optional<Job>& job, std::optional<Call>& call) {
  ServerLock server_lock(shared_.mu());
  JobScan scan;
  while (true) {
    if (quit_) return false;
    if (scan.LockClientWithJob(shared_.clients)) break;
    shared_.job.wait();
  }
  // The client's lock is held now: the server's may go. Only the loop frees clients, and it needs both locks to do so.
  server_lock.unlock();
  client = &scan.client();
  job = client->TakeJob();
  call = shared_.dispatcher.Decode(job->message, client->connection());
  scan.unlock();
  return true;
}

void Worker::Reply(Client& client, Job job, Call call) {
  ServerLock server_lock(shared_.mu());
  const ClientLock client_lock(client.mu());
  server_lock.unlock();
  if (!call.wants_reply()) {
    client.AbandonJob();
  } else {
    const Effect effect = shared_.dispatcher.Encode(std::move(call), job.message, client.connection());
    if (effect == Effect::kCloseAfterReply) client.CloseAfterReplies();
    client.FinishJob(std::move(job));
  }
  if (client.closed()) {
    shared_.loop.WakeUp();  // The loop may have waited for this reference to free the client.
  } else {
    shared_.loop.UpdateHandle(client.watch(), client.WatchedEvents());
  }
}

}  // namespace lockscope::daemon
