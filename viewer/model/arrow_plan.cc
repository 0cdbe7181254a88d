// Arrows: each job's way from the thread that queued it to the worker that took it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "core/analysis/explain.h"
#include "viewer/model/timeline_plan.h"

namespace lockscope::viewer {

using analysis::Job;

namespace {

// Where an arrow of a thread's lane begins or ends: the lower border of its activity bar above, the upper one below.
float BorderTowards(const PlanInput& in, const Lane& lane, const Lane& other) {
  return other.y > lane.y ? lane.y + in.metrics().activity : lane.y;
}

// Arrows between the same lanes whose ends fall into the same few pixels are drawn as one.
using Place = std::tuple<int, int, int, int>;
Place PlaceOf(const PlanInput& in, const Arrow& arrow) {
  const auto coarse = [&](float x) { return static_cast<int>(std::floor(x / (4 * in.metrics().scale))); };
  return {coarse(arrow.from.x), coarse(arrow.to.x), static_cast<int>(arrow.from.y), static_cast<int>(arrow.to.y)};
}

// With more arrows than this no label could be told to belong to one; the strong one keeps its own.
constexpr size_t kMostLabelled = 60;

// Whether the line of the arrow, which leaves and arrives upright, goes through the box.
bool Crosses(const Arrow& arrow, const Rect& box) {
  const Rect around{std::min(arrow.from.x, arrow.to.x), std::min(arrow.from.y, arrow.to.y),
                    std::abs(arrow.to.x - arrow.from.x) + 1, std::abs(arrow.to.y - arrow.from.y) + 1};
  if (!around.Overlaps(box)) return false;
  constexpr int kPoints = 24;
  for (int i = 0; i <= kPoints; ++i) {
    const float share = static_cast<float>(i) / kPoints;
    const float aside = share * share * (3 - 2 * share);
    const Point on{arrow.from.x + (arrow.to.x - arrow.from.x) * aside,
                   arrow.from.y + (arrow.to.y - arrow.from.y) * share};
    if (box.Contains(on)) return true;
  }
  return false;
}

// Places labels beside their arrows, where they hide neither one another nor the words of bars, and lie on no other arrow, whose
// they would seem to be.
class LabelPlaces {
 public:
  // The arrows stay where they are.
  LabelPlaces(const PlanInput& in, const Plan& plan, const std::vector<Arrow>& arrows) : in_(in), arrows_(arrows) {
    for (const Bar& bar : plan.bars) {
      if (bar.label.empty()) continue;
      const float width = in.measure->Width(bar.label, TextStyle::kSmall) + 2 * in.metrics().pad;
      taken_.push_back({bar.label_x - in.metrics().pad, bar.rect.y, width, bar.rect.h});
    }
  }

  // Where there is no room, an arrow goes without. A strong arrow's label takes the best place although it is not free.
  void Place(Arrow& arrow) {
    const Metrics& m = in_.metrics();
    const float w = in_.measure->Width(arrow.label, TextStyle::kSmall) + 2 * m.pad;
    const float h = in_.measure->Height(TextStyle::kSmall) + 2 * m.scale;
    std::optional<Rect> inside;
    // Its own ends are not to be hidden either.
    const float end = 8 * m.scale;
    std::vector<Rect> ends = {{arrow.from.x - end, arrow.from.y - end, 2 * end, 2 * end},
                              {arrow.to.x - end, arrow.to.y - 2 * end, 2 * end, 2 * end}};
    const auto overlaps = [](const std::vector<Rect>& rects, const Rect& box) {
      return std::any_of(rects.begin(), rects.end(), [&](const Rect& r) { return r.Overlaps(box); });
    };
    for (const float share : {0.5f, 0.35f, 0.65f, 0.2f, 0.8f, 1.0f, 0.0f}) {
      const Point at{arrow.from.x + (arrow.to.x - arrow.from.x) * share,
                     arrow.from.y + (arrow.to.y - arrow.from.y) * share};
      // On a slope the label sits on the line, which is long enough to be followed; beside an upright one.
      const bool slope = std::abs(arrow.to.x - arrow.from.x) > 2 * w;
      for (const float x : {slope ? at.x - w / 2 : at.x + 2 * m.pad, at.x + 2 * m.pad, at.x - 2 * m.pad - w}) {
        const Rect box{x, at.y - h / 2, w, h};
        if (box.x < in_.viewport.left() || box.right() > in_.viewport.right()) continue;
        if (overlaps(ends, box)) continue;
        if (!inside) inside = box;
        if (overlaps(taken_, box) || IsOnAnother(arrow, box)) continue;
        Take(arrow, box);
        return;
      }
    }
    if (arrow.emphasis == Emphasis::kStrong && inside) Take(arrow, *inside);
  }

