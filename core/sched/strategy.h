// Strategy: who decides what happens next in a controlled run. A seam: a seed, a script, a recording, an explorer.
//
// A run asks at every step. Each question lists all that can happen, in a fixed order, with the object that it touches;
// the answer is an index into the list. The answers, in order, are the run: the same ones give the same bytes.
// Called on the run's one OS thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/sched/thread_set.h"
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

// What can happen next, in a fixed order: a kRun for each thread that can go on, then a kWake for each whose wait may end for
// no reason, both in order of their creation; or a kSignal for each that waits, who waits longest first. Made up as it is
// looked at: most strategies want to know little more than how many there are.
class Options {
 public:
  class Iterator {
   public:
    using value_type = Option;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    Iterator(const Options& options, uint32_t index) : options_(&options), index_(index) {}
    Option operator*() const { return (*options_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;
    friend difference_type operator-(const Iterator& a, const Iterator& b) {
      return difference_type{a.index_} - difference_type{b.index_};
    }

   private:
    const Options* options_ = nullptr;
    uint32_t index_ = 0;
  };

  // All of them outlive it.
  Options(const ThreadSet& run, const ThreadSet& wake) : run_(&run), wake_(&wake) {}
  Options(std::span<const Option> listed) : listed_(listed) {}

  uint32_t size() const {
    return listed_.empty() ? run_->size() + wake_->size() : static_cast<uint32_t>(listed_.size());
  }
  // So many of them, the last ones, are kWake.
  uint32_t wakes() const { return listed_.empty() ? wake_->size() : 0; }
  Option operator[](uint32_t index) const {
    if (!listed_.empty()) return listed_[index];
    const uint32_t runs = run_->size();
    return index < runs ? Option{Option::Kind::kRun, run_->Nth(index)}
                        : Option{Option::Kind::kWake, wake_->Nth(index - runs)};
  }
  Option front() const { return (*this)[0]; }
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

 private:
  const ThreadSet* run_ = nullptr;
  const ThreadSet* wake_ = nullptr;
  std::span<const Option> listed_;
};

struct Question {
  Options options;                      // At least one.
  std::span<const ThreadInfo> threads;  // All of the run, in order of their creation.
  uint32_t running = 0;                 // Whose step ended.
};

// Numbers by chance, the same ones for the same seed.
class Chance {
 public:
  explicit Chance(uint64_t seed) : state_(seed) {}

  // From 0 to `bound` - 1, each as likely as the others. Lemire's multiplication (Fast random integer generation in an interval,
  // 2019). The next draw is made at once: it is then ready when it is asked for, and what hangs on it (who goes on) need not wait.
  uint32_t Below(uint32_t bound) {
    const uint64_t drawn = drawn_;
    drawn_ = Draw();
    return static_cast<uint32_t>((drawn * bound) >> 32);
  }

 private:
  // The upper half of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
  uint64_t Draw() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return z >> 32;
  }

  uint64_t state_;
  uint64_t drawn_ = Draw();
};

class Strategy {
 public:
  virtual ~Strategy() = default;
  virtual uint32_t Choose(const Question& question) = 0;
  // Whether waits that end for no reason are among the options. Constant.
  virtual bool wants_spurious_wakeups() const { return false; }
  // Whether Choose looks at how the threads stand: where not, their `role`, and `status` and `holder` of those that wait for a
  // lock, are not kept up to date for it. Constant.
  virtual bool wants_standing() const { return true; }
  // Why the run cannot go on as the strategy wants; "" as long as it can. Looked at after each choice: the run then ends.
  const std::string& complaint() const { return complaint_; }
  // Where every option is a kRun, Choose answers `chance()->Below(options.size())` and does nothing else, nor does OnBlocked: so the
  // run draws the number itself, and calls neither. Null: it has to be asked. Constant.
  virtual Chance* chance() { return nullptr; }
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
