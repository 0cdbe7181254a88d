#include "core/analysis/timeline_pass.h"

#include <algorithm>

namespace lockscope::analysis {

using trace::Event;
using trace::EventKind;

Timeline::Pass::Pass(Timeline& timeline)
    : timeline_(timeline),
      trace_(*timeline.trace_),
      threads_(trace_.threads().size()),
      locks_(trace_.objects().size() + 1) {
  timeline_.activities_.resize(threads_.size());
}

void Timeline::Pass::Run() {
  for (uint32_t step = 0; step < trace_.size(); ++step) OnEvent(step);
  Finish();
}

void Timeline::Pass::OnEvent(uint32_t step) {
  const Event& event = trace_.event(step);
  const size_t index = trace_.ThreadIndex(step);
  const ObjectId thread = trace_.threads()[index];
  ThreadState& state = threads_[index];
  switch (event.kind()) {
    case EventKind::kLockRequested:
      OnLockRequested(step, state, thread, event);
      break;
    case EventKind::kLockAcquired:
      OnLockAcquired(step, state, thread, event.object());
      break;
    case EventKind::kLockReleased:
      OnLockReleased(step, event.object());
      break;
    case EventKind::kWaitBegan:
      state.in_wait = true;
      state.condition = event.object();
      break;
    case EventKind::kWaitEnded:
      state.in_wait = false;
      state.last_wake = step;
      break;
    case EventKind::kConditionSignalled:
    case EventKind::kConditionBroadcast:
      OnSignal(step, state, event.object());
      break;
    case EventKind::kPollEntered:
      state.polling = true;
      state.loop = event.object();
      break;
    case EventKind::kPollReturned:
      state.polling = false;
      break;
    case EventKind::kJoinBegan:
      state.joining = true;
      state.joined = event.object();
      break;
    case EventKind::kThreadJoined:
      state.joining = false;
      break;
    case EventKind::kCallBegan:
      state.calling = true;
      state.procedure = event.object();
      OnJobEvent(step, state, thread, event);
      break;
    case EventKind::kCallEnded:
      state.calling = false;
      OnJobEvent(step, state, thread, event);
      break;
    case EventKind::kPacketRead:
      state.packet_read = step;
      state.packet_client = event.object();
      state.packet_procedure = event.arg();
      break;
    case EventKind::kJobQueued:
    case EventKind::kJobTaken:
    case EventKind::kJobDroppedClientDead:
    case EventKind::kJobDroppedShutdown:
    case EventKind::kReplyQueued:
    case EventKind::kReplyDropped:
    case EventKind::kReplyWritten:
      OnJobEvent(step, state, thread, event);
      break;
    case EventKind::kEventsLost:
      OnEventsLost(step, index);
      break;
    default:
      break;
  }
  state.last_step = step;
  if (event.kind() == EventKind::kThreadEnded) {
    EndLockWait(step, state);
    CloseSpan(index, step, false);
    state.ended = true;
    return;
  }
  // A thread is what its last event made it; what follows the recorded end of a thread is not a life of its own.
  const ActivitySpan now = Now(state);
  const bool same = state.started && now.activity == state.span.activity && now.what == state.span.what;
  if (same || state.ended) return;
  if (state.started) CloseSpan(index, step, false);
  state.started = true;
  state.span = now;
  state.span.from = step;
}

// What the thread was in the middle of at its last event before the gap has ended somewhere in it, or not: nothing is said of
// it any more from that event on.
void Timeline::Pass::OnEventsLost(uint32_t step, size_t thread_index) {
  last_loss_ = step;
  ThreadState& state = threads_[thread_index];
  if (!state.started || state.ended) return;
  const uint32_t gap = state.last_step;
  EndLockWait(gap, state);
  const ObjectId thread = trace_.threads()[thread_index];
  for (ObjectId lock = 0; lock < locks_.size(); ++lock) {
    if (locks_[lock].open_hold < 0) continue;
    if (timeline_.holds_[static_cast<size_t>(locks_[lock].open_hold)].thread == thread) OnLockReleased(gap, lock);
  }
  CloseSpan(thread_index, gap, false);
  ThreadState after;
  after.started = true;
  after.span.activity = Activity::kUnknown;
  after.span.from = gap;
  state = std::move(after);
}

// What blocks hides what it happens in.
ActivitySpan Timeline::Pass::Now(const ThreadState& state) const {
  ActivitySpan now;
  if (state.lock_wait >= 0) {
    now.activity = Activity::kBlocked;
    now.what = timeline_.waits_[static_cast<size_t>(state.lock_wait)].lock;
  } else if (state.in_wait) {
    now.activity = Activity::kIdle;
    now.what = state.condition;
  } else if (state.polling) {
    now.activity = Activity::kPolling;
    now.what = state.loop;
  } else if (state.joining) {
    now.activity = Activity::kJoining;
    now.what = state.joined;
  } else if (state.calling) {
    now.activity = Activity::kDriverCall;
    now.what = state.procedure;
  }
  return now;
}

void Timeline::Pass::CloseSpan(size_t thread_index, uint32_t to, bool open) {
  ThreadState& state = threads_[thread_index];
  if (!state.started || state.ended || state.span.from >= to) return;
  state.span.to = to;
  state.span.open = open;
  timeline_.activities_[thread_index].push_back(state.span);
}

void Timeline::Pass::OnLockRequested(uint32_t step, ThreadState& state, ObjectId thread, const Event& event) {
  EndLockWait(step, state);  // A thread waits for one lock at a time, whatever the trace says.
  const LockState& lock = locks_[event.object()];
  LockWait wait;
  wait.from = step;
  wait.lock = event.object();
  wait.thread = thread;
  wait.blocking_hold = lock.open_hold;
  wait.holder = event.arg();
  // The holder may have let go between the waiter's look and its time stamp: it was in the way all the same.
  if (lock.open_hold < 0 && lock.last_hold >= 0 &&
      timeline_.holds_[static_cast<size_t>(lock.last_hold)].thread == event.arg()) {
    wait.blocking_hold = lock.last_hold;
  }
  state.lock_wait = static_cast<int32_t>(timeline_.waits_.size());
  timeline_.waits_.push_back(wait);
}

void Timeline::Pass::EndLockWait(uint32_t step, ThreadState& state) {
  if (state.lock_wait < 0) return;
  timeline_.waits_[static_cast<size_t>(state.lock_wait)].to = step;
  state.lock_wait = -1;
}

void Timeline::Pass::OnLockAcquired(uint32_t step, ThreadState& state, ObjectId thread, ObjectId lock_id) {
  OnLockReleased(step, lock_id);  // Where the release before it was dropped, this is the latest time of it.
  LockState& lock = locks_[lock_id];
  Hold hold;
  hold.from = step;
  hold.lock = lock_id;
  hold.thread = thread;
  if (state.lock_wait >= 0) {
    LockWait& wait = timeline_.waits_[static_cast<size_t>(state.lock_wait)];
    if (wait.lock == lock_id) {
      hold.wait = state.lock_wait;
      wait.last_hold = lock.last_hold;
    }
    EndLockWait(step, state);
  }
  lock.open_hold = static_cast<int32_t>(timeline_.holds_.size());
  timeline_.holds_.push_back(hold);
}

void Timeline::Pass::OnLockReleased(uint32_t step, ObjectId lock_id) {
  LockState& lock = locks_[lock_id];
  if (lock.open_hold < 0) return;
  timeline_.holds_[static_cast<size_t>(lock.open_hold)].to = step;
  lock.last_hold = lock.open_hold;
  lock.open_hold = -1;
}

Job& Timeline::Pass::JobWith(uint32_t number) {
  const auto [found, added] = job_index_.try_emplace(number, static_cast<uint32_t>(timeline_.jobs_.size()));
  if (added) {
    timeline_.jobs_.emplace_back();
    timeline_.jobs_.back().number = number;
  }
  return timeline_.jobs_[found->second];
}

// The first event of a kind counts: a job that is taken twice (R6 finds it) keeps its first life.
void Timeline::Pass::OnJobEvent(uint32_t step, ThreadState& state, ObjectId thread, const Event& event) {
  Job& job = JobWith(event.arg());
  const auto first = [step](uint32_t& where) {
    if (where != Job::kNever) return false;
    where = step;
    return true;
  };
  const bool of_client = event.kind() != EventKind::kCallBegan && event.kind() != EventKind::kCallEnded;
  if (of_client && job.client == kNoObject) job.client = event.object();
  if (!of_client && job.procedure == kNoObject) job.procedure = event.object();
  switch (event.kind()) {
    case EventKind::kJobQueued:
      if (!first(job.queued)) break;
      if (state.packet_read != Job::kNever && state.packet_client == event.object()) {
        job.packet_read = state.packet_read;
        job.procedure = state.packet_procedure;
      }
      state.packet_read = Job::kNever;
      state.unsignalled.push_back(job.number);
      break;
    case EventKind::kJobTaken:
      if (!first(job.taken)) break;
      job.worker = thread;
      if (state.last_wake != Job::kNever && job.queued != Job::kNever && state.last_wake > job.queued) {
        job.woken = state.last_wake;
      }
      break;
    case EventKind::kCallBegan:
      first(job.call_began);
      break;
    case EventKind::kCallEnded:
      first(job.call_ended);
      break;
    case EventKind::kReplyQueued:
      first(job.reply_queued);
      break;
    case EventKind::kReplyWritten:
      first(job.reply_written);
      break;
    default:
      first(job.dropped);
      break;
  }
}

void Timeline::Pass::OnSignal(uint32_t step, ThreadState& state, ObjectId condition) {
  if (state.unsignalled.empty()) return;
  const std::vector<ObjectId>& conditions = timeline_.job_conditions_;
  if (!conditions.empty() && !std::binary_search(conditions.begin(), conditions.end(), condition)) return;
  for (const uint32_t number : state.unsignalled) JobWith(number).signalled = step;
  state.unsignalled.clear();
}

void Timeline::Pass::Finish() {
  const uint32_t end = static_cast<uint32_t>(trace_.size());
  for (size_t index = 0; index < threads_.size(); ++index) CloseSpan(index, end, true);
  for (const ThreadState& state : threads_) {
    if (state.lock_wait < 0) continue;
    LockWait& wait = timeline_.waits_[static_cast<size_t>(state.lock_wait)];
    wait.to = end;
    wait.open = true;
  }
  for (Job& job : timeline_.jobs_) {
    job.end_unknown = last_loss_ != Job::kNever && job.queued != Job::kNever && job.queued < last_loss_;
  }
  for (const LockState& lock : locks_) {
    if (lock.open_hold < 0) continue;
    Hold& hold = timeline_.holds_[static_cast<size_t>(lock.open_hold)];
    hold.to = end;
    hold.open = true;
  }
  std::sort(timeline_.jobs_.begin(), timeline_.jobs_.end(),
            [](const Job& a, const Job& b) { return a.number < b.number; });
}

}  // namespace lockscope::analysis
