// RuleChecker: one rule, held against the events of a trace one by one. CheckRules (rules.cc) walks over the trace and
// shows each event to every checker; a checker keeps what it needs to remember. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/analysis/held_locks.h"
#include "core/analysis/rules.h"
#include "core/analysis/timeline.h"

namespace lockscope::analysis {

// What a lock is to the rules.
enum class LockKind : uint8_t { kOther, kServer, kClient, kLoop };

// What all checkers look at.
struct RuleView {
  const Timeline& timeline;
  const trace::Trace& trace;
  const HeldLocks& held;                   // As the event finds it.
  const std::vector<LockKind>& lock_kind;  // By object id.
  LockKind KindOf(uint32_t hold) const { return lock_kind[timeline.holds()[hold].lock]; }
  bool has_server;  // The trace has a lock of that kind.
  bool has_client;
  bool has_loop;
  // The first lock of a kind that a thread holds: an index into holds(), or -1.
  int64_t FindHeld(size_t thread_index, LockKind kind) const;
  std::string HoldPhrase(uint32_t hold) const;  // "alice's lock (taken at core/daemon/client.cc:88)".
};

class RuleChecker {
 public:
  struct Breach {
    Finding finding;
    ObjectId object = kNoObject;  // Wanted or done to: what a recorded rule_broken of the same breach names as well.
  };

  explicit RuleChecker(int rule) : rule_(rule) {}
  virtual ~RuleChecker() = default;
  RuleChecker(const RuleChecker&) = delete;
  RuleChecker& operator=(const RuleChecker&) = delete;

  virtual void OnEvent(const RuleView& view, size_t step, const trace::Event& event) = 0;
  virtual void Finish(const RuleView& view) { static_cast<void>(view); }
  // What the trace lacks for the rule to be checked; said only if nothing was checked.
  virtual std::string WhyNot(const RuleView& view) const = 0;

  // Whether it needs to know all locks that a thread holds: then it cannot judge a recording of contended acquisitions only.
  virtual bool needs_all_holds() const { return false; }

  int rule() const { return rule_; }
  uint64_t checked() const { return checked_; }
  std::vector<Breach>& breaches() { return breaches_; }

 protected:
  void CountOne() { ++checked_; }
  void Break(const RuleView& view, size_t step, ObjectId object, std::string text, bool advisory = false);

 private:
  int rule_;
  uint64_t checked_ = 0;
  std::vector<Breach> breaches_;
};

std::unique_ptr<RuleChecker> MakeServerBeforeClient();                         // R1
std::unique_ptr<RuleChecker> MakeLoopLockIsALeaf();                            // R2
std::unique_ptr<RuleChecker> MakeNoLockAcrossACall();                          // R3
std::unique_ptr<RuleChecker> MakeShortHolds(int64_t budget_ns);                // R4
std::unique_ptr<RuleChecker> MakeWaitWithOwnMutexOnly();                       // R5
std::unique_ptr<RuleChecker> MakeEveryJobTakenOnce(const Timeline& timeline);  // R6
std::unique_ptr<RuleChecker> MakeOnlyTheLoopDoesIo();                          // R7
std::unique_ptr<RuleChecker> MakeLeaderOnlyWaits();                            // R8

// How a lock is asked for: "asks for", "acquires", "tries to get". Null for an event that is no attempt, or that only
// grants an attempt already seen.
const char* AttemptVerb(const RuleView& view, size_t thread_index, const trace::Event& event);

// "acquires alice's lock", "asks for the server lock", else the event's predicate.
std::string EventWords(const RuleView& view, size_t step, const trace::Event& event);

}  // namespace lockscope::analysis
