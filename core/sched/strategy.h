// Strategy: who decides what happens next in a controlled run. A seam: a seed, a script, a recording, an explorer.
//
// A run asks at every step. Each question lists all that can happen, in a fixed order, with the object that it touches;
// the answer is an index into the list. The answers, in order, are the run: the same ones give the same bytes.
// Called on the run's one OS thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/sync/runtime.h"
#include "core/trace/event.h"

namespace lockscope::sched {

// How a thread of a controlled run stands.
enum class ThreadStatus : uint8_t {
  kRunnable,
  kWantsLock,    // object: the mutex, which is held.
  kOnCondition,  // object: the condition.
  kJoining,      // object: the thread whose end it waits for.
  kSleeping,     // Until a time.
  kPolling,      // Until a handle is ready, or a time.
  kReading,      // Until bytes come (a client program).
  kEnded,
};

struct ThreadInfo {
  ObjectId id = kNoObject;
  std::string name;
  trace::Role role = trace::Role::kNone;
  ThreadStatus status = ThreadStatus::kRunnable;
  ObjectId object = kNoObject;               // What it waits for; runnable: what its next action touches.
  sync::Action next = sync::Action::kBegin;  // Runnable: what it is about to do.
  bool timed = false;                        // Waits until a time at most.
  ObjectId holder = kNoObject;               // kWantsLock: the thread that has it.
};

// One thing that can happen.
struct Option {
  enum class Kind : uint8_t {
    kRun,    // `thread` takes its next step.
    kWake,   // `thread`, which waits on a condition, wakes though nobody signalled.
    kSignal  // A signal wakes `thread`: asked when one is given and several wait.
  };
  Kind kind = Kind::kRun;
  uint32_t thread = 0;  // Index into the threads.
};

struct Question {
  std::span<const Option> options;      // At least one. kRun first, in order of the threads' creation.
  std::span<const ThreadInfo> threads;  // All of the run, in order of their creation.
  uint32_t running = 0;                 // Whose step ended.
  uint32_t wakes = 0;                   // So many of the options, the last ones, are kWake.
};

class Strategy {
 public:
  virtual ~Strategy() = default;
  virtual uint32_t Choose(const Question& question) = 0;
  // Whether waits that end for no reason are among the options. Constant.
  virtual bool wants_spurious_wakeups() const { return false; }
  // Why the run cannot go on as the strategy wants; "" as long as it can. Looked at after each choice: the run then ends.
  const std::string& complaint() const { return complaint_; }
  // Whether OnEvent is to be called. Constant.
  virtual bool wants_events() const { return false; }
  // A thread has recorded an event. It may record more, but take no step.
  virtual void OnEvent(ObjectId /*thread*/, trace::EventKind /*kind*/, ObjectId /*object*/, uint32_t /*arg*/) {}
  // A thread cannot go on for now: its ThreadInfo says why.
  virtual void OnBlocked(std::span<const ThreadInfo> /*threads*/, uint32_t /*thread*/) {}

 protected:
  std::string complaint_;
};

// Each step the next thread, in order of creation, that can go on. A signal wakes who waits longest.
std::unique_ptr<Strategy> MakeRoundRobin();
// By a pseudo-random generator; one step in 32 ends a wait for no reason, where somebody waits.
std::unique_ptr<Strategy> MakeSeeded(uint64_t seed);
// The choices of another run: the answers to all questions with more than one option. When they are used up: round robin.
std::unique_ptr<Strategy> MakeReplay(std::vector<uint32_t> choices);

}  // namespace lockscope::sched
