#include "core/scenario/reproduction.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "core/scenario/daemon_setup.h"
#include "core/scenario/delta_debugging.h"
#include "core/scenario/run_cuts.h"
#include "core/scenario/schedule_phrase.h"

namespace lockscope::scenario {
namespace {

using Cuts = std::vector<Cut>;

Cuts CutsAt(const Cuts& cuts, const std::vector<size_t>& indices) {
  Cuts chosen;
  for (const size_t index : indices) chosen.push_back(cuts[index]);
  return chosen;
}

class Reproducer {
 public:
  Reproducer(const Scenario& scenario, const ControlledRun& run, const Finding& finding, const ReproductionLimit& limit)
      : trial_(scenario), run_(run), wanted_(finding), cuts_(run), limit_(limit) {}

  Result<Reproduction> Find() {
    Reproduction found;
    found.choices = run_.choices.size();
    if (Shows(RoundRobin())) return Done(std::move(found), RoundRobin());
    const Cuts first = FirstScript();
    if (first.empty()) return FewestChoices(std::move(found));
    found.first_steps = first.size();
    std::vector<size_t> kept = FewestThatFail(
        first.size(), [&](const std::vector<size_t>& chosen) { return ShowsCuts(CutsAt(first, chosen)); });
    return Done(std::move(found), Plainer(CutsAt(first, kept)));
  }

 private:
  // Whether a run by this schedule shows what was found; no from the limit on.
  bool Shows(Schedule schedule) {
    hit_limit_ = hit_limit_ || runs_ >= limit_.max_runs || (limit_.is_enough && limit_.is_enough());
    return !hit_limit_ && ShowsWhateverTheLimit(std::move(schedule));
  }

  bool ShowsWhateverTheLimit(Schedule schedule) {
    ++runs_;
    trial_.schedule = std::move(schedule);
    const Result<ControlledRun> run = RunControlled(trial_, {.out = {}, .meta = MetaFor(trial_, "controlled", "")});
    if (!run || !run->problems.empty()) return false;
    Finding came = FindingOf(run->trace);
    if (!ShowTheSame(came, wanted_)) return false;
    last_ = std::move(came);
    return true;
  }

  // Cuts that show it: all of them, if the words of the script say enough of the run. Where they do not, the run comes
  // apart at some step; often less help is better help: up to an earlier step, or without the steps of the clients, which
  // go along as the daemon needs them, or without the wake-ups for no reason. Empty: none of these does it.
  Cuts FirstScript() {
    const auto is_of_client = [this](const Cut& cut) { return cuts_.IsOfClient(cut); };
    const auto is_spurious = [this](const Cut& cut) { return cuts_.Phrase(cut) == "wakes for no reason"; };
    std::vector<Cuts> variants(3, cuts_.all());
    std::erase_if(variants[1], is_of_client);
    std::erase_if(variants[2], is_spurious);
    constexpr size_t kParts = 16;
    for (size_t part = kParts; part > 0; --part) {
      for (const Cuts& variant : variants) {
        const Cuts cuts(variant.begin(), variant.begin() + static_cast<ptrdiff_t>(variant.size() * part / kParts));
        if (ShowsCuts(cuts)) return cuts;
      }
    }
    return {};
  }

  bool ShowsCuts(const Cuts& cuts) { return !cuts.empty() && Shows(cuts_.ScriptOf(cuts)); }

  // Each step in words that are easier to follow, where the run stays what it is: not to the 32nd of many alike, but to
  // something nearby that happens seldom; or first to that, and then to one of the next few.
  Script Plainer(Cuts cuts) {
    for (size_t i = 0; i < cuts.size(); ++i) {
      for (const Cut& nearby : SeldomNear(cuts, i)) {
        Cuts moved = cuts;
        moved[i] = nearby;
        if (!ShowsCuts(moved)) continue;
        cuts = std::move(moved);
        break;
      }
    }
    // Where a step stands at another place now, others may not matter any more.
    for (size_t i = cuts.size(); i-- > 0;) {
      Cuts fewer = cuts;
      fewer.erase(fewer.begin() + static_cast<ptrdiff_t>(i));
      if (ShowsCuts(fewer)) cuts = std::move(fewer);
    }
    constexpr int kFew = 3;
    for (size_t i = 0; i < cuts.size(); ++i) {
      if (TimesOf(cuts, i) <= kFew) continue;
      Cuts longer = cuts;
      longer.insert(longer.begin() + static_cast<ptrdiff_t>(i), cuts[i]);
      for (uint32_t moment = cuts[i].moment; moment-- > FirstMoment(cuts, i);) {
        longer[i].moment = moment;
        if (!IsEvent(longer[i]) || TimesOf(longer, i) > 1) continue;
        if (!ShowsCuts(longer)) continue;
        cuts = longer;
        ++i;
        break;
      }
    }
    return cuts_.ScriptOf(cuts);
  }

