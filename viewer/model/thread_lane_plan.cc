// A thread's lane: its activity, waits on top of it, and a thin bar for each lock it holds.
#include <fmt/format.h>

#include <algorithm>

#include "core/analysis/explain.h"
#include "viewer/model/bar_row.h"
#include "viewer/model/timeline_plan.h"

namespace lockscope::viewer {

using analysis::Activity;
using analysis::ActivitySpan;
using analysis::FormatDuration;
using analysis::Hold;

namespace {

Mark MarkOf(Activity activity) {
  switch (activity) {
    case Activity::kRunning: return Mark::kRunning;
    case Activity::kBlocked: return Mark::kBlocked;
    case Activity::kDriverCall: return Mark::kDriverCall;
    case Activity::kIdle:
    case Activity::kPolling:
    case Activity::kJoining: return Mark::kQuiet;
  }
  return Mark::kRunning;
}

// What a running thread achieves in a span, for its label: "reads a packet". Empty where nothing has a name.
std::string DeedsOf(const PlanInput& in, size_t thread_index, const ActivitySpan& span) {
  const trace::Trace& trace = in.trace();
  const auto steps = trace.StepsOf(thread_index);
  std::string deeds;
  std::string_view last;
  for (auto step = std::lower_bound(steps.begin(), steps.end(), span.from); step != steps.end() && *step < span.to; ++step) {
    std::string_view deed;
    switch (trace.event(*step).kind()) {
      case trace::EventKind::kClientAccepted: deed = "accepts a client"; break;
      case trace::EventKind::kPacketRead: deed = "reads a packet"; break;
      case trace::EventKind::kJobTaken: deed = "takes the call"; break;
      case trace::EventKind::kReplyQueued: deed = "queues the reply"; break;
      case trace::EventKind::kReplyWritten: deed = "writes the reply"; break;
      case trace::EventKind::kClientClosed: deed = "closes a connection"; break;
      default: continue;
    }
    if (deed == last || !in.axis->Shows(*step)) continue;
    if (!deeds.empty()) deeds += ", ";
    deeds += deed;
    last = deed;
  }
  return deeds;
}

// The spans that the viewport may see: the first is found by binary search.
std::span<const ActivitySpan> Seen(const PlanInput& in, std::span<const ActivitySpan> spans) {
  const auto first = std::partition_point(spans.begin(), spans.end(), [&](const ActivitySpan& span) {
    return !span.open && in.axis->Begin(span.to) < in.viewport.from();
  });
  const auto last = std::partition_point(first, spans.end(), [&](const ActivitySpan& span) {
    return in.axis->Begin(span.from) <= in.viewport.to();
  });
  return {first, last};
}

void PlanActivity(const PlanInput& in, const Lane& lane, Plan& plan) {
  const analysis::Timeline& timeline = in.timeline();
  const trace::Trace& trace = in.trace();
  const auto spans = Seen(in, timeline.ActivitiesOf(lane.thread_index));
  const auto tip = [&](const ActivitySpan& span, const std::string& phrase) {
    return fmt::format("{}: {} for {}", lane.title, phrase, FormatDuration(timeline.LengthNs(span)));
  };
  BarRow row(in, lane.object, lane.y, in.metrics().activity, in.metrics().min_bar, plan);
  for (const ActivitySpan& span : spans) {
    if (span.activity == Activity::kBlocked) continue;
    const std::string phrase = analysis::ActivityPhrase(trace, span);
    const bool call = in.in_words && span.activity == Activity::kDriverCall;
    const bool free = call && timeline.HeldBy(lane.object, span.from).empty();
    std::string label = free ? "driver call – no lock held" : phrase;
    const Extent extent = ExtentOf(in, span);
    if (span.activity == Activity::kRunning && extent.to - extent.from > 8 * in.metrics().pad) {
      if (std::string deeds = DeedsOf(in, lane.thread_index, span); !deeds.empty()) label = std::move(deeds);
    }
    row.Add(span, MarkOf(span.activity), kNoHue, label, tip(span, label), free ? "driver call" : "");
  }
  row.Finish();
  // Waits come last: they lie over whatever is beside them, and are never narrower than can be seen.
  BarRow waits(in, lane.object, lane.y, in.metrics().activity, in.metrics().min_wait, plan);
  for (const ActivitySpan& span : spans) {
    if (span.activity != Activity::kBlocked) continue;
    const std::string name(trace.Name(span.what));
    waits.Add(span, Mark::kBlocked, in.content->HueOf(span.what), "wants " + name,
              tip(span, "waits for " + analysis::LockPhrase(trace, span.what)));
  }
  waits.Finish();
}

void PlanHolds(const PlanInput& in, const Lane& lane, Plan& plan) {
  const Metrics& m = in.metrics();
  const analysis::Timeline& timeline = in.timeline();
  for (int slot = 0; slot < lane.slots; ++slot) {
    const float y = lane.y + m.activity + m.between + static_cast<float>(slot) * (m.hold + m.between);
    BarRow row(in, lane.object, y, m.hold, m.min_bar, plan);
    for (const uint32_t index : in.content->HoldsBy(lane.thread_index)) {
      const Hold& hold = timeline.holds()[index];
      if (in.content->SlotOfHold(index) != slot) continue;
      if (in.axis->Begin(hold.from) > in.viewport.to()) break;
      if (!Sees(in, hold)) continue;
      const std::string name(in.trace().Name(hold.lock));
      row.Add(hold, Mark::kHold, in.content->HueOf(hold.lock), "holds " + name,
              fmt::format("{} holds {} for {}", lane.title, analysis::LockPhrase(in.trace(), hold.lock),
                          FormatDuration(timeline.LengthNs(hold))),
              name);
    }
    row.Finish();
  }
}

}  // namespace

void PlanThreadLane(const PlanInput& input, const Lane& lane, Plan& plan) {
  PlanActivity(input, lane, plan);
  PlanHolds(input, lane, plan);
  PlanEventTicks(input, lane, plan);
}

void PlanEventTicks(const PlanInput& in, const Lane& lane, Plan& plan) {
  const auto steps = in.trace().StepsOf(lane.thread_index);
  const Metrics& m = in.metrics();
  const float size = 3 * m.scale;
  const float y = lane.y - size - m.scale;
  const auto first = std::partition_point(steps.begin(), steps.end(), [&](uint32_t step) {
    return in.axis->Mid(step) < in.viewport.from();
  });
  Tick open{.count = 0};
  const auto flush = [&] {
    if (open.count > 0) plan.ticks.push_back(open);
  };
  for (auto step = first; step != steps.end() && in.axis->Mid(*step) <= in.viewport.to(); ++step) {
    if (!in.axis->Shows(*step)) continue;
    const float x = in.viewport.X(in.axis->Mid(*step));
    if (open.count > 0 && x - size < open.rect.right() + m.scale) {
      open.rect.w = std::max(open.rect.w, x + size / 2 - open.rect.x);
      ++open.count;
      continue;
    }
    flush();
    open = {{x - size / 2, y, size, size}, *step, 1};
  }
  flush();
}

}  // namespace lockscope::viewer
