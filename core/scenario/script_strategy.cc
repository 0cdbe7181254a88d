#include "core/scenario/script_strategy.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "core/sync/thread_state.h"

namespace lockscope::scenario {

using sched::Option;
using sched::ThreadInfo;
using sched::ThreadStatus;
using trace::EventKind;

namespace {

const ThreadInfo* FindThread(std::span<const ThreadInfo> threads, std::string_view name) {
  const auto found = std::ranges::find(threads, name, [](const ThreadInfo& thread) { return ScriptName(thread); });
  return found == threads.end() ? nullptr : &*found;
}

bool IsBlocked(const ThreadInfo& thread) {
  return thread.status == ThreadStatus::kWantsLock || thread.status == ThreadStatus::kOnCondition ||
         thread.status == ThreadStatus::kJoining;
}

// Whether the thread has come to what a step waits for, if that is a state.
bool HasStopped(const Until& until, const ThreadInfo& thread) {
  if (until.what == Until::What::kBlocked) return IsBlocked(thread);
  if (until.what == Until::What::kWaiting) return thread.status == ThreadStatus::kOnCondition;
  return until.what == Until::What::kStopped && thread.status != ThreadStatus::kRunnable &&
         thread.status != ThreadStatus::kEnded;
}

bool OfDaemon(const ThreadInfo& thread) { return thread.role != trace::Role::kClientProgram; }

// In which order threads are asked to help another one on. A client program that waits for a reply needs the daemon; what
// the daemon waits for comes from the clients.
int HelpOrder(const ThreadInfo& helper, bool for_client) {
  switch (helper.role) {
    case trace::Role::kEventLoop:
      return 0;
    case trace::Role::kWorker:
      return for_client ? 1 : 2;
    case trace::Role::kClientProgram:
      return for_client ? 2 : 1;
    default:
      return 3;
  }
}

std::string AnswerInWords(const std::vector<std::string>& threads) {
  if (threads.empty()) return "No thread of the daemon.";
  return fmt::format("{}.", fmt::join(threads, " and "));
}

}  // namespace

std::string ScriptName(const ThreadInfo& thread) {
  return thread.role == trace::Role::kEventLoop ? "loop" : thread.name;
}

std::string WaitsFor(const ThreadInfo& thread, std::span<const ThreadInfo> threads) {
  const std::string name = trace::NameOfObject(thread.object);
  switch (thread.status) {
    case ThreadStatus::kRunnable:
      return "nothing";
    case ThreadStatus::kWantsLock: {
      const auto holder = std::ranges::find(threads, thread.holder, &ThreadInfo::id);
      const LockPhrase lock{trace::RegisteredAs(thread.object).lock_class, name};
      return fmt::format("the lock '{}'{}", lock.lock_class == "client" ? LockText(lock) : lock.lock_class,
                         holder == threads.end() ? "" : fmt::format(", which {} holds", ScriptName(*holder)));
    }
    case ThreadStatus::kOnCondition:
      return fmt::format("the condition '{}'", name);
    case ThreadStatus::kJoining:
      return fmt::format("the end of {}", name);
    case ThreadStatus::kSleeping:
      return "time to pass";
    case ThreadStatus::kPolling:
      return "something to read or write";
    case ThreadStatus::kReading:
      return "a reply";
    case ThreadStatus::kEnded:
      return "nothing any more: it has ended";
  }
  return "nothing";
}

Result<std::unique_ptr<ScriptStrategy>> ScriptStrategy::Make(const Script& script) {
  std::unique_ptr<ScriptStrategy> strategy(new ScriptStrategy(script));
  for (size_t i = 0; i < script.size(); ++i) {
    Result<Until> until = ParseUntil(script[i].until);
    if (!until) return Fail("schedule[{}].until: {}", i, until.error().message);
    if (until->what == Until::What::kSpurious) strategy->has_spurious_ = true;
    strategy->untils_.push_back(std::move(*until));
  }
  return strategy;
}

uint32_t ScriptStrategy::Choose(const sched::Question& question) {
  if (asked_.has_value()) CheckAnswer(question.threads);
  const auto option_of = [&](const ThreadInfo* thread, Option::Kind kind) -> std::optional<uint32_t> {
    if (thread == nullptr) return std::nullopt;
    const auto index = static_cast<uint32_t>(thread - question.threads.data());
    for (uint32_t i = 0; i < question.options.size(); ++i) {
      if (question.options[i].kind == kind && question.options[i].thread == index) return i;
    }
    return std::nullopt;
  };
  // A signal wakes the thread that the script runs next, if that waits for one.
  if (question.options.front().kind == Option::Kind::kSignal) {
    for (size_t step = current_; step < script_.size(); ++step) {
      const auto signalled = option_of(FindThread(question.threads, script_[step].run), Option::Kind::kSignal);
      if (signalled) return *signalled;
    }
    return 0;
  }
  if (!started_ && question.options.front().thread == 0) return 0;
  started_ = true;
  while (current_ < script_.size()) {
    const ThreadInfo* wanted = FindThread(question.threads, script_[current_].run);
    const Until& until = untils_[current_];
    if (wanted != nullptr && HasStopped(until, *wanted)) {
      EndStep();
      continue;
    }
    if (until.what == Until::What::kSpurious) {
      if (const auto woken = option_of(wanted, Option::Kind::kWake)) {
        EndStep();
        return *woken;
      }
    }
    if (const auto own = option_of(wanted, Option::Kind::kRun)) return *own;
    return Helper(question, wanted);
  }
  for (uint32_t i = 0; i < question.options.size(); ++i) {
    if (question.options[i].kind == Option::Kind::kRun && question.options[i].thread > question.running) return i;
  }
  return 0;
}

// Who is to run so that `wanted` can: follows what it waits for; where that leads to nobody, the fixed order.
uint32_t ScriptStrategy::Helper(const sched::Question& question, const ThreadInfo* wanted) const {
  const bool for_client = wanted != nullptr && wanted->role == trace::Role::kClientProgram;
  std::set<ObjectId> seen;
  while (wanted != nullptr && seen.insert(wanted->id).second) {
    ObjectId next = kNoObject;
    if (wanted->status == ThreadStatus::kWantsLock) next = wanted->holder;
    if (wanted->status == ThreadStatus::kJoining) next = wanted->object;
    const auto found = std::ranges::find(question.threads, next, &ThreadInfo::id);
    wanted = found == question.threads.end() ? nullptr : &*found;
    for (uint32_t i = 0; wanted != nullptr && i < question.options.size(); ++i) {
      const Option& option = question.options[i];
      if (option.kind == Option::Kind::kRun && &question.threads[option.thread] == wanted) return i;
    }
  }
  uint32_t best = 0;
  for (uint32_t i = 1; i < question.options.size(); ++i) {
    if (question.options[i].kind != Option::Kind::kRun) break;
    const auto order = [&](uint32_t option) {
      return HelpOrder(question.threads[question.options[option].thread], for_client);
    };
    if (order(i) < order(best)) best = i;
  }
  return best;
}

// What each job calls is said by the packet that was read before it was queued.
void ScriptStrategy::Learn(EventKind kind, uint32_t arg) {
  if (kind == EventKind::kPacketRead) last_packet_ = trace::NameOfObject(arg);
  if (kind == EventKind::kJobQueued) jobs_[arg] = last_packet_;
}

std::string ScriptStrategy::CallOf(EventKind kind, ObjectId object, uint32_t arg) const {
  switch (kind) {
    case EventKind::kPacketRead:
      return trace::NameOfObject(arg);
    case EventKind::kJobQueued:
    case EventKind::kJobTaken:
    case EventKind::kReplyQueued:
    case EventKind::kReplyWritten: {
      const auto job = jobs_.find(arg);
      return job == jobs_.end() ? "" : job->second;
    }
    default:
      return trace::NameOfObject(object);
  }
}

bool ScriptStrategy::IsReached(EventKind kind, ObjectId object, uint32_t arg) const {
  const Until& until = untils_[current_];
  if (until.what != Until::What::kEvent || until.kind != kind) return false;
  if (!until.lock_class.empty() && trace::RegisteredAs(object).lock_class != until.lock_class) return false;
  return until.name.empty() || CallOf(kind, object, arg) == until.name;
}

void ScriptStrategy::OnEvent(ObjectId thread, EventKind kind, ObjectId object, uint32_t arg) {
  if (speaking_) return;
  Learn(kind, arg);
  if (current_ == script_.size()) return;
  const bool by_loop = sync::ThreadState::Current().role() == trace::Role::kEventLoop;
  if ((by_loop ? "loop" : trace::NameOfObject(thread)) != script_[current_].run) return;
  if (IsReached(kind, object, arg) && ++times_ >= script_[current_].times) EndStep();
}

void ScriptStrategy::OnBlocked(Threads threads, uint32_t thread) {
  if (current_ == script_.size() || ScriptName(threads[thread]) != script_[current_].run) return;
  if (HasStopped(untils_[current_], threads[thread])) EndStep();
}

void ScriptStrategy::EndStep() {
  const ScheduleStep& step = script_[current_];
  if (!step.ask.empty()) asked_ = current_;
  ++current_;
  times_ = 0;
  if (trace::internal::current_thread_log != nullptr) SayWords(step);
}

void ScriptStrategy::SayWords(const ScheduleStep& step) {
  speaking_ = true;
  sync::ThreadState& thread = sync::ThreadState::Current();
  const auto object = [&](trace::ObjectType type, const std::string& text) {
    return words_.emplace_back(std::make_unique<trace::RegisteredObject>(type, text))->id();
  };
  if (!step.say.empty()) {
    thread.Record(EventKind::kCaptionShown, object(trace::ObjectType::kCaption, step.say), 0, kUnknownSite);
  }
  if (!step.ask.empty()) {
    const ObjectId question = object(trace::ObjectType::kQuestion, step.ask);
    const std::string answer = step.answer ? AnswerInWords(*step.answer) : "The scenario gives no answer.";
    thread.Record(EventKind::kQuestionAsked, question, object(trace::ObjectType::kAnswer, answer), kUnknownSite);
  }
  speaking_ = false;
}

// A thread that waits for a time (in a driver call that takes a while) goes on by itself: it counts as one that can.
void ScriptStrategy::CheckAnswer(Threads threads) {
  const size_t index = *asked_;
  asked_.reset();
  if (!script_[index].answer) return;
  std::set<std::string> can;
  for (const ThreadInfo& thread : threads) {
    const bool goes_on = thread.status == ThreadStatus::kRunnable || thread.timed;
    if (goes_on && OfDaemon(thread)) can.insert(ScriptName(thread));
  }
  const std::set<std::string> answer(script_[index].answer->begin(), script_[index].answer->end());
  if (can == answer) return;
  wrong_answers_.push_back({script_[index].line.number, false,
                            fmt::format("schedule[{}].answer is [{}], but these threads can go on there: [{}]", index,
                                        fmt::join(answer, ", "), fmt::join(can, ", "))});
}

std::vector<ScheduleProblem> ScriptStrategy::Problems(Threads threads) {
  if (asked_.has_value()) CheckAnswer(threads);
  std::vector<ScheduleProblem> problems = wrong_answers_;
  if (current_ == script_.size()) return problems;
  const ScheduleStep& step = script_[current_];
  const ThreadInfo* thread = FindThread(threads, step.run);
  const std::string times = step.times > 1 ? fmt::format(" {} times", step.times) : "";
  const std::string why = thread == nullptr ? fmt::format("{} was never started", step.run)
                                            : fmt::format("{} does not come to '{}'{}; it waits for {}", step.run,
                                                          step.until, times, WaitsFor(*thread, threads));
  problems.push_back({step.line.number, true, fmt::format("schedule[{}] is never reached: {}", current_, why)});
  return problems;
}

}  // namespace lockscope::scenario
