#include "viewer/model/lane_content.h"

#include <algorithm>
#include <map>

namespace lockscope::viewer {

using analysis::Hold;
using analysis::Job;
using analysis::LockWait;
using trace::EventKind;
using trace::Role;

namespace {

// Puts intervals that come in order of their beginnings into the first row that is free; the last row takes the rest.
class Rows {
 public:
  explicit Rows(int most) : most_(static_cast<size_t>(most)) {}
  int Place(uint32_t from, uint32_t to) {
    for (size_t row = 0; row < free_from_.size(); ++row) {
      if (free_from_[row] <= from) {
        free_from_[row] = to;
        return static_cast<int>(row);
      }
    }
    if (free_from_.size() < most_) {
      free_from_.push_back(to);
    } else {
      free_from_.back() = std::max(free_from_.back(), to);
    }
    return static_cast<int>(free_from_.size()) - 1;
  }
  int used() const { return static_cast<int>(free_from_.size()); }

 private:
  size_t most_;
  std::vector<uint32_t> free_from_;
};

int RoleRank(Role role) {
  switch (role) {
    case Role::kLeader:
      return 0;
    case Role::kEventLoop:
      return 1;
    case Role::kWorker:
      return 2;
    case Role::kNone:
      return 3;
    case Role::kClientProgram:
      return 4;
  }
  return 3;
}

}  // namespace

int ClassRank(std::string_view lock_class) {
  if (lock_class == "server") return 0;
  if (lock_class == "client") return 1;
  if (lock_class == "loop") return 3;
  return 2;
}

LaneContent::LaneContent(const analysis::Timeline& timeline) : timeline_(&timeline) {
  OrderThreads();
  OrderLocks();
  PlaceHolds();
  PlaceWaits();
  PlaceJobs();
}

void LaneContent::OrderThreads() {
  const trace::Trace& trace = timeline_->trace();
  roles_.assign(trace.threads().size(), Role::kNone);
  for (size_t thread = 0; thread < roles_.size(); ++thread) {
    for (const uint32_t step : trace.StepsOf(thread)) {
      if (trace.event(step).kind() == EventKind::kThreadRole) {
        roles_[thread] = static_cast<Role>(trace.event(step).arg());
        break;
      }
    }
    (roles_[thread] == Role::kClientProgram ? client_threads_ : daemon_threads_).push_back(thread);
  }
  std::stable_sort(daemon_threads_.begin(), daemon_threads_.end(),
                   [&](size_t a, size_t b) { return RoleRank(roles_[a]) < RoleRank(roles_[b]); });
}

void LaneContent::OrderLocks() {
  const trace::Trace& trace = timeline_->trace();
  locks_.assign(timeline_->locks().begin(), timeline_->locks().end());
  std::stable_sort(locks_.begin(), locks_.end(), [&](ObjectId a, ObjectId b) {
    return ClassRank(trace.object(a).lock_class) < ClassRank(trace.object(b).lock_class);
  });
  hues_.assign(trace.objects().size() + 1, -1);
  int next = kFirstOtherHue;
  for (const ObjectId lock : locks_) {
    const std::string& lock_class = trace.object(lock).lock_class;
    hues_[lock] = lock_class == "server" ? kServerHue : lock_class == "loop" ? kLoopHue : next++;
  }
}

void LaneContent::PlaceHolds() {
  const trace::Trace& trace = timeline_->trace();
  std::vector<size_t> index_of(trace.objects().size() + 1, 0);
  for (size_t thread = 0; thread < trace.threads().size(); ++thread) index_of[trace.threads()[thread]] = thread;
  holds_by_.resize(trace.threads().size());
  hold_slots_.assign(trace.threads().size(), 0);
  slot_of_hold_.assign(timeline_->holds().size(), 0);
  for (uint32_t i = 0; i < timeline_->holds().size(); ++i) {
    holds_by_[index_of[timeline_->holds()[i].thread]].push_back(i);
  }
  for (size_t thread = 0; thread < holds_by_.size(); ++thread) {
    std::map<int, Rows> by_rank;  // Usually one row a class: correct code never holds two clients' locks.
    for (const uint32_t i : holds_by_[thread]) {
      const Hold& hold = timeline_->holds()[i];
      Rows& rows = by_rank.try_emplace(ClassRank(trace.object(hold.lock).lock_class), kMaxRows).first->second;
      slot_of_hold_[i] = rows.Place(hold.from, hold.open ? UINT32_MAX : hold.to);
    }
    std::map<int, int> first_slot;
    for (const auto& [rank, rows] : by_rank) {
      first_slot[rank] = hold_slots_[thread];
      hold_slots_[thread] += rows.used();
    }
    for (const uint32_t i : holds_by_[thread]) {
      slot_of_hold_[i] += first_slot[ClassRank(trace.object(timeline_->holds()[i].lock).lock_class)];
    }
  }
}

void LaneContent::PlaceWaits() {
  wait_rows_.assign(timeline_->trace().objects().size() + 1, 0);
  row_of_wait_.assign(timeline_->waits().size(), 0);
  for (const ObjectId lock : locks_) {
    Rows rows(kMaxRows);
    for (const uint32_t i : timeline_->WaitsFor(lock)) {
      const LockWait& wait = timeline_->waits()[i];
      row_of_wait_[i] = rows.Place(wait.from, wait.open ? UINT32_MAX : wait.to);
    }
    wait_rows_[lock] = rows.used();
  }
}

void LaneContent::PlaceJobs() {
  const auto jobs = timeline_->jobs();
  jobs_of_.resize(timeline_->trace().objects().size() + 1);
  job_rows_.assign(jobs_of_.size(), 0);
  row_of_job_.assign(jobs.size(), 0);
  for (uint32_t i = 0; i < jobs.size(); ++i) {
    if (jobs[i].queued != Job::kNever) jobs_of_[jobs[i].client].push_back(i);
  }
  for (size_t client = 0; client < jobs_of_.size(); ++client) {
    std::vector<uint32_t>& of = jobs_of_[client];
    std::stable_sort(of.begin(), of.end(), [&](uint32_t a, uint32_t b) { return jobs[a].queued < jobs[b].queued; });
    Rows rows(kMaxRows);
    for (const uint32_t i : of) {
      const analysis::Interval stay = timeline_->QueuedInterval(jobs[i]);
      row_of_job_[i] = rows.Place(stay.from, stay.open ? Job::kNever : stay.to);
    }
    job_rows_[client] = rows.used();
  }
}

int LaneContent::JobRows(ObjectId lock) const {
  const ObjectId parent = timeline_->trace().object(lock).parent;
  return timeline_->trace().object(parent).type == trace::ObjectType::kClient ? job_rows_[parent] : 0;
}

}  // namespace lockscope::viewer
