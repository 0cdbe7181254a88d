#include "viewer/model/picture_composer.h"

#include <algorithm>

#include "core/analysis/explain.h"

namespace lockscope::viewer {

using analysis::Sentence;
using trace::EventKind;

namespace {

constexpr size_t kMostLocks = 3;
constexpr std::ptrdiff_t kBrightBefore = 5;

// What the way to anything is told by.
bool Tells(EventKind kind) {
  switch (kind) {
    case EventKind::kLockRequested:
    case EventKind::kLockAcquired:
    case EventKind::kLockReleased:
    case EventKind::kWaitBegan:
    case EventKind::kWaitEnded:
    case EventKind::kConditionSignalled:
    case EventKind::kPollEntered:
    case EventKind::kPollReturned:
    case EventKind::kJoinBegan:
    case EventKind::kPacketRead:
    case EventKind::kJobQueued:
    case EventKind::kJobTaken:
    case EventKind::kCallBegan:
    case EventKind::kCallEnded:
    case EventKind::kReplyQueued:
    case EventKind::kReplyWritten:
    case EventKind::kClientFreed:
    case EventKind::kFreedClientUsed:
    case EventKind::kThreadEnded:
      return true;
    default:
      return false;
  }
}

}  // namespace

PictureComposer::PictureComposer(const LaneContent& content, size_t moment)
    : content_(content), timeline_(content.timeline()), trace_(timeline_.trace()), moment_(moment) {}

bool PictureComposer::HasLane(ObjectId object) const {
  return std::find(picture_.lanes.begin(), picture_.lanes.end(), object) != picture_.lanes.end();
}

void PictureComposer::AddThread(ObjectId thread) {
  const auto& daemon = content_.daemon_threads();
  const bool of_daemon =
      std::any_of(daemon.begin(), daemon.end(), [&](size_t index) { return trace_.threads()[index] == thread; });
  if (of_daemon && !HasLane(thread) && picture_.lanes.size() < kMostThreads) picture_.lanes.push_back(thread);
}

void PictureComposer::AddBlockedThreads() {
  for (const Sentence& sentence : analysis::SentencesAt(timeline_, moment_)) {
    if (sentence.about != Sentence::About::kBlockedThread) continue;
    AddThread(sentence.thread);
    AddThread(sentence.holder);
  }
}

void PictureComposer::AddThreadsNear(size_t step, size_t from, size_t to, size_t most) {
  const auto add = [&](size_t near) {
    if (picture_.lanes.size() < most && Tells(trace_.event(near).kind())) AddThread(trace_.thread(near));
  };
  for (size_t distance = 0; picture_.lanes.size() < most; ++distance) {
    const bool before = step >= from + distance;
    const bool after = step + distance <= to;
    if (!before && !after) break;
    if (before) add(step - distance);
    if (after) add(step + distance);
  }
}

void PictureComposer::AddLock(ObjectId lock) {
  if (lock == kNoObject || content_.HueOf(lock) < 0 || HasLane(lock) || locks_ == kMostLocks) return;
  picture_.lanes.push_back(lock);
  ++locks_;
}

void PictureComposer::AddLocksOf(size_t step) {
  for (const Sentence& sentence : analysis::SentencesAt(timeline_, moment_)) {
    const bool job = sentence.about == Sentence::About::kQueuedJob;
    AddLock(job ? LockOf(content_, sentence.thread) : sentence.lock);
  }
  const ObjectId object = trace_.event(step).object();
  if (object != kNoObject) {
    const trace::ObjectType type = trace_.object(object).type;
    if (type == trace::ObjectType::kClient) AddLock(LockOf(content_, object));
    if (type == trace::ObjectType::kMutex) AddLock(object);
  }
  AddLock(ServerLock(content_));
}

bool PictureComposer::IsTold(size_t step) const {
  return Tells(trace_.event(step).kind()) && HasLane(trace_.thread(step));
}

void PictureComposer::AddColumn(size_t step) { picture_.columns.push_back(static_cast<uint32_t>(step)); }

void PictureComposer::AddColumnsBefore(size_t step, size_t most) {
  AddColumn(step);
  for (size_t count = 1; step-- > 0 && count < most;) {
    if (!IsTold(step)) continue;
    AddColumn(step);
    ++count;
  }
}

void PictureComposer::AddColumnsAfter(size_t step, size_t most) {
  for (size_t count = 0; ++step < trace_.size() && count < most;) {
    if (!IsTold(step)) continue;
    AddColumn(step);
    ++count;
  }
}

void PictureComposer::AddColumns(size_t from, size_t to) {
  for (size_t step = from; step <= to; ++step) {
    if (step == from || step == to || IsTold(step)) AddColumn(step);
  }
}

void PictureComposer::Finish() {
  std::vector<uint32_t>& steps = picture_.columns;
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  const auto cursor = std::lower_bound(steps.begin(), steps.end(), static_cast<uint32_t>(picture_.cursor));
  picture_.bright.from = *(cursor - std::min(cursor - steps.begin(), kBrightBefore));
  FillLockLanes();
}

// Whether there is something of an interval between the first column and the last.
bool PictureComposer::IsSeen(const analysis::Interval& interval) const {
  return interval.from <= picture_.columns.back() && (interval.open || interval.to > picture_.columns.front());
}

void PictureComposer::FillLockLanes() {
  std::erase_if(picture_.lanes, [&](ObjectId lane) {
    if (trace_.object(lane).type != trace::ObjectType::kMutex) return false;
    bool empty = true;
    for (const uint32_t hold : timeline_.HoldsOf(lane)) empty = empty && !IsSeen(timeline_.holds()[hold]);
    for (const uint32_t wait : timeline_.WaitsFor(lane)) {
      if (!IsSeen(timeline_.waits()[wait])) continue;
      picture_.wait_rows = std::max(picture_.wait_rows, content_.RowOfWait(wait) + 1);
      empty = false;
    }
    for (const uint32_t job : timeline_.QueuedAt(moment_)) {
      if (timeline_.jobs()[job].client != trace_.object(lane).parent) continue;
      picture_.job_rows = std::max(picture_.job_rows, content_.RowOfJob(job) + 1);
      empty = false;
    }
    return empty;
  });
}

}  // namespace lockscope::viewer