  int TimesOf(const Cuts& cuts, size_t i) const { return cuts_.ScriptOf(cuts)[i].times; }
  bool IsEvent(const Cut& cut) const {
    const Result<Until> until = ParseUntil(cuts_.Phrase(cut));
    return until && until->what == Until::What::kEvent;
  }

  // Behind the thread's cut before the i-th one.
  static uint32_t FirstMoment(const Cuts& cuts, size_t i) {
    uint32_t first = 0;
    for (size_t k = 0; k < i; ++k) first = cuts[k].thread == cuts[i].thread ? cuts[k].moment + 1 : first;
    return first;
  }

  // Other cuts of the same thread, between its cuts before and behind, whose event has come less often by then: the rarest
  // and nearest first.
  Cuts SeldomNear(const Cuts& cuts, size_t i) const {
    constexpr uint32_t kReach = 20;
    const Cut here = cuts[i];
    const int times = TimesOf(cuts, i);
    uint32_t end = std::min(cuts_.MomentsOf(here.thread), here.moment + kReach);
    for (size_t k = i + 1; k < cuts.size(); ++k) {
      if (cuts[k].thread == here.thread) end = std::min(end, cuts[k].moment);
    }
    const uint32_t reach_back = here.moment > kReach ? here.moment - kReach : 0;
    std::vector<std::tuple<int, uint32_t, uint32_t>> found;  // Times, distance, moment.
    for (uint32_t moment = std::max(FirstMoment(cuts, i), reach_back); moment < end; ++moment) {
      Cuts moved = cuts;
      moved[i].moment = moment;
      const int fewer = TimesOf(moved, i);
      const uint32_t distance = moment > here.moment ? moment - here.moment : here.moment - moment;
      if (fewer < times && IsEvent(moved[i])) found.emplace_back(fewer, distance, moment);
    }
    std::ranges::sort(found);
    Cuts others;
    for (const auto& [fewer, distance, moment] : found) others.push_back({here.thread, moment});
    return others;
  }

  // Halving: a number of choices that is enough, one less than which is not.
  Result<Reproduction> FewestChoices(Reproduction found) {
    if (!ShowsWhateverTheLimit(run_.choices)) {
      return Fail("what was found ({}) does not come again when the run's own choices are replayed",
                  wanted_.came.outcome);
    }
    size_t too_few = 0;
    size_t enough = run_.choices.size();
    while (enough > too_few + 1) {
      const size_t middle = too_few + (enough - too_few) / 2;
      if (Shows(Replay(run_.choices.begin(), run_.choices.begin() + static_cast<ptrdiff_t>(middle)))) {
        enough = middle;
      } else {
        too_few = middle;
      }
    }
    return Done(std::move(found), Replay(run_.choices.begin(), run_.choices.begin() + static_cast<ptrdiff_t>(enough)));
  }

  // One more run: what is expected of the schedule is what comes of it.
  Result<Reproduction> Done(Reproduction found, Schedule schedule) {
    found.hit_limit = hit_limit_;
    if (!ShowsWhateverTheLimit(std::move(schedule)))
      return Fail("a schedule that showed {} does not show it again", wanted_.came.outcome);
    found.finding = last_;
    found.runs = runs_;
    found.scenario = std::move(trial_);
    found.scenario.expect = last_.came;
    return found;
  }

  Scenario trial_;
  const ControlledRun& run_;
  const Finding& wanted_;
  const RunCuts cuts_;
  const ReproductionLimit& limit_;
  size_t runs_ = 0;
  bool hit_limit_ = false;
  Finding last_;  // Of the last run that showed it.
};

}  // namespace

Result<Reproduction> Reproduce(const Scenario& scenario, const ControlledRun& run, const Finding& finding,
                               const ReproductionLimit& limit) {
  return Reproducer(scenario, run, finding, limit).Find();
}

}  // namespace lockscope::scenario