 private:
  bool IsOnAnother(const Arrow& own, const Rect& box) const {
    return std::any_of(arrows_.begin(), arrows_.end(),
                       [&](const Arrow& arrow) { return &arrow != &own && Crosses(arrow, box); });
  }
  void Take(Arrow& arrow, const Rect& box) {
    arrow.label_box = box;
    taken_.push_back(box);
  }
  const PlanInput& in_;
  const std::vector<Arrow>& arrows_;
  std::vector<Rect> taken_;
};

// Half a word beside the strong arrow's label would be read as another one.
void HideWordsBelow(const PlanInput& in, const Rect& box, std::vector<Bar>& bars) {
  for (Bar& bar : bars) {
    const float width = in.measure->Width(bar.label, TextStyle::kSmall);
    if (box.w > 0 && box.Overlaps({bar.label_x, bar.rect.y, width, bar.rect.h})) bar.label.clear();
  }
}

}  // namespace

void PlanArrows(const PlanInput& in, Plan& plan) {
  const auto jobs = in.timeline().jobs();
  const trace::Trace& trace = in.trace();
  std::vector<Arrow> arrows;
  std::optional<Arrow> strong;
  std::map<Place, size_t> seen;  // Into arrows.
  for (size_t i = 0; i < jobs.size(); ++i) {
    const Job& job = jobs[i];
    if (job.queued == Job::kNever || job.taken == Job::kNever) continue;
    if (!in.axis->Shows(job.queued) || !in.axis->Shows(job.taken)) continue;
    if (!in.viewport.Sees(in.axis->Begin(job.queued), in.axis->Begin(job.taken))) continue;
    const Lane* from = in.lanes->Find(trace.thread(job.queued));
    const Lane* to = in.lanes->Find(job.worker);
    if (from == nullptr || to == nullptr || from == to) continue;
    Arrow arrow;
    arrow.from = {in.viewport.X(in.axis->Mid(job.queued)), BorderTowards(in, *from, *to)};
    arrow.to = {in.viewport.X(in.axis->Mid(job.taken)), BorderTowards(in, *to, *from)};
    arrow.from_step = job.queued;
    arrow.to_step = job.taken;
    arrow.label = fmt::format("{}'s call {}", trace.Name(job.client), trace.Name(job.procedure));
    arrow.tip = fmt::format("job {}: {}, queued by {}, taken by {} {} later", job.number, arrow.label, from->title,
                            to->title, analysis::FormatDuration(in.timeline().QueuedNs(job)));
    if (static_cast<int64_t>(i) == in.strong_job) arrow.emphasis = Emphasis::kStrong;
    if (in.bright && (job.taken < in.bright->from || job.queued >= in.bright->to)) arrow.emphasis = Emphasis::kDimmed;
    if (arrow.emphasis == Emphasis::kStrong) {  // Never one of many.
      strong = std::move(arrow);
      continue;
    }
    const auto [place, is_new] = seen.try_emplace(PlaceOf(in, arrow), arrows.size());
    if (is_new) {
      arrows.push_back(std::move(arrow));
      continue;
    }
    Arrow& same = arrows[place->second];
    ++same.count;
    same.label = fmt::format("{} calls", same.count);
    same.tip = fmt::format("{} calls change hands here; zoom in to tell them apart", same.count);
  }
  if (arrows.size() > kMostLabelled) {  // A thicket: behind it the lanes must still be seen.
    for (Arrow& arrow : arrows) arrow.emphasis = Emphasis::kDimmed;
  }
  // The strong one last, on top; its label first, so that it finds room.
  if (strong) arrows.push_back(std::move(*strong));
  LabelPlaces places(in, plan, arrows);
  for (auto arrow = arrows.rbegin(); arrow != arrows.rend(); ++arrow) {
    if (arrows.size() <= kMostLabelled || arrow->emphasis == Emphasis::kStrong) places.Place(*arrow);
  }
  if (!arrows.empty()) HideWordsBelow(in, arrows.back().label_box, plan.bars);
  for (Arrow& arrow : arrows) plan.arrows.push_back(std::move(arrow));
}

}  // namespace lockscope::viewer
