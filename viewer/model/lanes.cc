#include "viewer/model/lanes.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "viewer/model/halving.h"

namespace lockscope::viewer {
namespace {

class Layout {
 public:
  Layout(const LaneContent& content, const Metrics& metrics, const LaneOptions& options)
      : content_(content), m_(metrics), options_(options) {
    result_.metrics = metrics;
    y_ = m_.gap;
  }

  Lanes Run() {
    const trace::Trace& trace = content_.timeline().trace();
    for (const size_t thread : content_.daemon_threads()) AddThread(thread);
    bool first_lock = true;
    for (const ObjectId lock : content_.locks()) {
      if (!Wanted(lock)) continue;
      if (first_lock) AddHeading(options_.only.empty() ? "Locks" : "");
      first_lock = false;
      Lane lane{.kind = LaneKind::kLock, .object = lock, .title = std::string(trace.Name(lock))};
      lane.slots = std::min(options_.most_wait_rows, content_.WaitRows(lock));
      lane.job_rows = std::min(options_.most_job_rows, content_.JobRows(lock));
      lane.height = m_.lock_bar + static_cast<float>(lane.slots + lane.job_rows) * (m_.waiter + m_.between);
      Add(std::move(lane));
    }
    if (options_.only.empty() && !content_.client_threads().empty()) AddClientPrograms();
    result_.height = y_;
    return std::move(result_);
  }

 private:
  bool Wanted(ObjectId object) const {
    return options_.only.empty() ||
           std::find(options_.only.begin(), options_.only.end(), object) != options_.only.end();
  }

  void Add(Lane lane) {
    lane.y = y_;
    y_ += lane.height + m_.gap;
    result_.lanes.push_back(std::move(lane));
  }

  void AddHeading(std::string title) {
    Add({.kind = LaneKind::kHeading, .title = std::move(title), .height = m_.heading - m_.gap});
  }

  void AddThread(size_t thread) {
    const trace::Trace& trace = content_.timeline().trace();
    const ObjectId id = trace.threads()[thread];
    if (!Wanted(id)) return;
    Lane lane{.kind = LaneKind::kThread, .object = id, .thread_index = thread, .title = std::string(trace.Name(id))};
    const std::string role(trace::RoleName(content_.RoleOf(thread)));
    std::string words = lane.title;
    std::replace(words.begin(), words.end(), '-', ' ');
    if (words.find(role) == std::string::npos) lane.note = role;  // "worker-1 worker" would say it twice.
    if (!options_.only.empty()) lane.shown_slots = WantedSlots(thread);
    const int all = options_.only.empty() ? content_.HoldSlots(thread) : static_cast<int>(lane.shown_slots.size());
    lane.slots = std::min(options_.most_slots, all);
    lane.height = m_.activity + static_cast<float>(lane.slots) * (m_.hold + m_.between);
    Add(std::move(lane));
  }

  bool IsShown(const analysis::Hold& hold) const {
    const std::vector<uint32_t>& columns = options_.only_columns;
    const auto column = std::lower_bound(columns.begin(), columns.end(), hold.from);
    if (hold.open) return columns.empty() || hold.from <= columns.back();
    return columns.empty() || (column != columns.end() && *column < hold.to);
  }

  std::vector<int> WantedSlots(size_t thread) const {
    std::set<int> slots;
    for (const uint32_t index : content_.HoldsBy(thread)) {
      const analysis::Hold& hold = content_.timeline().holds()[index];
      if (Wanted(hold.lock) && IsShown(hold)) slots.insert(content_.SlotOfHold(index));
    }
    return {slots.begin(), slots.end()};
  }

  void AddClientPrograms() {
    const size_t count = content_.client_threads().size();
    Add({.kind = LaneKind::kClientPrograms,
         .title = count == 1 ? "1 client program" : fmt::format("{} client programs", count),
         .note = options_.unfold_clients ? "unfolded" : "folded",
         .height = m_.folded});
    if (!options_.unfold_clients) return;
    for (const size_t thread : content_.client_threads()) AddThread(thread);
  }

  const LaneContent& content_;
  const Metrics& m_;
  const LaneOptions& options_;
  Lanes result_;
  float y_ = 0;
};

}  // namespace

const Lane* Lanes::At(float y) const {
  for (const Lane& lane : lanes) {
    if (y >= lane.y && y < lane.y + lane.height) return &lane;
  }
  return nullptr;
}

const Lane* Lanes::Find(ObjectId object) const {
  for (const Lane& lane : lanes) {
    if (lane.object == object && object != kNoObject) return &lane;
  }
  return nullptr;
}

Lanes LayOutLanes(const LaneContent& content, const Metrics& metrics, const LaneOptions& options) {
  return Layout(content, metrics, options).Run();
}

Lanes LayOutLanesWithin(const LaneContent& content, float scale, float height, const LaneOptions& options) {
  constexpr int kHalvings = 6;
  return LargestThatFits(
      0, 1, kHalvings, [&](float room) { return LayOutLanes(content, Metrics::Make(scale, room), options); },
      [height](const Lanes& lanes) { return lanes.height <= height; });
}

}  // namespace lockscope::viewer
