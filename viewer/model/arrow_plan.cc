// Arrows: each job's way from the thread that queued it to the worker that took it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/explain.h"
#include "viewer/model/timeline_plan.h"

namespace lockscope::viewer {

using analysis::Job;

namespace {

// Where an arrow of a thread's lane begins or ends: the lower border of its activity bar above, the upper one below.
float BorderTowards(const PlanInput& in, const Lane& lane, const Lane& other) {
  return other.y > lane.y ? lane.y + in.metrics().activity : lane.y;
}

bool Merges(const PlanInput& in, const Arrow& a, const Arrow& b) {
  const float near = 4 * in.metrics().scale;
  return a.from.y == b.from.y && a.to.y == b.to.y && std::abs(a.from.x - b.from.x) < near &&
         std::abs(a.to.x - b.to.x) < near;
}

// Beside the middle of the arrow, on its right where there is room: over the line itself it would hide it.
Rect LabelBox(const PlanInput& in, const Arrow& arrow, const std::string& label) {
  const Metrics& m = in.metrics();
  const float w = in.measure->Width(label, TextStyle::kSmall) + 2 * m.pad;
  const float h = in.measure->Height(TextStyle::kSmall) + 2 * m.scale;
  const Point middle{(arrow.from.x + arrow.to.x) / 2, (arrow.from.y + arrow.to.y) / 2};
  Rect box{middle.x + 2 * m.pad, middle.y - h / 2, w, h};
  if (box.right() > in.viewport.right()) box.x = middle.x - 2 * m.pad - w;
  return box;
}

}  // namespace

void PlanArrows(const PlanInput& in, Plan& plan) {
  const auto jobs = in.timeline().jobs();
  const trace::Trace& trace = in.trace();
  std::vector<Arrow> arrows;
  for (size_t i = 0; i < jobs.size(); ++i) {
    const Job& job = jobs[i];
    if (job.queued == Job::kNever || job.taken == Job::kNever) continue;
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
    const auto same = std::find_if(arrows.begin(), arrows.end(), [&](const Arrow& a) { return Merges(in, a, arrow); });
    if (same == arrows.end()) {
      arrows.push_back(std::move(arrow));
      continue;
    }
    ++same->count;
    same->emphasis = std::max(same->emphasis == Emphasis::kStrong ? Emphasis::kStrong : Emphasis::kNormal,
                              arrow.emphasis == Emphasis::kStrong ? Emphasis::kStrong : Emphasis::kNormal);
    same->label = fmt::format("{} calls", same->count);
    same->tip = fmt::format("{} calls change hands here; zoom in to tell them apart", same->count);
  }
  // The strong one last, on top; its label first, so that it finds room.
  std::stable_partition(arrows.begin(), arrows.end(), [](const Arrow& a) { return a.emphasis != Emphasis::kStrong; });
  std::vector<Rect> taken;
  for (auto arrow = arrows.rbegin(); arrow != arrows.rend(); ++arrow) {
    const Rect box = LabelBox(in, *arrow, arrow->label);
    const bool inside = box.x >= in.viewport.left() && box.right() <= in.viewport.right();
    const bool free = std::none_of(taken.begin(), taken.end(), [&](const Rect& r) { return r.Overlaps(box); });
    if (!(inside && free) && arrow->emphasis != Emphasis::kStrong) continue;
    arrow->label_box = box;
    taken.push_back(box);
  }
  for (Arrow& arrow : arrows) plan.arrows.push_back(std::move(arrow));
}

}  // namespace lockscope::viewer
