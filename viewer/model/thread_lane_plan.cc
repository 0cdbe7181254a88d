// A thread's lane: its activity, waits on top of it, and a thin bar for each lock it holds.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/analysis/explain.h"
#include "core/analysis/holder_activity.h"
#include "viewer/model/bar_row.h"
#include "viewer/model/timeline_plan.h"

namespace lockscope::viewer {

using analysis::Activity;
using analysis::ActivitySpan;
using analysis::FormatDuration;

namespace {

Mark MarkOf(Activity activity) {
  switch (activity) {
    case Activity::kRunning:
      return Mark::kRunning;
    case Activity::kBlocked:
      return Mark::kBlocked;
    case Activity::kDriverCall:
      return Mark::kDriverCall;
    case Activity::kIdle:
    case Activity::kPolling:
    case Activity::kJoining:
    case Activity::kUnknown:
      return Mark::kQuiet;
  }
  return Mark::kRunning;
}

// An event of the call that a composed picture is about: it is told even where it has no column of its own.
bool IsOfStrongJob(const PlanInput& in, size_t step) {
  if (!in.in_words || in.strong_job < 0) return false;
  const analysis::Job& job = in.timeline().jobs()[static_cast<size_t>(in.strong_job)];
  return step == job.packet_read || step == job.reply_queued || step == job.reply_written;
}

// What a running thread achieves in a span, for its label: "reads a packet". Empty where nothing has a name.
std::string DeedsOf(const PlanInput& in, size_t thread_index, const ActivitySpan& span) {
  const trace::Trace& trace = in.trace();
  const auto steps = trace.StepsOf(thread_index);
  constexpr int kMostDeeds = 3;
  int count = 0;
  std::string deeds;
  for (auto step = std::lower_bound(steps.begin(), steps.end(), span.from); step != steps.end() && *step < span.to;
       ++step) {
    std::string_view deed;
    switch (trace.event(*step).kind()) {
      case trace::EventKind::kClientAccepted:
        deed = "accepts a client";
        break;
      case trace::EventKind::kClientRefused:
        deed = "turns away a client";
        break;
      case trace::EventKind::kHandshakeEnded:
        deed = "ends a handshake";
        break;
      case trace::EventKind::kPacketRead:
        deed = "reads a packet";
        break;
      case trace::EventKind::kJobTaken:
        deed = "takes the call";
        break;
      case trace::EventKind::kReplyQueued:
        deed = "queues the reply";
        break;
      case trace::EventKind::kReplyWritten:
        deed = "writes the reply";
        break;
      case trace::EventKind::kEventQueued:
        deed = "queues an event";
        break;
      case trace::EventKind::kEventWritten:
        deed = "writes an event";
        break;
      case trace::EventKind::kClientClosed:
        deed = "closes a connection";
        break;
      default:
        continue;
    }
    if (deeds.find(deed) != std::string::npos || !(in.axis->Shows(*step) || IsOfStrongJob(in, *step))) continue;
    if (!deeds.empty()) deeds += ", ";
    deeds += deed;
    if (++count == kMostDeeds) break;
  }
  return deeds;
}

// The spans that the viewport may see: the first is found by binary search.
std::span<const ActivitySpan> Seen(const PlanInput& in, std::span<const ActivitySpan> spans) {
  const auto first = std::partition_point(spans.begin(), spans.end(), [&](const ActivitySpan& span) {
    return !span.open && in.axis->Begin(span.to) < in.viewport.from();
  });
  const auto last = std::partition_point(
      first, spans.end(), [&](const ActivitySpan& span) { return in.axis->Begin(span.from) <= in.viewport.to(); });
  return {first, last};
}

// "is queuing a reply" → "queuing a reply"; `otherwise` for what says nothing.
std::string WithoutIs(const std::string& doing, std::string otherwise) {
  return doing.starts_with("is ") ? doing.substr(3) : std::move(otherwise);
}

BarWords WordsOf(const PlanInput& in, const Lane& lane, const ActivitySpan& span) {
  const trace::Trace& trace = in.trace();
  const auto tip = [&](const std::string& phrase) {
    return fmt::format("{}: {} for {}", lane.title, phrase, FormatDuration(in.timeline().LengthNs(span)));
  };
  if (span.activity == Activity::kBlocked) {
    return {fmt::format("wants {}", trace.Name(span.what)), tip("waits for " + analysis::LockPhrase(trace, span.what))};
  }
  std::string phrase = analysis::ActivityPhrase(trace, span);
  const auto idle_on = in.timeline().job_conditions();
  if (span.activity == Activity::kIdle && std::find(idle_on.begin(), idle_on.end(), span.what) == idle_on.end()) {
    phrase = fmt::format("waits on the condition {}", trace.Name(span.what));
  }
  if (in.in_words && span.activity == Activity::kDriverCall && in.timeline().HeldBy(lane.object, span.from).empty()) {
    return {"driver call – no lock held", tip(phrase), "driver call"};
  }
  if (span.activity == Activity::kRunning) {
    if (std::string deeds = DeedsOf(in, lane.thread_index, span); !deeds.empty()) {
      phrase = std::move(deeds);
    } else if (in.in_words && span.to > span.from) {
      phrase = WithoutIs(analysis::WhatThreadDoes(in.timeline(), lane.object, span.to - 1).is, std::move(phrase));
    }
  }
  return {phrase, tip(phrase), phrase.starts_with("in the callback of ") ? "callback" : ""};
}

void PlanActivity(const PlanInput& in, const Lane& lane, Plan& plan) {
  const auto spans = Seen(in, in.timeline().ActivitiesOf(lane.thread_index));
  const auto words = [&](uint32_t index) { return WordsOf(in, lane, spans[index]); };
  const Metrics& m = in.metrics();
  // Waits come last: they lie over whatever is beside them, and are never narrower than can be seen.
  BarRow row(in, lane.object, lane.y, m.activity, m.min_bar, plan, words);
  Plan over;
  BarRow waits(in, lane.object, lane.y, m.activity, m.min_wait, over, words);
  for (uint32_t i = 0; i < spans.size(); ++i) {
    if (spans[i].activity == Activity::kBlocked) {
      waits.Add(spans[i], Mark::kBlocked, in.content->HueOf(spans[i].what), i);
    } else {
      row.Add(spans[i], MarkOf(spans[i].activity), kNoHue, i);
    }
  }
  waits.Finish();
  row.Finish(over.bars);
  std::move(over.bars.begin(), over.bars.end(), std::back_inserter(plan.bars));
}

// The row of a slot in its lane; -1 where it has none.
int RowOf(const Lane& lane, int slot) {
  if (lane.shown_slots.empty()) return slot;
  const auto found = std::find(lane.shown_slots.begin(), lane.shown_slots.end(), slot);
  return found == lane.shown_slots.end() ? -1 : static_cast<int>(found - lane.shown_slots.begin());
}

void PlanHolds(const PlanInput& in, const Lane& lane, Plan& plan) {
  const Metrics& m = in.metrics();
  const auto holds = in.timeline().holds();
  const auto words = [&](uint32_t index) -> BarWords {
    const std::string name(in.trace().Name(holds[index].lock));
    return {"holds " + name,
            fmt::format("{} holds {} for {}", lane.title, analysis::LockPhrase(in.trace(), holds[index].lock),
                        FormatDuration(in.timeline().LengthNs(holds[index]))),
            name};
  };
  std::vector<BarRow> rows;
  for (int slot = 0; slot < lane.slots; ++slot) {
    const float y = lane.y + m.activity + m.between + static_cast<float>(slot) * (m.hold + m.between);
    rows.emplace_back(in, lane.object, y, m.hold, m.min_bar, plan, words);
  }
  for (const uint32_t index : in.content->HoldsBy(lane.thread_index)) {
    const int slot = RowOf(lane, in.content->SlotOfHold(index));
    if (in.axis->Begin(holds[index].from) > in.viewport.to()) break;
    if (slot >= 0 && slot < lane.slots)
      rows[static_cast<size_t>(slot)].Add(holds[index], Mark::kHold, in.content->HueOf(holds[index].lock), index);
  }
  for (BarRow& row : rows) row.Finish();
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
  const auto first = std::partition_point(steps.begin(), steps.end(),
                                          [&](uint32_t step) { return in.axis->Mid(step) < in.viewport.from(); });
  Tick open{.count = 0};
  const auto flush = [&] {
    if (open.count > 0) plan.ticks.push_back(open);
  };
  for (auto step = first; step != steps.end() && in.axis->Mid(*step) <= in.viewport.to(); ++step) {
    if (!in.axis->Shows(*step) || (in.captions != nullptr && in.captions->IsWords(*step))) continue;
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
