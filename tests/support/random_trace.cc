#include "tests/support/random_trace.h"

#include <map>
#include <optional>
#include <vector>

#include "core/trace/trace_builder.h"

namespace lockscope::testing {
namespace {

using trace::EventKind;
using trace::ObjectType;
using trace::Role;

class Chaos {
 public:
  explicit Chaos(uint64_t seed) : random_(seed) {
    b_.Meta("title", "chaos").Meta("seed", std::to_string(seed));
    const size_t threads = 2 + random_.Below(5);
    for (size_t i = 0; i < threads; ++i) {
      Thread thread;
      thread.id = b_.Thread("thread-" + std::to_string(i), static_cast<Role>(random_.Below(5)));
      threads_.push_back(thread);
    }
    const char* const classes[] = {"server", "client", "loop", "driver", ""};
    const size_t locks = 1 + random_.Below(5);
    for (size_t i = 0; i < locks; ++i) {
      clients_.push_back(b_.Add(ObjectType::kClient, "client-" + std::to_string(i)));
      locks_.push_back(b_.Mutex("lock-" + std::to_string(i), classes[random_.Below(5)], clients_.back()));
      conditions_.push_back(b_.Condition("condition-" + std::to_string(i), locks_.back()));
    }
    loop_ = b_.Add(ObjectType::kLoop, "loop");
    procedure_ = b_.Add(ObjectType::kProcedure, "hostname");
  }

  trace::Trace Run(size_t events) {
    for (size_t i = 0; i < events; ++i) {
      now_ += static_cast<int64_t>(random_.Below(1000));
      Thread& thread = threads_[random_.Below(threads_.size())];
      b_.At(now_).On(thread.id, random_.OneIn(8) ? "" : "chaos.cc", static_cast<int>(1 + random_.Below(40)));
      Act(thread);
    }
    return b_.Build();
  }

 private:
  struct Thread {
    ObjectId id = kNoObject;
    std::optional<size_t> wanted;   // The lock that it waits for.
    std::optional<size_t> waiting;  // The condition that it waits on.
    std::vector<size_t> held;
  };

  size_t AnyLock() { return random_.Below(locks_.size()); }

  void Take(Thread& thread, size_t lock) {
    b_.Acquire(locks_[lock]);
    taken_[lock] = true;
    thread.held.push_back(lock);
  }

  void Act(Thread& thread) {
    if (thread.wanted) {
      if (taken_[*thread.wanted]) return;
      Take(thread, *thread.wanted);
      thread.wanted.reset();
      return;
    }
    if (thread.waiting) {
      if (taken_[*thread.waiting] || !random_.OneIn(3)) return;
      b_.EndWait(conditions_[*thread.waiting]);
      taken_[*thread.waiting] = true;
      thread.held.push_back(*thread.waiting);
      thread.waiting.reset();
      return;
    }
    const uint32_t job = 1 + static_cast<uint32_t>(random_.Below(40));
    const ObjectId client = clients_[AnyLock()];
    switch (random_.Below(14)) {
      case 0:
      case 1:
      case 2: {
        const size_t lock = AnyLock();
        if (!taken_[lock]) return Take(thread, lock);
        const bool tries = random_.OneIn(3);
        if (tries) {
          b_.Record(EventKind::kLockTryFailed, locks_[lock]);
        } else {
          b_.Request(locks_[lock]);
          thread.wanted = lock;
        }
        return;
      }
      case 3:
      case 4:
      case 5: {
        if (thread.held.empty()) return;
        const size_t at = random_.Below(thread.held.size());
        const size_t lock = thread.held[at];
        thread.held.erase(thread.held.begin() + static_cast<std::ptrdiff_t>(at));
        b_.Release(locks_[lock]);
        taken_[lock] = false;
        return;
      }
      case 6: {
        if (thread.held.empty() || !random_.OneIn(3)) return;
        const size_t lock = thread.held.back();
        thread.held.pop_back();
        b_.BeginWait(conditions_[lock]);
        taken_[lock] = false;
        thread.waiting = lock;
        return;
      }
      case 7:
        b_.Record(EventKind::kConditionSignalled, conditions_[AnyLock()]);
        return;
      case 8:
        b_.Record(random_.OneIn(2) ? EventKind::kPollEntered : EventKind::kPollReturned, loop_, 1);
        return;
      case 9:
        b_.Record(random_.OneIn(2) ? EventKind::kCallBegan : EventKind::kCallEnded, procedure_, job);
        return;
      case 10:
        b_.Record(EventKind::kPacketRead, client, procedure_);
        return;
      case 11:
        b_.Record(EventKind::kJobQueued, client, job);
        return;
      case 12:
        b_.Record(EventKind::kJobTaken, client, job);
        return;
      default:
        b_.Record(random_.OneIn(2) ? EventKind::kReplyQueued : EventKind::kReplyWritten, client, job);
        return;
    }
  }

  Random random_;
  trace::TraceBuilder b_;
  int64_t now_ = 0;
  std::vector<Thread> threads_;
  std::vector<ObjectId> clients_;
  std::vector<ObjectId> locks_;
  std::vector<ObjectId> conditions_;
  std::map<size_t, bool> taken_;
  ObjectId loop_ = kNoObject;
  ObjectId procedure_ = kNoObject;
};

}  // namespace

uint64_t Random::Next() {
  uint64_t mixed = state_ += 0x9e3779b97f4a7c15;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

std::string Random::Text(size_t most) {
  std::string text;
  for (size_t i = Below(most + 1); i > 0; --i) {
    text += static_cast<char>(OneIn(6) ? Below(256) : ' ' + Below(95));
  }
  return text;
}

trace::Trace RandomTrace(uint64_t seed, size_t events) { return Chaos(seed).Run(events); }

}  // namespace lockscope::testing
