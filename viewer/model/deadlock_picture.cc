// The picture of a deadlock: the threads and locks of the circle, the last events that led to it, and its circle.
#include <algorithm>

#include "core/analysis/deadlock.h"
#include "core/analysis/rules.h"
#include "viewer/model/picture.h"

namespace lockscope::viewer {

using analysis::WaitEdge;
using trace::EventKind;

namespace {

constexpr size_t kColumns = 15;  // Before the cursor, it included.
constexpr double kTail = 6;      // As wide as "wants server" needs.

bool Contains(const std::vector<ObjectId>& objects, ObjectId object) {
  return std::find(objects.begin(), objects.end(), object) != objects.end();
}

// What the way into a deadlock is told by.
bool Tells(const trace::Trace& trace, const std::vector<ObjectId>& lanes, size_t step) {
  const trace::Event& event = trace.event(step);
  if (!Contains(lanes, trace.thread(step))) return false;
  switch (event.kind()) {
    case EventKind::kLockRequested:
    case EventKind::kLockAcquired:
    case EventKind::kLockReleased:
      return Contains(lanes, event.object());
    case EventKind::kJobQueued:
    case EventKind::kJobTaken:
    case EventKind::kCallBegan:
    case EventKind::kCallEnded:
    case EventKind::kReplyQueued:
    case EventKind::kCallbackBegan:
    case EventKind::kCallbackEnded:
    case EventKind::kPollReturned:
    case EventKind::kWaitEnded:
    case EventKind::kJoinBegan:
      return true;
    default:
      return false;
  }
}

std::string TitleOf(const std::vector<WaitEdge>& circle) {
  const bool only_locks =
      std::all_of(circle.begin(), circle.end(), [](const WaitEdge& edge) { return edge.lock != kNoObject; });
  if (circle.size() == 1) return "Deadlock: it waits for what it holds itself";
  if (circle.size() == 2 && only_locks) return "Deadlock: each holds the lock that the other one wants";
  return "Deadlock: the waits close a circle";
}

}  // namespace

std::optional<Picture> ComposeDeadlock(const LaneContent& content) {
  const analysis::Timeline& timeline = content.timeline();
  const trace::Trace& trace = timeline.trace();
  if (trace.empty()) return std::nullopt;
  const analysis::WaitGraph graph = analysis::WaitGraphAt(timeline, trace.size() - 1);
  if (graph.circles.empty()) return std::nullopt;

  Picture picture;
  const std::vector<size_t>& circle = graph.circles.front();
  for (const size_t edge : circle) picture.circle.push_back(graph.edges[edge]);
  picture.title = TitleOf(picture.circle);
  picture.tail = kTail;
  picture.for_good = true;
  picture.cursor = analysis::ClosingStep(timeline, graph, circle);
  picture.bright.from = static_cast<uint32_t>(picture.cursor);
  picture.bright.to = static_cast<uint32_t>(trace.size());
  for (const WaitEdge& edge : picture.circle) picture.lanes.push_back(edge.waiter);
  std::vector<uint32_t>& steps = picture.columns;
  for (const WaitEdge& edge : picture.circle) {
    if (edge.lock == kNoObject) continue;
    picture.lanes.push_back(edge.lock);
    if (edge.wait >= 0) {
      steps.push_back(timeline.waits()[static_cast<size_t>(edge.wait)].from);
      picture.wait_rows = std::max(picture.wait_rows, content.RowOfWait(static_cast<uint32_t>(edge.wait)) + 1);
    }
    if (edge.hold >= 0) {
      const analysis::Hold& hold = timeline.holds()[static_cast<size_t>(edge.hold)];
      steps.push_back(hold.from);
      picture.bright.from = std::min(picture.bright.from, hold.from);
    }
  }
  // The circle's own events, and as many of those before them as there is room for.
  for (size_t step = picture.cursor + 1; step-- > 0 && steps.size() < kColumns + 2 * picture.circle.size();) {
    if (step == picture.cursor || Tells(trace, picture.lanes, step)) steps.push_back(static_cast<uint32_t>(step));
  }
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());

  picture.sentences.push_back(analysis::DeadlockSentence(timeline, graph, circle, analysis::Places::kWithout));
  // The breach that made the circle.
  std::string breach = BreachBefore(analysis::CheckRules(timeline), picture.lanes, picture.cursor);
  if (!breach.empty()) picture.sentences.push_back(std::move(breach));
  return picture;
}

}  // namespace lockscope::viewer
