// ScriptStrategy: runs a scenario's steps. First the leader runs until it only waits: the daemon has been started. Then "run
// X until E" prefers X; while X cannot go on the others run, as little as it needs: who holds the lock that it wants, else
// the loop, the client programs, the workers, the leader, in this order (a client program that waits for a reply is helped
// by workers before other clients). After the last step all take turns.
//
// The words of a step go into the recording, behind the event that it waited for. For one ControlledRuntime.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/scenario/scenario.h"
#include "core/scenario/schedule_phrase.h"
#include "core/sched/strategy.h"
#include "core/trace/registry.h"

namespace lockscope::scenario {

// What is wrong with a script, seen when it ran.
struct ScheduleProblem {
  int line = 0;              // Of the step, in the scenario's file; 0: unknown.
  bool is_unusable = false;  // The run is none of the scenario; else it is, and a step's answer is not what happened.
  std::string text;  // "schedule[3] is never reached: worker-1 does not come to 'ends hostname'; it waits for …"
};

class ScriptStrategy final : public sched::Strategy {
 public:
  // Fails where a step's `until` cannot be read. The script must outlive the strategy.
  static Result<std::unique_ptr<ScriptStrategy>> Make(const Script& script);

  uint32_t Choose(const sched::Question& question) override;
  bool wants_spurious_wakeups() const override { return has_spurious_; }
  bool wants_events() const override { return true; }
  void OnEvent(ObjectId thread, trace::EventKind kind, ObjectId object, uint32_t arg) override;
  void OnBlocked(std::span<const sched::ThreadInfo> threads, uint32_t thread) override;

  // When the run has ended and is not yet taken down. A step that was never reached names what its thread waits for; an
  // answer that is not what happened says what did.
  std::vector<ScheduleProblem> Problems(std::span<const sched::ThreadInfo> threads);

 private:
  using Threads = std::span<const sched::ThreadInfo>;
  struct Words;  // The objects of a step's caption, question and answer, made when they are first recorded.

  explicit ScriptStrategy(const Script& script) : script_(script) {}
  bool IsReached(trace::EventKind kind, ObjectId object, uint32_t arg) const;
  std::string CallOf(trace::EventKind kind, ObjectId object, uint32_t arg) const;
  void Learn(trace::EventKind kind, uint32_t arg);
  void EndStep();
  void SayWords(const ScheduleStep& step);
  void CheckAnswer(Threads threads);
  uint32_t Helper(const sched::Question& question, const sched::ThreadInfo* wanted) const;

  const Script& script_;
  std::vector<Until> untils_;  // One a step.
  bool has_spurious_ = false;
  bool started_ = false;         // The leader has come to its wait.
  size_t current_ = 0;           // The step that is being run.
  int times_ = 0;                // So often its event has happened.
  std::optional<size_t> asked_;  // A step whose answer is still to be compared with what can go on.
  std::vector<ScheduleProblem> wrong_answers_;
  std::string last_packet_;               // The call of the packet that was read last.
  std::map<uint32_t, std::string> jobs_;  // By number: what each job calls.
  std::vector<std::unique_ptr<trace::RegisteredObject>> words_;
  bool speaking_ = false;
};

// "loop" for the event loop's thread; other threads are called by their names.
std::string ScriptName(const sched::ThreadInfo& thread);
// "the server lock, which worker-1 holds": what a thread waits for.
std::string WaitsFor(const sched::ThreadInfo& thread, std::span<const sched::ThreadInfo> threads);

}  // namespace lockscope::scenario
