// The picture of what became of a run that neither ended well nor in a deadlock: the decisive event that the analysis names,
// the threads and locks that its sentence is about, and the last events that led there.
#include "core/analysis/outcome.h"
#include "viewer/model/picture_composer.h"

namespace lockscope::viewer {

using analysis::Outcome;
using analysis::OutcomeKind;

namespace {

constexpr size_t kColumnsBefore = 14;  // The cursor's included.
constexpr size_t kColumnsAfter = 6;
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

class Composer {
 public:
  Composer(const LaneContent& content, const Outcome& outcome)
      : content_(content),
        timeline_(content.timeline()),
        trace_(timeline_.trace()),
        outcome_(outcome),
        parts_(content, outcome.blocked.empty() ? outcome.step : trace_.size() - 1) {}

  Picture Run(const analysis::RuleReport& report) {
    Picture& picture = parts_.picture();
    picture.title = TitleOf(outcome_.kind);
    picture.cursor = outcome_.step;
    ChooseThreads();
    const std::vector<ObjectId> threads = picture.lanes;
    parts_.AddLocksOf(outcome_.step);
    ChooseColumns();
    picture.sentences.push_back(outcome_.sentence);
    std::string breach = BreachBefore(report, threads, picture.cursor);
    if (!breach.empty() && outcome_.kind != OutcomeKind::kFindings) picture.sentences.push_back(std::move(breach));
    return std::move(picture);
  }

 private:
  // Whose event it is, who is blocked for good, who is blocked at that moment and by whom; and never one thread alone. Of
  // a hang those that hang say little: who did something before tells how they came to it.
  void ChooseThreads() {
    parts_.AddThread(trace_.thread(outcome_.step));
    for (const analysis::BlockedThread& blocked : outcome_.blocked) parts_.AddThread(blocked.thread);
    parts_.AddBlockedThreads();
    parts_.AddThreadsNear(outcome_.step, 0, outcome_.step, outcome_.kind == OutcomeKind::kHang ? 3 : 2);
  }

  void ChooseColumns() {
    parts_.AddColumnsBefore(outcome_.step, kColumnsBefore);
    parts_.AddColumnsAfter(outcome_.step, kColumnsAfter);
    const bool for_good = !outcome_.blocked.empty();
    if (for_good) AddLastActivities();
    parts_.Finish();
    Picture& picture = parts_.picture();
    picture.bright.to = static_cast<uint32_t>(for_good ? trace_.size() : outcome_.step + 1);
    picture.for_good = for_good;
    picture.tail = for_good ? kTail : 1;
  }

  // Where each thread began what it does until the end: the picture says of all how they stand.
  void AddLastActivities() {
    const size_t last = trace_.size() - 1;
    for (const size_t index : content_.daemon_threads()) {
      if (!parts_.HasLane(trace_.threads()[index])) continue;
      const analysis::ActivitySpan span = timeline_.ActivityAt(index, last);
      if (span.open && span.from > outcome_.step) parts_.AddColumn(span.from);
    }
  }

  const LaneContent& content_;
  const analysis::Timeline& timeline_;
  const trace::Trace& trace_;
  const Outcome& outcome_;
  PictureComposer parts_;  // Of the end, where nobody goes on; else of the decisive event.
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
