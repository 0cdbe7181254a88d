// R6: every job is taken exactly once, or dropped with a reason; and nobody sleeps while a job calls.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "core/analysis/phrases.h"
#include "core/analysis/queued_job.h"
#include "core/analysis/rule_checker.h"

namespace lockscope::analysis {
namespace {

using trace::Event;
using trace::EventKind;

// A worker is awake to scan unless it waits on the job condition; one that a signal has reached is awake again, though
// the trace shows it only when it has the mutex back. A signal reaches a waiter only once that has let go of its mutex:
// before, it is lost on it. In a correct run the server lock's order proves which of the two came first, so a stall
// that is found here is none of clock error.
class EveryJobTakenOnce : public RuleChecker {
 public:
  explicit EveryJobTakenOnce(const Timeline& timeline) : RuleChecker(6), workers_(timeline.trace().threads().size()) {
    for (size_t i = 0; i < workers_.size(); ++i) {
      const ObjectId thread = timeline.trace().threads()[i];
      workers_[i].is_worker = std::binary_search(timeline.workers().begin(), timeline.workers().end(), thread);
    }
    for (const Job& job : timeline.jobs()) {
      if (job.signalled != Job::kNever) signals_.push_back({job.signalled, job.number});
    }
    std::sort(signals_.begin(), signals_.end());
  }

  void OnEvent(const RuleView& view, size_t step, const Event& event) override {
    Worker& worker = workers_[view.trace.ThreadIndex(step)];
    OnWorkerEvent(view, worker, event);
    switch (event.kind()) {
      case EventKind::kJobQueued:
        OnQueued(view, step, event);
        break;
      case EventKind::kJobTaken:
      case EventKind::kJobDroppedClientDead:
      case EventKind::kJobDroppedShutdown:
        OnGone(view, step, event);
        break;
      case EventKind::kConditionSignalled:
      case EventKind::kConditionBroadcast:
        OnSignal(view, step, event);
        break;
      case EventKind::kPollEntered:
        worker.last_poll = step;
        break;
      default:
        break;
    }
    NoticeStall(view, step, event);
  }

  void Finish(const RuleView& view) override {
    for (const uint32_t number : waiting_) {
      if (stalled_ && calling_.contains(number)) continue;  // Found when everybody had gone to sleep.
      const State& state = jobs_.at(number);
      const std::string job = Phrase(view, number);
      if (view.trace.info().finished) {
        Break(view, state.queued, state.client, fmt::format("{} is neither taken nor dropped when the run ends.", job));
      } else if (!calling_.contains(number) && alive_ > 0 && Awake() == 0 &&
                 workers_[view.trace.ThreadIndex(state.queued)].last_poll > state.queued) {
        Break(view, state.queued, state.client,
              fmt::format("{} is queued without a signal, and everybody sleeps.", job));
      }
    }
  }

  std::string WhyNot(const RuleView&) const override { return "no job is queued in the recording"; }

 private:
  enum class Sleep : uint8_t { kAwake, kBegins, kAsleep };
  struct Worker {
    bool is_worker = false;
    bool alive = false;
    bool calling = false;
    Sleep sleep = Sleep::kAwake;
    ObjectId mutex = kNoObject;  // That of the condition it waits on.
    size_t last_poll = 0;        // Of any thread.
  };
  enum class Fate : uint8_t { kQueued, kTaken, kDropped };
  struct State {
    Fate fate = Fate::kQueued;
    size_t queued = 0;
    size_t gone = 0;
    ObjectId client = kNoObject;
  };

  size_t Awake() const { return alive_ - sleeping_ + reached_; }

  static std::string Phrase(const RuleView& view, uint32_t number) {
    const int64_t job = view.timeline.FindJob(number);
    return job < 0 ? fmt::format("job {}", number)
                   : JobPhrase(view.trace, view.timeline.jobs()[static_cast<size_t>(job)]);
  }

  void OnWorkerEvent(const RuleView& view, Worker& worker, const Event& event) {
    if (!worker.is_worker) return;
    if (!worker.alive && event.kind() != EventKind::kThreadEnded) {
      worker.alive = true;
      ++alive_;
    }
    const std::span<const ObjectId> conditions = view.timeline.job_conditions();
    switch (event.kind()) {
      case EventKind::kCallBegan:
        worker.calling = true;
        break;
      case EventKind::kCallEnded:
        worker.calling = false;
        break;
      case EventKind::kWaitBegan:
        if (worker.calling || worker.sleep != Sleep::kAwake) break;
        if (!std::binary_search(conditions.begin(), conditions.end(), event.object())) break;
        worker.sleep = Sleep::kBegins;
        worker.mutex = event.arg();
        ++sleeping_;
        break;
      case EventKind::kLockReleased:
        if (worker.sleep != Sleep::kBegins || event.object() != worker.mutex) break;
        worker.sleep = Sleep::kAsleep;
        ++asleep_;
        break;
      case EventKind::kWaitEnded:
        if (worker.sleep != Sleep::kAwake) WakeUp(worker);
        break;
      case EventKind::kThreadEnded:
        if (!worker.alive) break;
        if (worker.sleep != Sleep::kAwake) WakeUp(worker);
        worker.alive = false;
        --alive_;
        break;
      default:
        break;
    }
  }

