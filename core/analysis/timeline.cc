#include "core/analysis/timeline.h"

#include <algorithm>

#include "core/analysis/timeline_pass.h"
#include "core/base/check.h"

namespace lockscope::analysis {
namespace {

using trace::Event;
using trace::EventKind;
using trace::Role;

void SortAndUnique(std::vector<ObjectId>& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

// The last of `intervals` (in order of `from`, never overlapping, picked by `indices`) if it contains the step, or -1.
template <typename T>
int32_t FindOpen(std::span<const uint32_t> indices, std::span<const T> intervals, size_t step) {
  const auto after = std::partition_point(indices.begin(), indices.end(),
                                          [&](uint32_t index) { return intervals[index].from <= step; });
  if (after == indices.begin()) return -1;
  const uint32_t index = *(after - 1);
  return intervals[index].Contains(step) ? static_cast<int32_t>(index) : -1;
}

}  // namespace

Timeline::Timeline(const trace::Trace& trace) : trace_(&trace) {
  FindWorkers();
  Pass(*this).Run();

  const size_t threads = trace.threads().size();
  std::vector<int64_t> thread_index(trace.objects().size() + 1, -1);
  for (size_t i = 0; i < threads; ++i) thread_index[trace.threads()[i]] = static_cast<int64_t>(i);

  for (const Hold& hold : holds_) locks_.push_back(hold.lock);
  for (const LockWait& wait : waits_) locks_.push_back(wait.lock);
  SortAndUnique(locks_);
  std::vector<size_t> lock_index(trace.objects().size() + 1, 0);
  for (size_t i = 0; i < locks_.size(); ++i) lock_index[locks_[i]] = i;

  holds_of_.resize(locks_.size());
  waits_for_.resize(locks_.size());
  holds_by_thread_.resize(threads);
  waits_by_thread_.resize(threads);
  for (uint32_t i = 0; i < holds_.size(); ++i) {
    holds_of_[lock_index[holds_[i].lock]].push_back(i);
    holds_by_thread_[static_cast<size_t>(thread_index[holds_[i].thread])].push_back(i);
  }
  for (uint32_t i = 0; i < waits_.size(); ++i) {
    waits_for_[lock_index[waits_[i].lock]].push_back(i);
    waits_by_thread_[static_cast<size_t>(thread_index[waits_[i].thread])].push_back(i);
  }
  for (const std::vector<uint32_t>& of_thread : holds_by_thread_) {
    std::vector<uint32_t> froms, tos;
    froms.reserve(of_thread.size());
    tos.reserve(of_thread.size());
    for (const uint32_t hold : of_thread) {
      froms.push_back(holds_[hold].from);
      tos.push_back(holds_[hold].open ? IntervalIndex::kForever : holds_[hold].to);
    }
    held_index_.emplace_back(std::move(froms), tos);
  }

  for (uint32_t i = 0; i < jobs_.size(); ++i) {
    if (jobs_[i].queued != Job::kNever) jobs_queued_.push_back(i);
    if (jobs_[i].taken != Job::kNever) takes_.push_back(jobs_[i].taken);
  }
  std::ranges::sort(takes_);
  std::sort(jobs_queued_.begin(), jobs_queued_.end(),
            [this](uint32_t a, uint32_t b) { return jobs_[a].queued < jobs_[b].queued; });
  std::vector<uint32_t> froms, tos;
  for (const uint32_t job : jobs_queued_) {
    const Interval stay = QueuedInterval(jobs_[job]);
    froms.push_back(stay.from);
    tos.push_back(stay.open ? IntervalIndex::kForever : stay.to);
  }
  queued_index_ = IntervalIndex(std::move(froms), tos);
}

// Before the pass: it has to know which condition's signal is a job's.
void Timeline::FindWorkers() {
  const trace::Trace& trace = *trace_;
  roles_.assign(trace.threads().size(), Role::kNone);
  std::vector<ObjectId> takers;
  for (size_t step = 0; step < trace.size(); ++step) {
    const Event& event = trace.event(step);
    if (event.kind() == EventKind::kJobTaken) {
      if (takers.empty() || takers.back() != trace.thread(step)) takers.push_back(trace.thread(step));
    } else if (event.kind() == EventKind::kThreadRole && roles_[trace.ThreadIndex(step)] == Role::kNone &&
               event.arg() <= static_cast<uint32_t>(Role::kClientProgram)) {
      roles_[trace.ThreadIndex(step)] = static_cast<Role>(event.arg());
    }
  }
  for (size_t i = 0; i < roles_.size(); ++i) {
    if (roles_[i] == Role::kWorker) workers_.push_back(trace.threads()[i]);
  }
  if (workers_.empty()) {
    workers_ = std::move(takers);
    SortAndUnique(workers_);
  }
  for (const ObjectId worker : workers_) {
    bool calling = false;
    for (const uint32_t step : trace.StepsOf(static_cast<size_t>(ThreadIndexOf(worker)))) {
      const Event& event = trace.event(step);
      if (event.kind() == EventKind::kCallBegan) calling = true;
      if (event.kind() == EventKind::kCallEnded) calling = false;
      if (event.kind() != EventKind::kWaitBegan || calling) continue;
      const bool again = !job_conditions_.empty() && job_conditions_.back() == event.object();
      if (!again) job_conditions_.push_back(event.object());
    }
  }
  SortAndUnique(job_conditions_);
}

int64_t Timeline::ThreadIndexOf(ObjectId thread) const {
  const std::span<const ObjectId> threads = trace_->threads();
  const auto found = std::lower_bound(threads.begin(), threads.end(), thread);
  return found != threads.end() && *found == thread ? found - threads.begin() : -1;
}

std::span<const ActivitySpan> Timeline::ActivitiesOf(size_t thread_index) const { return activities_[thread_index]; }

ActivitySpan Timeline::ActivityAt(size_t thread_index, size_t step) const {
  const std::vector<ActivitySpan>& spans = activities_[thread_index];
  const auto after =
      std::partition_point(spans.begin(), spans.end(), [&](const ActivitySpan& span) { return span.from <= step; });
  if (after != spans.begin() && (after - 1)->Contains(step)) return *(after - 1);
  ActivitySpan none;
  none.from = none.to = static_cast<uint32_t>(std::min(step, trace_->size()));
  return none;
}

Role Timeline::RoleOf(ObjectId thread) const {
  const int64_t index = ThreadIndexOf(thread);
  return index < 0 ? Role::kNone : roles_[static_cast<size_t>(index)];
}

size_t Timeline::CountTaken(size_t after, size_t before) const {
  const auto from = std::ranges::upper_bound(takes_, after);
  return static_cast<size_t>(std::lower_bound(from, takes_.end(), std::max(after, before)) - from);
}

int64_t Timeline::FindJob(uint32_t number) const {
  const auto found = std::lower_bound(jobs_.begin(), jobs_.end(), number,
                                      [](const Job& job, uint32_t wanted) { return job.number < wanted; });
  return found != jobs_.end() && found->number == number ? found - jobs_.begin() : -1;
}

std::span<const uint32_t> Timeline::HoldsOf(ObjectId lock) const {
  const auto found = std::lower_bound(locks_.begin(), locks_.end(), lock);
  LS_CHECK(found != locks_.end() && *found == lock, "object {} is no lock of this timeline", lock);
  return holds_of_[static_cast<size_t>(found - locks_.begin())];
}

std::span<const uint32_t> Timeline::WaitsFor(ObjectId lock) const {
  const auto found = std::lower_bound(locks_.begin(), locks_.end(), lock);
  LS_CHECK(found != locks_.end() && *found == lock, "object {} is no lock of this timeline", lock);
  return waits_for_[static_cast<size_t>(found - locks_.begin())];
}

std::vector<uint32_t> Timeline::HeldBy(ObjectId thread, size_t step) const {
  const int64_t index = ThreadIndexOf(thread);
  if (index < 0) return {};
  std::vector<uint32_t> held = held_index_[static_cast<size_t>(index)].Containing(step);
  for (uint32_t& position : held) position = holds_by_thread_[static_cast<size_t>(index)][position];
  return held;
}

int32_t Timeline::HolderAt(ObjectId lock, size_t step) const {
  if (!std::binary_search(locks_.begin(), locks_.end(), lock)) return -1;
  return FindOpen(HoldsOf(lock), holds(), step);
}

int32_t Timeline::WaitOf(ObjectId thread, size_t step) const {
  const int64_t index = ThreadIndexOf(thread);
  return index < 0 ? -1 : FindOpen<LockWait>(waits_by_thread_[static_cast<size_t>(index)], waits_, step);
}

int64_t Timeline::LengthNs(const Interval& interval) const {
  const int64_t end = trace_->end_ns();
  const int64_t from = interval.from < trace_->size() ? trace_->TimeNs(interval.from) : end;
  const int64_t to = interval.open || interval.to >= trace_->size() ? end : trace_->TimeNs(interval.to);
  return std::max<int64_t>(to - from, 0);
}

Interval Timeline::QueuedInterval(const Job& job) const {
  Interval interval;
  if (job.queued == Job::kNever) return interval;
  interval.from = job.queued;
  interval.to = std::min(job.taken, job.dropped);
  if (interval.to == Job::kNever && job.end_unknown) {
    interval.to = interval.from;  // How long it lay there nobody can say.
  } else if (interval.to == Job::kNever) {
    interval.to = static_cast<uint32_t>(trace_->size());
    interval.open = true;
  }
  interval.to = std::max(interval.to, interval.from);  // A trace may have a job taken before it is queued (R6).
  return interval;
}

std::vector<uint32_t> Timeline::QueuedAt(size_t step) const {
  std::vector<uint32_t> queued = queued_index_.Containing(step);
  for (uint32_t& position : queued) position = jobs_queued_[position];
  return queued;
}

int64_t Timeline::QueuedNs(const Job& job) const {
  return job.queued == Job::kNever ? 0 : LengthNs(QueuedInterval(job));
}

}  // namespace lockscope::analysis
