// Every bug runs to its consequence in some order of things, without a check that fails; and the correct daemon, in the same
// orders of the same scenario, to none.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/analysis/outcome.h"
#include "core/daemon/bugs/catalog.h"
#include "core/scenario/controlled_run.h"
#include "core/scenario/daemon_setup.h"
#include "core/scenario/verdict.h"
#include "core/sync/guard.h"

namespace lockscope::daemon {
namespace {

using analysis::OutcomeKind;
using scenario::ClientScript;
using scenario::Scenario;
using ::testing::Contains;

constexpr int64_t kMs = 1'000'000;
constexpr uint64_t kSeeds = 40;

struct Consequence {
  std::string bug;
  OutcomeKind outcome;
  std::string rule;  // "R1", or "" where none is broken.
  Scenario scenario;
};

void PrintTo(const Consequence& consequence, std::ostream* out) { *out << consequence.bug; }

Scenario Story(scenario::DaemonConfig daemon, std::vector<ClientScript> clients) {
  Scenario story;
  story.title = "A test";
  story.daemon = daemon;
  story.clients = std::move(clients);
  return story;
}

ClientScript Calls(std::string name, std::vector<std::string> calls, bool pipelined = false) {
  return {.name = std::move(name), .calls = std::move(calls), .pipelined = pipelined};
}

Scenario OneWorker() {
  return Story({.workers = 1}, {Calls("alice", {"domain_list", "hostname", "type"}, true), Calls("bob", {"hostname"})});
}

Scenario SlowCall(scenario::DaemonConfig daemon) {
  Scenario story = Story(daemon, {Calls("alice", {"domain_list"}), Calls("bob", {"hostname"})});
  story.driver["domain_list"] = {{.delay_ns = 40 * kMs}};
  story.clients[1].after_ns = 5 * kMs;
  story.patience_ns = 20 * kMs;
  return story;
}

std::vector<Consequence> Consequences() {
  Scenario log = Story({.workers = 3}, {Calls("alice", {"hostname"}), Calls("bob", {"hostname"})});
  log.patience_ns = 3 * kMs;
  Scenario waiting = Story({.workers = 1}, {Calls("alice", {"domain_list"}), Calls("bob", {"hostname"})});
  waiting.driver["domain_list"] = {{.waits_for = "hostname"}};
  waiting.clients[1].after_ns = kMs;  // A call that has come before is not waited for.
  Scenario leaving = Story({.workers = 1}, {Calls("alice", {"domain_list"}), Calls("bob", {"hostname"})});
  leaving.driver["domain_list"] = {{.delay_ns = 5 * kMs}};
  leaving.clients[0].hangs_up_ns = kMs;
  leaving.clients[1].after_ns = 10 * kMs;
  Scenario stolen = Story({.workers = 2}, {Calls("alice", {"hostname", "type"}, true), Calls("bob", {"hostname"})});
  stolen.driver["hostname"] = {{.delay_ns = kMs}};
  const std::vector<std::string> many(8, "hostname");
  Scenario busy =
      Story({.workers = 1}, {Calls("alice", std::vector<std::string>(16, "hostname"), true), Calls("bob", {"type"})});
  busy.driver["hostname"] = {{.delay_ns = 10 * kMs}};
  busy.clients[1].after_ns = 5 * kMs;
  busy.patience_ns = 60 * kMs;  // Five of alice's calls, and no more.
  return {
      {"reply-locks-client-first", OutcomeKind::kDeadlock, "R1", OneWorker()},
      {"callback-under-loop-lock", OutcomeKind::kDeadlock, "R2", OneWorker()},
      {"driver-call-under-locks", OutcomeKind::kDelay, "R3", SlowCall({.workers = 2})},
      {"client-without-server-lock", OutcomeKind::kLostWakeUp, "R1", OneWorker()},
      {"signal-at-shutdown", OutcomeKind::kHang, "", Story({.workers = 3}, {Calls("alice", {"hostname"})})},
      {"wait-without-while", OutcomeKind::kFindings, "R6", stolen},
      {"log-under-client-lock", OutcomeKind::kDelay, "R4", log},
      {"pool-never-grows", OutcomeKind::kDelay, "", SlowCall({.workers = 1, .max_workers = 3})},
      {"waits-for-ever-in-a-call", OutcomeKind::kHang, "R6", waiting},
      {"no-reference", OutcomeKind::kUseAfterFree, "", leaving},
      {"no-throttle", OutcomeKind::kOverrun, "",
       Story({.workers = 1, .max_client_requests = 2}, {Calls("alice", many, true)})},
      {"watch-not-updated", OutcomeKind::kStuckReply, "", OneWorker()},
      {"oldest-client-first", OutcomeKind::kDelay, "", busy},
  };
}

struct Found {
  OutcomeKind outcome;
  std::vector<std::string> rules;
  std::string sentence;
};

Found RunStory(Scenario story, const std::string& bug, uint64_t seed) {
  story.bug = bug;
  story.schedule = scenario::Seed{seed};
  const Result<scenario::ControlledRun> run =
      scenario::RunControlled(story, {.meta = scenario::MetaFor(story, "controlled", "test.json")});
  EXPECT_TRUE(run.has_value());
  const analysis::Timeline timeline(run->trace);
  const analysis::RuleReport rules = analysis::CheckRules(timeline, {});
  const analysis::Outcome outcome = analysis::FindOutcome(timeline, rules);
  return {outcome.kind, scenario::BrokenRules(rules), outcome.sentence};
}

class ConsequenceTest : public ::testing::TestWithParam<Consequence> {
 protected:
  ConsequenceTest() { sync::SetGuardPolicy(sync::GuardPolicy::kRecord); }
  ~ConsequenceTest() override { sync::SetGuardPolicy(sync::GuardPolicy::kAbort); }
};

TEST_P(ConsequenceTest, TheBugComesToItInSomeOrderOfThings) {
  const Consequence& expected = GetParam();
  std::map<std::string_view, int> came;
  uint64_t shown = 0;
  for (uint64_t seed = 1; seed <= kSeeds || (shown == 0 && seed <= 10 * kSeeds); ++seed) {
    const Found found = RunStory(expected.scenario, expected.bug, seed);
    ++came[analysis::OutcomeName(found.outcome)];
    if (found.outcome != expected.outcome) continue;
    if (expected.rule.empty()) {
      EXPECT_THAT(found.rules, ::testing::IsEmpty()) << "seed " << seed;
    } else {
      EXPECT_THAT(found.rules, Contains(expected.rule)) << "seed " << seed << ": " << found.sentence;
    }
    ++shown;
  }
  EXPECT_GT(shown, 0u) << "came instead: " << ::testing::PrintToString(came);
}

TEST_P(ConsequenceTest, TheCorrectDaemonComesToNone) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Found found = RunStory(GetParam().scenario, "none", seed);
    ASSERT_EQ(found.outcome, OutcomeKind::kClean) << "seed " << seed << ": " << found.sentence;
  }
}

INSTANTIATE_TEST_SUITE_P(Bugs, ConsequenceTest, ::testing::ValuesIn(Consequences()), [](const auto& test) {
  std::string name = test.param.bug;
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(ConsequencesTest, EveryBugHasOne) {
  std::set<std::string_view> without;
  for (const Bug& bug : AllBugs()) without.insert(bug.name);
  for (const Consequence& consequence : Consequences())
    EXPECT_EQ(without.erase(consequence.bug), 1u) << consequence.bug;
  EXPECT_THAT(without, ::testing::IsEmpty());
}

}  // namespace
}  // namespace lockscope::daemon
