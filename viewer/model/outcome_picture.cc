// The picture of what became of a run that neither ended well nor in a deadlock: the decisive event that the analysis names,
// the threads and locks that its sentence is about, and the last events that led there.
#include <algorithm>

#include "core/analysis/explain.h"
#include "core/analysis/outcome.h"
#include "viewer/model/picture.h"

namespace lockscope::viewer {

using analysis::Outcome;
using analysis::OutcomeKind;
using trace::EventKind;

namespace {

constexpr size_t kMostThreads = 4;
constexpr size_t kMostLocks = 3;
constexpr size_t kColumnsBefore = 14;  // The cursor's included.
constexpr size_t kColumnsAfter = 6;
constexpr size_t kBrightBefore = 5;
constexpr double kTail = 4;  // For what then stays as it is.

std::string TitleOf(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::kFindings:
      return "A rule is broken";
    case OutcomeKind::kDelay:
      return "Delay: somebody waits for longer than the patience";
    case OutcomeKind::kLostWakeUp:
      return "Lost wake-up: a call lies there, and nobody is awake to take it";
    case OutcomeKind::kStuckReply:
      return "Stuck reply: it lies there, and nobody writes it";
    case OutcomeKind::kHang:
      return "Hang: all that are left wait, and nobody wakes them";
    case OutcomeKind::kStarvation:
      return "Starvation: it goes on for ever, and somebody waits";
    case OutcomeKind::kOverrun:
      return "Overrun: more calls are under way than the daemon allows";
    case OutcomeKind::kUseAfterFree:
      return "Use after free: a client is used that is gone";
    case OutcomeKind::kDeadlock:  // Another picture.
    case OutcomeKind::kClean:
      break;
  }
  return {};
}

// What the way to any outcome is told by.
bool Tells(EventKind kind) {
  switch (kind) {
    case EventKind::kLockRequested:
    case EventKind::kLockAcquired:
    case EventKind::kLockReleased:
    case EventKind::kWaitBegan:
    case EventKind::kWaitEnded:
    case EventKind::kConditionSignalled:
    case EventKind::kPollEntered:
    case EventKind::kPollReturned:
    case EventKind::kJoinBegan:
    case EventKind::kPacketRead:
    case EventKind::kJobQueued:
    case EventKind::kJobTaken:
    case EventKind::kCallBegan:
    case EventKind::kCallEnded:
    case EventKind::kReplyQueued:
    case EventKind::kReplyWritten:
    case EventKind::kClientFreed:
    case EventKind::kFreedClientUsed:
    case EventKind::kThreadEnded:
      return true;
    default:
      return false;
  }
}

class Composer {
 public:
  Composer(const LaneContent& content, const Outcome& outcome)
      : content_(content), timeline_(content.timeline()), trace_(timeline_.trace()), outcome_(outcome) {
    const bool ended = outcome.blocked.empty();
    moment_ = ended ? outcome.step : trace_.size() - 1;
  }

  Picture Run(const analysis::RuleReport& report) {
    picture_.title = TitleOf(outcome_.kind);
    picture_.cursor = outcome_.step;
    ChooseThreads();
    const std::vector<ObjectId> threads = picture_.lanes;
    ChooseLocks();
    ChooseColumns();
    FillLockLanes();
    picture_.sentences.push_back(outcome_.sentence);
    std::string breach = BreachBefore(report, threads, picture_.cursor);
    if (!breach.empty() && outcome_.kind != OutcomeKind::kFindings) picture_.sentences.push_back(std::move(breach));
    return std::move(picture_);
  }

 private:
  bool HasLane(ObjectId object) const {
    return std::find(picture_.lanes.begin(), picture_.lanes.end(), object) != picture_.lanes.end();
  }

  void AddThread(ObjectId thread) {
    const auto& daemon = content_.daemon_threads();
    const bool of_daemon =
        std::any_of(daemon.begin(), daemon.end(), [&](size_t index) { return trace_.threads()[index] == thread; });
    if (of_daemon && !HasLane(thread) && picture_.lanes.size() < kMostThreads) picture_.lanes.push_back(thread);
  }

  // Whose event it is, who is blocked for good, who is blocked at that moment and by whom; and never one thread alone.
  void ChooseThreads() {
    AddThread(trace_.thread(outcome_.step));
    for (const analysis::BlockedThread& blocked : outcome_.blocked) AddThread(blocked.thread);
    for (const analysis::Sentence& sentence : analysis::SentencesAt(timeline_, moment_)) {
      if (sentence.about != analysis::Sentence::About::kBlockedThread) continue;
      AddThread(sentence.thread);
      AddThread(sentence.holder);
    }
    for (size_t step = outcome_.step + 1; step-- > 0 && picture_.lanes.size() < 2;) {
      if (Tells(trace_.event(step).kind())) AddThread(trace_.thread(step));
    }
  }

