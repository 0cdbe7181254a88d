// Timeline::Pass: the one walk over a trace's events that fills a Timeline. Used by timeline.cc alone. One thread.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "core/analysis/timeline.h"

namespace lockscope::analysis {

class Timeline::Pass {
 public:
  explicit Pass(Timeline& timeline);
  void Run();

 private:
  // What a thread is in the middle of. Several may hold at once (a lock wait inside a driver call).
  struct ThreadState {
    bool started = false;
    bool ended = false;
    bool in_wait = false;  // Between wait_began and wait_ended.
    bool polling = false;
    bool joining = false;
    bool calling = false;
    ObjectId condition = kNoObject;
    ObjectId loop = kNoObject;
    ObjectId joined = kNoObject;
    ObjectId procedure = kNoObject;
    int32_t lock_wait = -1;  // The open one, an index into waits_.
    ActivitySpan span;
    uint32_t last_step = Job::kNever;  // Its latest event.
    uint32_t last_wake = Job::kNever;  // The step of its last wait_ended.
    // Its last packet_read, until the job_queued that follows.
    uint32_t packet_read = Job::kNever;
    ObjectId packet_client = kNoObject;
    ObjectId packet_procedure = kNoObject;
    std::vector<uint32_t> unsignalled;  // Jobs that it queued and has not signalled yet.
  };
  struct LockState {
    int32_t open_hold = -1;
    int32_t last_hold = -1;  // The one before, closed.
  };

  void OnEvent(uint32_t step);
  void OnLockRequested(uint32_t step, ThreadState& state, ObjectId thread, const trace::Event& event);
  void OnLockAcquired(uint32_t step, ThreadState& state, ObjectId thread, ObjectId lock);
  void OnLockReleased(uint32_t step, ObjectId lock);
  void OnJobEvent(uint32_t step, ThreadState& state, ObjectId thread, const trace::Event& event);
  void OnSignal(uint32_t step, ThreadState& state, ObjectId condition);
  void EndLockWait(uint32_t step, ThreadState& state);
  void OnEventsLost(uint32_t step, size_t thread_index);
  ActivitySpan Now(const ThreadState& state) const;
  void CloseSpan(size_t thread_index, uint32_t to, bool open);
  Job& JobWith(uint32_t number);
  void Finish();

  Timeline& timeline_;
  const trace::Trace& trace_;
  std::vector<ThreadState> threads_;                  // By thread index.
  std::vector<LockState> locks_;                      // By object id.
  std::unordered_map<uint32_t, uint32_t> job_index_;  // By number; never iterated.
  uint32_t last_loss_ = Job::kNever;                  // The step of the latest events_lost.
};

}  // namespace lockscope::analysis
