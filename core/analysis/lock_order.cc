// LockOrderSeen and FindOrderCycle: in which order the classes of locks were taken.
#include <algorithm>
#include <map>

#include "core/analysis/held_locks.h"
#include "core/analysis/rules.h"

namespace lockscope::analysis {
namespace {

using trace::Event;
using trace::EventKind;

// A lock of no class is a class of its own.
const std::string& ClassOf(const trace::Trace& trace, ObjectId lock) {
  const trace::Object& object = trace.object(lock);
  return object.lock_class.empty() ? object.name : object.lock_class;
}

using Next = std::map<std::string, std::vector<std::string>>;

// Depth first; `path` is the way from the start. True once it has come back to a class on it, which then begins it.
bool Closes(const Next& next, std::map<std::string, bool>& done, std::vector<std::string>& path) {
  const std::string here = path.back();
  const auto found = next.find(here);
  if (found == next.end() || done[here]) return false;
  for (const std::string& wanted : found->second) {
    const auto before = std::find(path.begin(), path.end(), wanted);
    if (before != path.end()) {
      path.erase(path.begin(), before);
      return true;
    }
    path.push_back(wanted);
    if (Closes(next, done, path)) return true;
    path.pop_back();
  }
  done[here] = true;
  return false;
}

}  // namespace

// An attempt counts when it is made, granted or not: the waits that close a deadlock are never granted.
std::vector<OrderEdge> LockOrderSeen(const Timeline& timeline) {
  const trace::Trace& trace = timeline.trace();
  HeldLocks held(timeline);
  std::map<std::pair<std::string, std::string>, size_t> index;
  std::vector<OrderEdge> edges;
  for (size_t step = 0; step < trace.size(); ++step) {
    const Event& event = trace.event(step);
    const size_t thread = trace.ThreadIndex(step);
    const bool attempt = event.kind() == EventKind::kLockRequested || event.kind() == EventKind::kLockAcquired;
    if (attempt && !held.IsAfterRequest(thread, event)) {
      for (const uint32_t hold : held.Of(thread)) {
        const std::string& held_class = ClassOf(trace, timeline.holds()[hold].lock);
        const std::string& wanted_class = ClassOf(trace, event.object());
        const auto [found, added] = index.try_emplace({held_class, wanted_class}, edges.size());
        if (added) edges.push_back({held_class, wanted_class, 0, step});
        ++edges[found->second].count;
      }
    }
    held.Apply(step);
  }
  return edges;
}

std::vector<std::string> FindOrderCycle(std::span<const OrderEdge> edges) {
  Next next;
  for (const OrderEdge& edge : edges) next[edge.held_class].push_back(edge.wanted_class);
  std::map<std::string, bool> done;
  for (const OrderEdge& edge : edges) {
    std::vector<std::string> path{edge.held_class};
    if (Closes(next, done, path)) return path;
  }
  return {};
}

}  // namespace lockscope::analysis
