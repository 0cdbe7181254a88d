// ThreadLog: where one thread's events go, and the only thread-local of the program.
//
// The hot path (Record) takes no lock, allocates nothing and makes no atomic read-modify-write: it compares a session
// number, reads the time and stores 16 bytes into a chunk that belongs to this thread alone. The chunks lie in a shared
// mapping (core/trace/ring.h), so what is recorded survives the process, however that ends.
//
// Everything that belongs to a thread hangs off Current(): core/sync derives its thread state from this class.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/base/race_detector.h"
#include "core/base/tape.h"
#include "core/trace/event.h"
#include "core/trace/live_chunk.h"

namespace lockscope::trace {

class LiveFile;

// An event of a run whose threads share one log.
struct RunEntry {
  Event event;
  ObjectId thread;
};

// The time of a run that makes its own: nanoseconds since its beginning. Every event moves it on, so that each has a time
// of its own. Whoever drives the run may move it on, too, and may look at each event as it is recorded. One OS thread.
class VirtualClock {
 public:
  class Observer {
   public:
    virtual ~Observer() = default;
    // `thread` has just recorded this. May record more in that thread's log.
    virtual void OnEvent(ObjectId thread, EventKind kind, ObjectId object, uint32_t arg) = 0;
  };
  // So late an event may be, and some more: a recording has 52 bits for a time. 52 days.
  static constexpr uint64_t kLastNs = Event::kTickMask - (Event::kTickMask >> 10);

  explicit VirtualClock(uint64_t ns_per_event) : ns_per_event_(ns_per_event) {}

  uint64_t now_ns() const { return now_ns_.load(std::memory_order_relaxed); }
  void AdvanceTo(uint64_t ns) {
    if (ns > now_ns()) now_ns_.store(ns, std::memory_order_relaxed);
  }
  void Advance(uint64_t ns) { now_ns_.store(now_ns() + ns, std::memory_order_relaxed); }
  void SetObserver(Observer* observer) {
    observer_ = observer;
    only_log_ = observer_ == nullptr ? log_ : nullptr;
  }
  // Events go there instead of to the recorder's file. The log must outlive the run.
  void SetLog(Tape<RunEntry>* log) {
    log_ = log;
    only_log_ = observer_ == nullptr ? log_ : nullptr;
  }

 private:
  friend class ThreadLog;
  const uint64_t ns_per_event_;
  std::atomic<uint64_t> now_ns_{0};  // Atomic for the race detector, which takes a run's threads for real ones.
  Observer* observer_ = nullptr;
  Tape<RunEntry>* log_ = nullptr;
  Tape<RunEntry>* only_log_ = nullptr;  // The same where nobody looks on.
};

namespace internal {
// Which recording is on: a new number for each, 0 while none is. Written by Recorder only.
extern std::atomic<uint32_t> session;
}  // namespace internal

inline bool IsRecording() { return internal::session.load(std::memory_order_relaxed) != 0; }

class ThreadLog {
 public:
  explicit ThreadLog(ObjectId thread) : thread_(thread) {}
  ThreadLog(const ThreadLog&) = delete;
  ThreadLog& operator=(const ThreadLog&) = delete;
  ~ThreadLog();

  ObjectId thread() const { return thread_; }

  // Adds an event at the current time. The owning thread only. Nothing happens while no recording is on.
  void Record(EventKind kind, ObjectId object, uint32_t arg, SiteId site) {
    const uint32_t session = internal::session.load(std::memory_order_relaxed);
    if (session == real_session_ && cursor_ != limit_) [[likely]] {
      Write(ReadTicks() - zero_, kind, object, arg, site);
    } else if (session != 0) {
      RecordOtherwise(kind, object, arg, site);
    }
  }

  // The same, quicker where a run's log is on, and slower elsewhere.
  [[gnu::always_inline]] void RecordInRun(EventKind kind, ObjectId object, uint32_t arg, SiteId site) {
    VirtualClock* const clock = virtual_clock_;
    if (clock == nullptr || clock->only_log_ == nullptr || !IsRecording()) [[unlikely]]
      return RecordAsEver(kind, object, arg, site);
    clock->Advance(clock->ns_per_event_);
    AppendTo(*clock->only_log_, Event::Make(clock->now_ns(), kind, object, arg, site));
  }

  // From here on this thread's time is that of a run that makes its own. The clock must outlive the log.
  void UseVirtualClock(VirtualClock& clock) { virtual_clock_ = &clock; }

 private:
  void Write(uint64_t ticks, EventKind kind, ObjectId object, uint32_t arg, SiteId site) {
    // The second word goes last, and with it the event becomes one: on x86 both are plain moves.
    std::atomic_ref<uint64_t>(cursor_[0]).store(Event::PackWord0(ticks, site), std::memory_order_relaxed);
    std::atomic_ref<uint64_t>(cursor_[1]).store(Event::PackWord1(kind, object, arg), std::memory_order_release);
    cursor_ += 2;
  }
  void AppendTo(Tape<RunEntry>& log, const Event& event) {
    const UnseenByRaceDetector unseen;  // All threads of the run append to it, ordered by whose turn it is.
    log.Append({event, thread_});
  }
  void RecordAsEver(EventKind kind, ObjectId object, uint32_t arg, SiteId site);
  void RecordOtherwise(EventKind kind, ObjectId object, uint32_t arg, SiteId site);
  void RecordVirtually(EventKind kind, ObjectId object, uint32_t arg, SiteId site);
  bool NextChunk();  // False where nothing can be recorded: no recording any more, or no space.

  uint64_t* cursor_ = nullptr;
  uint64_t* limit_ = nullptr;
  uint64_t zero_ = 0;
  static constexpr uint32_t kNoSession = ~uint32_t{0};
  uint32_t session_ = 0;                // Whose chunk it has.
  uint32_t real_session_ = kNoSession;  // The same where time is the machine's.
  ObjectId thread_;
  VirtualClock* virtual_clock_ = nullptr;
  ThreadChunk chunk_;               // Of this session.
  std::shared_ptr<LiveFile> file_;  // Keeps the mapping alive as long as a thread may write into it.
};

namespace internal {
// The calling thread's log; null until core/sync attaches the thread. The one thread_local of core: a test counts.
inline constinit thread_local ThreadLog* current_thread_log = nullptr;
}  // namespace internal

}  // namespace lockscope::trace