  void WakeUp(Worker& worker) {
    --sleeping_;
    if (worker.sleep == Sleep::kAsleep) {
      --asleep_;
      if (reached_ > 0) --reached_;
    }
    worker.sleep = Sleep::kAwake;
  }

  void OnQueued(const RuleView& view, size_t step, const Event& event) {
    CountOne();
    const auto [found, added] = jobs_.try_emplace(event.arg(), State{Fate::kQueued, step, 0, event.object()});
    if (added) {
      waiting_.insert(event.arg());
      return;
    }
    Break(view, step, event.object(), fmt::format("{} is queued a second time.", Phrase(view, event.arg())));
  }

  void OnGone(const RuleView& view, size_t step, const Event& event) {
    const bool taken = event.kind() == EventKind::kJobTaken;
    const std::string who = ThreadPhrase(view.trace, view.trace.thread(step));
    const char* const verb = taken ? "takes" : "drops";
    const auto found = jobs_.find(event.arg());
    if (found == jobs_.end()) {
      if (view.trace.info().dropped_events > 0) return;
      CountOne();
      jobs_[event.arg()] = {taken ? Fate::kTaken : Fate::kDropped, step, step, event.object()};
      Break(view, step, event.object(),
            fmt::format("{} {} {}, which was never queued.", who, verb, Phrase(view, event.arg())));
      return;
    }
    State& state = found->second;
    if (state.fate != Fate::kQueued) {
      const std::string before = ThreadPhrase(view.trace, view.trace.thread(state.gone));
      Break(view, step, event.object(),
            fmt::format("{} {} {}, which {} has {} already.", who, verb, Phrase(view, event.arg()), before,
                        state.fate == Fate::kTaken ? "taken" : "dropped"));
      return;
    }
    state.fate = taken ? Fate::kTaken : Fate::kDropped;
    state.gone = step;
    waiting_.erase(event.arg());
    calling_.erase(event.arg());
  }

  void OnSignal(const RuleView& view, size_t step, const Event& event) {
    for (; next_signal_ < signals_.size() && signals_[next_signal_].first <= step; ++next_signal_) {
      const uint32_t number = signals_[next_signal_].second;
      if (waiting_.contains(number)) calling_.insert(number);
    }
    const std::span<const ObjectId> conditions = view.timeline.job_conditions();
    if (!std::binary_search(conditions.begin(), conditions.end(), event.object())) return;
    reached_ = event.kind() == EventKind::kConditionBroadcast ? asleep_ : std::min(reached_ + 1, asleep_);
  }

  // One finding a stall: it lasts until somebody wakes or nothing calls any more.
  void NoticeStall(const RuleView& view, size_t step, const Event& event) {
    const bool stall = !calling_.empty() && alive_ > 0 && Awake() == 0;
    if (!stall || stalled_) {
      stalled_ = stall;
      return;
    }
    stalled_ = true;
    const uint32_t number = *calling_.begin();
    const std::string who = ThreadPhrase(view.trace, view.trace.thread(step));
    const std::string job = Phrase(view, number);
    Break(view, step, jobs_.at(number).client,
          event.kind() == EventKind::kWaitBegan
              ? fmt::format("{} goes to sleep although {} is queued and signalled, and no other worker is awake.", who,
                            job)
              : fmt::format("{} signals {}, but no worker is awake to hear it: every one is about to sleep or asleep.",
                            who, job));
  }

  std::vector<Worker> workers_;                         // By thread index; all threads.
  std::vector<std::pair<uint32_t, uint32_t>> signals_;  // Step of a signal, job it is for.
  size_t next_signal_ = 0;
  std::unordered_map<uint32_t, State> jobs_;  // By number; never iterated.
  std::set<uint32_t> waiting_;                // Jobs in dx …
  std::set<uint32_t> calling_;                // … that have been signalled.
  size_t alive_ = 0;
  size_t sleeping_ = 0;  // Between wait_began and wait_ended …
  size_t asleep_ = 0;    // … without their mutex …
  size_t reached_ = 0;   // … of whom so many have been signalled.
  bool stalled_ = false;
};

}  // namespace

std::unique_ptr<RuleChecker> MakeEveryJobTakenOnce(const Timeline& timeline) {
  return std::make_unique<EveryJobTakenOnce>(timeline);
}

}  // namespace lockscope::analysis
