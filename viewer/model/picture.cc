#include "viewer/model/picture.h"

#include <fmt/format.h>

#include <algorithm>

namespace lockscope::viewer {

using analysis::Hold;
using analysis::Job;
using analysis::LockWait;
using analysis::Timeline;

ObjectId LockOf(const LaneContent& content, ObjectId client) {
  for (const ObjectId lock : content.locks()) {
    if (content.timeline().trace().object(lock).parent == client) return lock;
  }
  return kNoObject;
}

ObjectId ServerLock(const LaneContent& content) {
  for (const ObjectId lock : content.locks()) {
    if (content.HueOf(lock) == LaneContent::kServerHue) return lock;
  }
  return kNoObject;
}

std::string BreachBefore(const analysis::RuleReport& report, const std::vector<ObjectId>& threads, size_t step) {
  std::string breach;
  for (const analysis::Finding& finding : report.findings) {
    const bool theirs = std::find(threads.begin(), threads.end(), finding.thread) != threads.end();
    if (finding.advisory || !theirs || finding.step > step) continue;
    breach = fmt::format("{}, at {}: {}", analysis::RuleTitle(finding.rule), finding.where, finding.text);
  }
  return breach;
}

namespace {

bool IsComplete(const Job& job) {
  for (const uint32_t step :
       {job.packet_read, job.queued, job.taken, job.call_began, job.call_ended, job.reply_queued, job.reply_written}) {
    if (step == Job::kNever) return false;
  }
  return true;
}

// The hold of a lock at a step if that thread has it, or null.
const Hold* HoldAt(const Timeline& timeline, ObjectId lock, ObjectId thread, size_t step) {
  const int32_t hold = lock == kNoObject ? -1 : timeline.HolderAt(lock, step);
  if (hold < 0 || timeline.holds()[static_cast<size_t>(hold)].thread != thread) return nullptr;
  return &timeline.holds()[static_cast<size_t>(hold)];
}

// The wait that the worker had for the client's lock before it took the job, while the loop that queued it still held it;
// or null. The loop signals with that lock held, so the worker that it wakes comes too early now and then.
const LockWait* WaitAtHandoff(const LaneContent& content, const Job& job) {
  const Timeline& timeline = content.timeline();
  const Hold* hold = HoldAt(timeline, LockOf(content, job.client), job.worker, job.taken);
  if (hold == nullptr || hold->wait < 0) return nullptr;
  const LockWait& wait = timeline.waits()[static_cast<size_t>(hold->wait)];
  const Hold* in_the_way = HoldAt(timeline, wait.lock, timeline.trace().thread(job.queued), job.queued);
  return in_the_way != nullptr && in_the_way->to > wait.from && wait.to > job.queued ? &wait : nullptr;
}

Result<uint32_t> ChooseJob(const LaneContent& content, uint32_t number) {
  const Timeline& timeline = content.timeline();
  std::optional<uint32_t> best;
  int64_t best_wait = -1;
  for (uint32_t i = 0; i < timeline.jobs().size(); ++i) {
    const Job& job = timeline.jobs()[i];
    if (!IsComplete(job) || (number != 0 && job.number != number)) continue;
    const LockWait* wait = WaitAtHandoff(content, job);
    const int64_t length = wait == nullptr ? 0 : timeline.LengthNs(*wait);
    if (length <= best_wait) continue;
    best = i;
    best_wait = length;
  }
  if (best) return *best;
  if (number != 0) return Fail("the recording has no job {} that went from packet to reply", number);
  return Fail("the recording has no call that went from packet to reply");
}

// The driver call is the longest part of the way and has no event of its own: it is as wide as what its words need, by
// columns of what goes on elsewhere meanwhile; best while the event loop sleeps and neither lock is held, which leaves
// the picture's lanes quiet.
void AddLengthOfCall(const Timeline& timeline, const Job& job, const Picture& picture, std::vector<uint32_t>& steps) {
  constexpr size_t kColumns = 4;
  const trace::Trace& trace = timeline.trace();
  const size_t loop = trace.ThreadIndex(job.queued);
  std::vector<uint32_t> quiet;
  std::vector<uint32_t> others;
  for (uint32_t step = job.call_began + 1; step < job.call_ended; ++step) {
    bool is_quiet = timeline.ActivityAt(loop, step).activity == analysis::Activity::kPolling;
    for (const ObjectId lane : picture.lanes) {
      const bool lock = trace.object(lane).type == trace::ObjectType::kMutex;
      is_quiet = is_quiet && !(lock && timeline.HolderAt(lane, step) >= 0);
    }
    (is_quiet ? quiet : others).push_back(step);
  }
  quiet.insert(quiet.end(), others.begin(), others.end());
  quiet.resize(std::min(quiet.size(), kColumns));
  steps.insert(steps.end(), quiet.begin(), quiet.end());
}

Result<Picture> ComposeCall(const LaneContent& content, uint32_t job_number) {
  const Result<uint32_t> chosen = ChooseJob(content, job_number);
  if (!chosen) return tl::make_unexpected(chosen.error());
  const Timeline& timeline = content.timeline();
  const Job& job = timeline.jobs()[*chosen];
  const ObjectId loop = timeline.trace().thread(job.queued);
  const ObjectId server = ServerLock(content);
  const ObjectId client = LockOf(content, job.client);

  Picture picture;
  picture.title = "One call, from the socket to a worker and back";
  picture.job = *chosen;
  picture.lanes = {loop, job.worker};
  for (const ObjectId lock : {server, client}) {
    if (lock != kNoObject) picture.lanes.push_back(lock);
  }
  std::vector<uint32_t>& steps = picture.columns;
  const auto add_hold = [&](const Hold* hold) {
    if (hold == nullptr) return;
    steps.push_back(hold->from);
    if (!hold->open) steps.push_back(hold->to);
    if (hold->wait >= 0) {
      steps.push_back(timeline.waits()[static_cast<size_t>(hold->wait)].from);
      picture.wait_rows = std::max(picture.wait_rows, content.RowOfWait(static_cast<uint32_t>(hold->wait)) + 1);
    }
  };
  // At each of these the thread has the client's lock, which it took under the server's.
  for (const uint32_t step : {job.queued, job.taken, job.reply_queued, job.reply_written}) {
    const ObjectId thread = timeline.trace().thread(step);
    const Hold* hold = HoldAt(timeline, client, thread, step);
    add_hold(hold);
    if (hold != nullptr) add_hold(HoldAt(timeline, server, thread, hold->from));
  }
  // The packet read, the call's end, the reply queued and written have no columns of their own: bars say them.
  for (const uint32_t step : {job.queued, job.taken, job.call_began}) {
    if (step != Job::kNever) steps.push_back(step);
  }
  AddLengthOfCall(timeline, job, picture, steps);
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());

  const LockWait* wait = WaitAtHandoff(content, job);
  picture.cursor = wait != nullptr ? std::max(wait->from, job.queued) : job.queued;
  picture.bright.from = wait != nullptr ? std::min(wait->from, job.packet_read) : job.packet_read;
  picture.bright.to = job.taken + 1;
  return picture;
}

// The picture that nobody had a wish about.
Result<Picture> ComposeOwn(const LaneContent& content, uint32_t job_number) {
  if (job_number == 0) {
    if (std::optional<Picture> deadlock = ComposeDeadlock(content)) return *std::move(deadlock);
    if (std::optional<Picture> outcome = ComposeOutcome(content)) return *std::move(outcome);
  }
  return ComposeCall(content, job_number);
}

}  // namespace

Result<Picture> ComposePicture(const LaneContent& content, uint32_t job_number, const PictureWish& wish) {
  Result<Picture> own = ComposeOwn(content, job_number);
  const bool no_wish = !wish.cursor && !wish.from && !wish.to;
  if (no_wish || (!own && job_number != 0)) return own;
  return ComposeAsked(content, own ? std::optional<Picture>(*std::move(own)) : std::nullopt, job_number != 0, wish);
}

}  // namespace lockscope::viewer
