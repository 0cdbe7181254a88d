#include "core/daemon/worker.h"

#include <utility>

#include "core/daemon/event_delivery.h"
#include "core/daemon/job_scan.h"
#include "core/sync/guard.h"
#include "core/sync/wake_queue.h"

namespace lockscope::daemon {

using trace::EventKind;

Worker::Worker(std::string name, SharedState& shared) : shared_(shared), name_(std::move(name)) {}

Worker::~Worker() = default;

void Worker::Start() {
  thread_.emplace(
      name_, sync::Role::kWorker, [this] { Run(); }, SourcePlace::Here());
}

void Worker::Join() { thread_->Join(); }

void Worker::Run() {
  sync::AssertNothingHeld();
  while (TakeJob()) {
    if (call_->needs_driver()) MakeCall();
    if (!call_->events().empty()) DeliverEvents(shared_, call_->events(), job_->number);
    const sync::WakeQueue wakes;  // The loop is woken when the client's lock, which it will ask for, is free.
    Reply();
  }
}

bool Worker::TakeJob() {
  ServerLock server_lock(shared_.mu());
  busy_ = false;
  JobScan scan;
  while (true) {
    if (quit_) return false;
    if (scan.LockClientWithJob(shared_.clients, shared_.turn)) break;
    shared_.job.wait();
  }
  busy_ = true;
  // The client's lock is held now: the server's may go. Only the loop frees clients, and it needs both locks to do so.
  server_lock.unlock();
  scan.client().AddReference();  // Keeps the client when no lock does.
  TakeJobOf(scan.client());
  scan.unlock();
  return true;
}

void Worker::MakeCall() {
  // The reference that TakeJob took keeps the client alive.
  sync::CheckDriverCall(job_->procedure, call_->name());
  sync::RecordEvent(EventKind::kCallBegan, job_->procedure, job_->number);
  shared_.dispatcher.Run(*call_);
  sync::RecordEvent(EventKind::kCallEnded, job_->procedure, job_->number);
}

void Worker::Reply() {
  ServerLock server_lock(shared_.mu());
  const ClientLock client_lock(client_->mu());
  server_lock.unlock();
  client_->DropReference();
  QueueReply();
  UpdateWatch();
}

void Worker::TakeJobOf(Client& client) {
  client_ = &client;
  job_ = client.TakeJob();
  call_ = shared_.dispatcher.Decode(job_->message, client.connection());
}

void Worker::QueueReply() {
  if (!call_->wants_reply()) return client_->ReleaseUnanswered();
  const Effect effect = shared_.dispatcher.Encode(std::move(*call_), job_->message, client_->connection());
  if (effect == Effect::kCloseAfterReply) client_->CloseAfterReplies();
  client_->FinishJob(std::move(*job_));
}

void Worker::UpdateWatch() {
  if (client_->closed()) {
    shared_.loop.WakeUp();  // It may have waited for this reference to free the client.
  } else {
    shared_.loop.UpdateHandle(client_->watch(), client_->WatchedEvents());
  }
}

}  // namespace lockscope::daemon
