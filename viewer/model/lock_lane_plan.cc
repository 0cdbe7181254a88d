// A lock's lane: who holds it, with the holder's name; under it who waits; under a client's, which calls wait in dx.
#include <fmt/format.h>

#include <algorithm>

#include "core/analysis/explain.h"
#include "viewer/model/bar_row.h"
#include "viewer/model/timeline_plan.h"

namespace lockscope::viewer {

using analysis::FormatDuration;
using analysis::Hold;
using analysis::Interval;
using analysis::Job;
using analysis::LockWait;

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
  BarRow row(in, lane.object, lane.y, in.metrics().lock_bar, in.metrics().min_bar, plan);
  for (const uint32_t index : in.timeline().HoldsOf(lane.object)) {
    const Hold& hold = in.timeline().holds()[index];
    if (in.axis->Begin(hold.from) > in.viewport.to()) break;
    if (!Sees(in, hold)) continue;
    const std::string holder(in.trace().Name(hold.thread));
    row.Add(hold, Mark::kHolder, in.content->HueOf(lane.object), holder,
            fmt::format("{} is held by {} for {}", analysis::LockPhrase(in.trace(), lane.object), holder,
                        FormatDuration(in.timeline().LengthNs(hold))),
            in.in_words && hold.thread == loop ? "loop" : "");
  }
  row.Finish();
}

void PlanWaiters(const PlanInput& in, const Lane& lane, Plan& plan) {
  for (int slot = 0; slot < lane.slots; ++slot) {
    BarRow row(in, lane.object, RowTop(in, lane, slot), in.metrics().waiter, in.metrics().min_wait, plan);
    for (const uint32_t index : in.timeline().WaitsFor(lane.object)) {
      const LockWait& wait = in.timeline().waits()[index];
      if (in.content->RowOfWait(index) != slot) continue;
      if (in.axis->Begin(wait.from) > in.viewport.to()) break;
      if (!Sees(in, wait)) continue;
      const std::string name(in.trace().Name(wait.thread));
      row.Add(wait, Mark::kBlocked, in.content->HueOf(lane.object), name + " waits",
              fmt::format("{} waits for {} for {}", name, analysis::LockPhrase(in.trace(), lane.object),
                          FormatDuration(in.timeline().LengthNs(wait))));
    }
    row.Finish();
  }
}

void PlanQueuedJobs(const PlanInput& in, const Lane& lane, Plan& plan) {
  const ObjectId client = in.trace().object(lane.object).parent;
  for (int slot = 0; slot < lane.job_rows; ++slot) {
    BarRow row(in, lane.object, RowTop(in, lane, lane.slots + slot), in.metrics().waiter, in.metrics().min_wait, plan);
    for (const uint32_t index : in.content->JobsOf(client)) {
      const Job& job = in.timeline().jobs()[index];
      if (in.content->RowOfJob(index) != slot) continue;
      const uint32_t end = std::min(job.taken, job.dropped);
      Interval queued;
      queued.from = job.queued;
      queued.to = std::min(end, static_cast<uint32_t>(in.trace().size()));
      queued.open = end == Job::kNever;
      if (!Sees(in, queued)) continue;
      const std::string call(in.trace().Name(job.procedure));
      row.Add(queued, Mark::kQueuedJob, in.content->HueOf(lane.object), fmt::format("dx: {} waits", call),
              fmt::format("{}'s call {} lies in dx (calls waiting) for {}", in.trace().Name(client), call,
                          FormatDuration(in.timeline().QueuedNs(job))));
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
