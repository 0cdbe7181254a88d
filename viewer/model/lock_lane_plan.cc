// A lock's lane: who holds it, with the holder's name; under it who waits; under a client's, which calls wait in dx.
#include <fmt/format.h>

#include <algorithm>

#include "core/analysis/explain.h"
#include "viewer/model/bar_row.h"
#include "viewer/model/timeline_plan.h"

namespace lockscope::viewer {

using analysis::FormatDuration;

namespace {

float RowTop(const PlanInput& in, const Lane& lane, int row) {
  const Metrics& m = in.metrics();
  return lane.y + m.lock_bar + m.between + static_cast<float>(row) * (m.waiter + m.between);
}

void PlanHolders(const PlanInput& in, const Lane& lane, Plan& plan) {
  ObjectId loop = kNoObject;
  for (const size_t thread : in.content->daemon_threads()) {
    if (in.content->RoleOf(thread) == trace::Role::kEventLoop) loop = in.trace().threads()[thread];
  }
  const auto holds = in.timeline().holds();
  const auto words = [&](uint32_t index) -> BarWords {
    const std::string holder(in.trace().Name(holds[index].thread));
    return {holder,
            fmt::format("{} is held by {} for {}", analysis::LockPhrase(in.trace(), lane.object), holder,
                        FormatDuration(in.timeline().LengthNs(holds[index]))),
            in.in_words && holds[index].thread == loop ? "loop" : ""};
  };
  BarRow row(in, lane.object, lane.y, in.metrics().lock_bar, in.metrics().min_bar, plan, words);
  for (const uint32_t index : in.timeline().HoldsOf(lane.object)) {
    if (in.axis->Begin(holds[index].from) > in.viewport.to()) break;
    row.Add(holds[index], Mark::kHolder, in.content->HueOf(lane.object), index);
  }
  row.Finish();
}

void PlanWaiters(const PlanInput& in, const Lane& lane, Plan& plan) {
  const auto waits = in.timeline().waits();
  const auto words = [&](uint32_t index) -> BarWords {
    const std::string name(in.trace().Name(waits[index].thread));
    return {name + " waits",
            fmt::format("{} waits for {} for {}", name, analysis::LockPhrase(in.trace(), lane.object),
                        FormatDuration(in.timeline().LengthNs(waits[index]))),
            name};
  };
  for (int slot = 0; slot < lane.slots; ++slot) {
    BarRow row(in, lane.object, RowTop(in, lane, slot), in.metrics().waiter, in.metrics().min_wait, plan, words);
    for (const uint32_t index : in.timeline().WaitsFor(lane.object)) {
      if (in.content->RowOfWait(index) != slot) continue;
      if (in.axis->Begin(waits[index].from) > in.viewport.to()) break;
      row.Add(waits[index], Mark::kBlocked, in.content->HueOf(lane.object), index);
    }
    row.Finish();
  }
}

void PlanQueuedJobs(const PlanInput& in, const Lane& lane, Plan& plan) {
  const ObjectId client = in.trace().object(lane.object).parent;
  const auto jobs = in.timeline().jobs();
  const auto words = [&](uint32_t index) -> BarWords {
    const std::string_view call = in.trace().Name(jobs[index].procedure);
    return {fmt::format("dx: {} waits", call),
            fmt::format("{}'s call {} lies in dx (calls waiting) for {}", in.trace().Name(client), call,
                        FormatDuration(in.timeline().QueuedNs(jobs[index])))};
  };
  for (int slot = 0; slot < lane.job_rows; ++slot) {
    BarRow row(in, lane.object, RowTop(in, lane, lane.slots + slot), in.metrics().waiter, in.metrics().min_wait, plan,
               words);
    for (const uint32_t index : in.content->JobsOf(client)) {
      if (in.content->RowOfJob(index) == slot) {
        row.Add(in.timeline().QueuedInterval(jobs[index]), Mark::kQueuedJob, in.content->HueOf(lane.object), index);
      }
    }
    row.Finish();
  }
}

}  // namespace

void PlanLockLane(const PlanInput& input, const Lane& lane, Plan& plan) {
  PlanHolders(input, lane, plan);
  PlanWaiters(input, lane, plan);
  PlanQueuedJobs(input, lane, plan);
}

}  // namespace lockscope::viewer
