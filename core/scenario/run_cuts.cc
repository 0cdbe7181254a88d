#include "core/scenario/run_cuts.h"

#include <algorithm>

#include "core/scenario/schedule_phrase.h"

namespace lockscope::scenario {

using trace::EventKind;

namespace {

constexpr std::string_view kSpurious = "wakes for no reason";
constexpr std::string_view kStops = "stops";

}  // namespace

// Goes over the events and the notes once.
class RunCuts::Pass {
 public:
  Pass(RunCuts& cuts, const ControlledRun& run)
      : cuts_(cuts), trace_(run.trace), notes_(run.notes), note_(notes_.begin()) {}

  void Run() {
    for (size_t step = 0; step < trace_.size(); ++step) {
      TakeNotes(step);
      const trace::Event& event = trace_.event(step);
      if (trace::IsWords(event.kind())) continue;
      Go(static_cast<uint32_t>(trace_.ThreadIndex(step)));
      if (const std::string phrase = PhraseOf(event); !phrase.empty()) Say(phrase);
      if (leader_begins_ && running_ == 0 && event.kind() == EventKind::kJoinBegan) {
        leader_begins_ = open_ = false;
        cuts_.moments_[0].clear();  // A scripted run begins behind them.
      }
    }
    TakeNotes(trace_.size());
    EndStretch();
  }

 private:
  void TakeNotes(size_t step) {
    for (; note_ != notes_.end() && note_->events_before <= step; ++note_) {
      const auto thread = std::ranges::find(cuts_.names_, note_->thread);
      if (thread == cuts_.names_.end()) continue;  // It has done nothing that was recorded.
      Go(static_cast<uint32_t>(thread - cuts_.names_.begin()));
      if (note_->what == RunNote::What::kStops) {
        Say(kStops);
        continue;
      }
      // It happens to the thread; what the thread does then is another stretch.
      EndStretch();
      Say(kSpurious);
      EndStretch();
    }
  }

  void Go(uint32_t thread) {
    if (thread != running_) EndStretch();
    running_ = thread;
  }

  // Where there was something in it to say, this is a cut.
  void EndStretch() {
    const bool of_start = running_ == 0 && leader_begins_;
    if (open_ && !of_start) {
      cuts_.cuts_.push_back({running_, static_cast<uint32_t>(cuts_.moments_[running_].size()) - 1});
    }
    open_ = false;
  }

  void Say(std::string_view phrase) {
    const auto next = static_cast<uint32_t>(cuts_.phrases_.size());
    const auto [found, is_new] = phrases_.try_emplace(std::string(phrase), next);
    if (is_new) cuts_.phrases_.emplace_back(phrase);
    cuts_.moments_[running_].push_back(found->second);
    open_ = true;
  }

  std::string CallOf(const trace::Event& event) {
    switch (event.kind()) {
      case EventKind::kPacketRead:
        last_packet_ = trace_.Name(event.arg());
        return last_packet_;
      case EventKind::kJobQueued:
        return jobs_[event.arg()] = last_packet_;
      case EventKind::kJobTaken:
      case EventKind::kReplyQueued:
      case EventKind::kReplyWritten:
        return jobs_[event.arg()];
      default:
        return std::string(trace_.Name(event.object()));
    }
  }

  // "" for an event that cannot be said.
  std::string PhraseOf(const trace::Event& event) {
    for (const UntilVerb& row : AllUntilVerbs()) {
      if (row.what != Until::What::kEvent || row.kind != event.kind()) continue;
      Until until{row.what, row.kind, "", ""};
      if (row.object == UntilObject::kLock) until.lock_class = trace_.object(event.object()).lock_class;
      const bool is_named =
          row.object != UntilObject::kNothing && (row.object != UntilObject::kLock || until.lock_class == "client");
      if (is_named) until.name = CallOf(event);
      std::string phrase = UntilPhrase(until);
      // A name that the language does not know (an object of no known class) leaves the event unsaid.
      const Result<Until> read = ParseUntil(phrase);
      if (read && *read == until) return phrase;
    }
    return "";
  }

  RunCuts& cuts_;
  const trace::Trace& trace_;
  const std::vector<RunNote>& notes_;
  std::vector<RunNote>::const_iterator note_;  // The next.
  std::map<std::string, uint32_t> phrases_;
  std::map<uint32_t, std::string> jobs_;
  std::string last_packet_;
  uint32_t running_ = 0;
  bool open_ = false;          // Something has been said of the stretch.
  bool leader_begins_ = true;  // It has not come to its wait: that is no stretch.
};

RunCuts::RunCuts(const ControlledRun& run)
    : is_client_(run.trace.threads().size()), moments_(run.trace.threads().size()) {
  const trace::Trace& trace = run.trace;
  for (const ObjectId thread : trace.threads()) names_.emplace_back(trace.Name(thread));
  for (size_t step = 0; step < trace.size(); ++step) {
    const trace::Event& event = trace.event(step);
    if (event.kind() != EventKind::kThreadRole) continue;
    const auto role = static_cast<trace::Role>(event.arg());
    if (role == trace::Role::kEventLoop) names_[trace.ThreadIndex(step)] = "loop";
    is_client_[trace.ThreadIndex(step)] = role == trace::Role::kClientProgram;
  }
  Pass(*this, run).Run();
}

Script RunCuts::ScriptOf(std::span<const Cut> chosen) const {
  Script script;
  std::vector<uint32_t> done(moments_.size());  // By thread: the moments up to its last chosen cut.
  for (const Cut& cut : chosen) {
    const std::vector<uint32_t>& moments = moments_[cut.thread];
    const uint32_t phrase = moments[cut.moment];
    int times = 0;
    for (uint32_t i = done[cut.thread]; i <= cut.moment; ++i) times += moments[i] == phrase ? 1 : 0;
    done[cut.thread] = cut.moment + 1;
    // What the script makes happen, and a state, end a step at once: there is no second time to wait for.
    if (phrases_[phrase] == kSpurious || phrases_[phrase] == kStops) times = 1;
    script.push_back({.run = names_[cut.thread], .until = phrases_[phrase], .times = times});
  }
  return script;
}

}  // namespace lockscope::scenario