  void AddLock(ObjectId lock) {
    if (lock == kNoObject || content_.HueOf(lock) < 0 || HasLane(lock) || locks_ == kMostLocks) return;
    picture_.lanes.push_back(lock);
    ++locks_;
  }

  // What somebody waits for, the lock of the client that it is about, the server's.
  void ChooseLocks() {
    for (const analysis::Sentence& sentence : analysis::SentencesAt(timeline_, moment_)) {
      const bool job = sentence.about == analysis::Sentence::About::kQueuedJob;
      AddLock(job ? LockOf(content_, sentence.thread) : sentence.lock);
    }
    const ObjectId object = trace_.event(outcome_.step).object();
    if (object != kNoObject) {
      const trace::ObjectType type = trace_.object(object).type;
      if (type == trace::ObjectType::kClient) AddLock(LockOf(content_, object));
      if (type == trace::ObjectType::kMutex) AddLock(object);
    }
    AddLock(ServerLock(content_));
  }

  bool IsTold(size_t step) const { return Tells(trace_.event(step).kind()) && HasLane(trace_.thread(step)); }

  void ChooseColumns() {
    std::vector<uint32_t>& steps = picture_.columns;
    steps.push_back(static_cast<uint32_t>(picture_.cursor));
    for (size_t step = picture_.cursor; step-- > 0 && steps.size() < kColumnsBefore;) {
      if (IsTold(step)) steps.push_back(static_cast<uint32_t>(step));
    }
    const size_t before = steps.size();
    for (size_t step = picture_.cursor + 1; step < trace_.size() && steps.size() < before + kColumnsAfter; ++step) {
      if (IsTold(step)) steps.push_back(static_cast<uint32_t>(step));
    }
    const bool for_good = !outcome_.blocked.empty();
    if (for_good) AddLastActivities();
    std::sort(steps.begin(), steps.end());
    steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
    const auto cursor = std::find(steps.begin(), steps.end(), static_cast<uint32_t>(picture_.cursor));
    picture_.bright.from = *(cursor - std::min<std::ptrdiff_t>(cursor - steps.begin(), kBrightBefore));
    picture_.bright.to = static_cast<uint32_t>(for_good ? trace_.size() : picture_.cursor + 1);
    picture_.tail = for_good ? kTail : 1;
  }

  // Whether there is something of an interval between the first column and the last.
  bool IsSeen(const analysis::Interval& interval) const {
    return interval.from <= picture_.columns.back() && (interval.open || interval.to > picture_.columns.front());
  }

  // Rows for what waits for the locks; a lock with which nothing happens would be an empty lane.
  void FillLockLanes() {
    std::erase_if(picture_.lanes, [&](ObjectId lane) {
      if (trace_.object(lane).type != trace::ObjectType::kMutex) return false;
      bool empty = true;
      for (const uint32_t hold : timeline_.HoldsOf(lane)) empty = empty && !IsSeen(timeline_.holds()[hold]);
      for (const uint32_t wait : timeline_.WaitsFor(lane)) {
        if (!IsSeen(timeline_.waits()[wait])) continue;
        picture_.wait_rows = std::max(picture_.wait_rows, content_.RowOfWait(wait) + 1);
        empty = false;
      }
      for (const uint32_t job : timeline_.QueuedAt(moment_)) {
        if (timeline_.jobs()[job].client != trace_.object(lane).parent) continue;
        picture_.job_rows = std::max(picture_.job_rows, content_.RowOfJob(job) + 1);
        empty = false;
      }
      return empty;
    });
  }

  // Where each thread began what it does until the end: the picture says of all how they stand.
  void AddLastActivities() {
    const size_t last = trace_.size() - 1;
    for (const size_t index : content_.daemon_threads()) {
      if (!HasLane(trace_.threads()[index])) continue;
      const analysis::ActivitySpan span = timeline_.ActivityAt(index, last);
      if (span.open && span.from > picture_.cursor) picture_.columns.push_back(span.from);
    }
  }

  const LaneContent& content_;
  const analysis::Timeline& timeline_;
  const trace::Trace& trace_;
  const Outcome& outcome_;
  size_t moment_ = 0;  // Of which the outcome speaks: the end, where nobody goes on.
  size_t locks_ = 0;
  Picture picture_;
};

}  // namespace

std::optional<Picture> ComposeOutcome(const LaneContent& content) {
  const analysis::Timeline& timeline = content.timeline();
  if (timeline.trace().empty()) return std::nullopt;
  const analysis::RuleReport report = analysis::CheckRules(timeline);
  const Outcome outcome = analysis::FindOutcome(timeline, report);
  if (outcome.kind == OutcomeKind::kClean || outcome.kind == OutcomeKind::kDeadlock) return std::nullopt;
  return Composer(content, outcome).Run(report);
}

}  // namespace lockscope::viewer
