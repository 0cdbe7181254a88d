#include "core/export/queue_lengths.h"

#include <algorithm>

namespace lockscope::export_ {

using analysis::Activity;
using analysis::ActivitySpan;
using analysis::Interval;
using analysis::Job;
using trace::Event;
using trace::EventKind;

QueueLengths::QueueLengths(const analysis::Timeline& timeline)
    : timeline_(timeline), threads_(timeline.trace().threads().size()) {
  const std::span<const ObjectId> workers = timeline.workers();
  for (size_t i = 0; i < threads_.size(); ++i) {
    threads_[i].is_worker = std::binary_search(workers.begin(), workers.end(), timeline.trace().threads()[i]);
  }
}

std::span<const QueueLengths::Length> QueueLengths::Apply(size_t step) {
  changed_.clear();
  const Event& event = timeline_.trace().event(step);
  const size_t thread = timeline_.trace().ThreadIndex(step);
  OfLocks(step, thread);
  if (threads_[thread].is_worker) OfWorkers(step, thread);
  OfDx(step, event);
  OfTx(step, thread, event);
  ++threads_[thread].events;
  return changed_;
}

void QueueLengths::Add(Queue queue, ObjectId object, int64_t difference) {
  int64_t& length = lengths_[uint64_t{object} << 8 | static_cast<uint64_t>(queue)];
  length = std::max<int64_t>(length + difference, 0);
  const auto known = std::find_if(changed_.begin(), changed_.end(),
                                  [&](const Length& other) { return other.queue == queue && other.object == object; });
  if (known != changed_.end()) {
    known->length = length;
  } else {
    changed_.push_back({queue, object, length});
  }
}

void QueueLengths::OfLocks(size_t step, size_t thread) {
  int32_t& open = threads_[thread].wait;
  if (open >= 0 && timeline_.waits()[static_cast<size_t>(open)].to == step) {
    Add(Queue::kWaiters, timeline_.waits()[static_cast<size_t>(open)].lock, -1);
    open = -1;
  }
  if (timeline_.trace().event(step).kind() != EventKind::kLockRequested) return;
  open = static_cast<int32_t>(next_wait_++);
  Add(Queue::kWaiters, timeline_.waits()[static_cast<size_t>(open)].lock, 1);
}

void QueueLengths::OfWorkers(size_t step, size_t thread) {
  Thread& worker = threads_[thread];
  const std::span<const ActivitySpan> spans = timeline_.ActivitiesOf(thread);
  const std::span<const ObjectId> conditions = timeline_.job_conditions();
  int idle = worker.idle;
  if (worker.next > 0 && spans[worker.next - 1].to == step) idle = -1;
  if (worker.next < spans.size() && spans[worker.next].from == step) {
    const ActivitySpan& span = spans[worker.next++];
    idle = span.activity == Activity::kIdle && std::binary_search(conditions.begin(), conditions.end(), span.what);
  }
  if (idle == worker.idle) return;
  const auto count = [&](int state, int64_t difference) {
    if (state >= 0) Add(state == 1 ? Queue::kIdleWorkers : Queue::kBusyWorkers, kNoObject, difference);
  };
  count(worker.idle, -1);
  count(idle, 1);
  worker.idle = idle;
}

void QueueLengths::OfDx(size_t step, const Event& event) {
  switch (event.kind()) {
    case EventKind::kJobQueued:
    case EventKind::kJobTaken:
    case EventKind::kJobDroppedClientDead:
    case EventKind::kJobDroppedShutdown:
      break;
    default:
      return;
  }
  const int64_t index = timeline_.FindJob(event.arg());
  if (index < 0) return;
  const Job& job = timeline_.jobs()[static_cast<size_t>(index)];
  const Interval queued = timeline_.QueuedInterval(job);
  if (job.queued == Job::kNever || (queued.to == queued.from && !queued.open)) return;
  if (queued.from == step) Add(Queue::kDx, job.client, 1);
  if (queued.to == step && !queued.open) Add(Queue::kDx, job.client, -1);
}

void QueueLengths::OfTx(size_t step, size_t thread, const Event& event) {
  switch (event.kind()) {
    case EventKind::kReplyQueued:
    case EventKind::kEventQueued:
      return Add(Queue::kTx, event.object(), 1);
    case EventKind::kReplyWritten:
    case EventKind::kEventWritten:
      return Add(Queue::kTx, event.object(), -1);
    case EventKind::kReplyDropped:
    case EventKind::kEventDropped:
      if (WasInTx(step, thread, event)) Add(Queue::kTx, event.object(), -1);
      return;
    default:
      return;
  }
}

bool QueueLengths::WasInTx(size_t step, size_t thread, const Event& event) const {
  const trace::Trace& trace = timeline_.trace();
  if (event.kind() == EventKind::kEventDropped) {
    // One that would make the backlog too long never gets there; the thread says so next.
    const std::span<const uint32_t> steps = trace.StepsOf(thread);
    const size_t next = threads_[thread].events + size_t{1};
    return next >= steps.size() || trace.event(steps[next]).kind() != EventKind::kBacklogFull;
  }
  const int64_t index = timeline_.FindJob(event.arg());
  if (index < 0) return false;
  const Job& job = timeline_.jobs()[static_cast<size_t>(index)];
  return job.reply_queued < step && job.reply_written > step;  // kNever is later than any step.
}

}  // namespace lockscope::export_
