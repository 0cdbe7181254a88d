// Every order in which threads can wait at a NativeCondition, leave it, signal and broadcast, step by step: a step is what
// the real one does at once, with the functions that it does it with. The kernel's part (who sleeps where, who is woken) is
// a model.
#include "core/sync/condition_word.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <compare>
#include <functional>
#include <set>
#include <vector>

namespace lockscope::sync {
namespace {

enum class Role : uint8_t { kWaiter, kHastyWaiter, kSignaller, kBroadcaster };
enum class At : uint8_t {
  kBegin,
  kCounted,  // A waiter: about to sleep, if the number is still what it saw.
  kAsleep,
  kLate,   // Its time has passed: about to leave.
  kSent,   // A signaller: about to ask the kernel to wake.
  kWoken,  // Back from the wait because of a signal, or for no reason; a signaller: done.
  kLeft,   // Back because its time has passed.
};

struct Actor {
  Role role = Role::kWaiter;
  At at = At::kBegin;
  uint32_t seen = 0;
  auto operator<=>(const Actor&) const = default;
};

struct State {
  uint64_t word = 0;
  std::vector<Actor> actors;
  std::vector<size_t> asleep;  // In order of arrival.
  auto operator<=>(const State&) const = default;

  ConditionWord condition() const { return ConditionWord(word); }
  size_t CountAt(At at) const {
    return static_cast<size_t>(std::ranges::count_if(
        actors, [at](const Actor& actor) { return actor.role <= Role::kHastyWaiter && actor.at == at; }));
  }
};

void WakeFirst(State& state) {
  if (state.asleep.empty()) return;
  state.actors[state.asleep.front()].at = At::kWoken;
  state.asleep.erase(state.asleep.begin());
}

// What the state can become by one step of one actor. A broken rule can be planted: `leaves` is how who is late leaves.
using Leave = std::function<std::optional<ConditionWord>(ConditionWord, uint32_t seen)>;
std::vector<State> Next(const State& state, const Leave& leaves) {
  std::vector<State> next;
  for (size_t i = 0; i < state.actors.size(); ++i) {
    State then = state;
    Actor& actor = then.actors[i];
    switch (actor.at) {
      case At::kBegin: {
        if (actor.role <= Role::kHastyWaiter) {
          actor.seen = state.condition().number();
          then.word += ConditionWord::kWaiter;
          actor.at = At::kCounted;
          break;
        }
        const auto word =
            actor.role == Role::kSignaller ? state.condition().AfterSignal() : state.condition().AfterBroadcast();
        actor.at = word ? At::kSent : At::kWoken;
        if (word) then.word = word->value();
        break;
      }
      case At::kCounted:
        if (state.condition().number() == actor.seen) {
          actor.at = At::kAsleep;
          then.asleep.push_back(i);
        } else {
          actor.at = At::kWoken;
        }
        break;
      case At::kAsleep:
        if (actor.role != Role::kHastyWaiter) continue;
        actor.at = At::kLate;
        std::erase(then.asleep, i);
        break;
      case At::kLate: {
        const auto word = leaves(state.condition(), actor.seen);
        actor.at = word ? At::kLeft : At::kWoken;
        if (word) then.word = word->value();
        break;
      }
      case At::kSent: {
        actor.at = At::kWoken;
        const bool all = actor.role == Role::kBroadcaster;
        do {
          WakeFirst(then);
        } while (all && !then.asleep.empty());
        break;
      }
      case At::kWoken:
      case At::kLeft:
        continue;
    }
    next.push_back(std::move(then));
  }
  return next;
}

// The states that can be reached, and how many broke the promise: in whatever state it is, once what was begun is done (no
// new waiter, no new signal), all who then sleep are counted, so that as many signals would wake them all.
struct Found {
  size_t states = 0;
  size_t uncounted = 0;
};

Found Explore(const std::vector<Role>& roles, const Leave& leaves) {
  State first;
  for (const Role role : roles) first.actors.push_back({role, At::kBegin, 0});
  std::set<State> seen{first};
  std::vector<State> left{first};
  Found found;
  while (!left.empty()) {
    const State state = std::move(left.back());
    left.pop_back();
    ++found.states;
    const bool at_rest = std::ranges::all_of(state.actors, [](const Actor& actor) {
      return actor.at == At::kBegin || actor.at == At::kAsleep || actor.at == At::kWoken || actor.at == At::kLeft;
    });
    if (at_rest && state.condition().waiters() < state.asleep.size()) ++found.uncounted;
    for (State& next : Next(state, leaves)) {
      if (seen.insert(next).second) left.push_back(std::move(next));
    }
  }
  return found;
}

std::optional<ConditionWord> Properly(ConditionWord word, uint32_t seen) { return word.AfterLeaving(seen); }

constexpr Role kW = Role::kWaiter;
constexpr Role kH = Role::kHastyWaiter;
constexpr Role kS = Role::kSignaller;
constexpr Role kB = Role::kBroadcaster;

TEST(ConditionWordTest, WhoSleepsIsCountedInWhateverOrderThingsHappen) {
  const std::vector<std::vector<Role>> casts = {
      {kW, kS},         {kW, kW, kS, kS},     {kW, kH, kS},         {kH, kH, kS, kS},     {kW, kW, kH, kS, kS},
      {kW, kH, kH, kS}, {kW, kW, kW, kS, kS}, {kW, kW, kH, kB, kS}, {kH, kH, kH, kS, kB}, {kW, kH, kH, kS, kS, kS}};
  for (const auto& roles : casts) {
    const Found found = Explore(roles, Properly);
    EXPECT_GT(found.states, 5u);
    EXPECT_EQ(found.uncounted, 0u) << "of " << found.states << " states";
  }
}

// Who is late and takes himself out of the count whatever was signalled meanwhile takes somebody else out of it.
TEST(ConditionWordTest, AWaiterThatLeftWithoutLookingWouldLeaveASleeperUncounted) {
  const auto blindly = [](ConditionWord word, uint32_t /*seen*/) -> std::optional<ConditionWord> {
    return word.waiters() == 0 ? word : ConditionWord(word.value() - ConditionWord::kWaiter);
  };
  EXPECT_GT(Explore({kW, kH, kH, kS}, blindly).uncounted, 0u);
}

// Each signal that is sent when somebody waits ends a wait: where nobody's time passes, so many are back when all is done.
TEST(ConditionWordTest, EachSignalThatFindsAWaiterEndsAWait) {
  State first;
  for (const Role role : {kW, kW, kW, kS, kS}) first.actors.push_back({role, At::kBegin, 0});
  std::set<State> seen{first};
  std::vector<State> left{first};
  size_t ends = 0;
  while (!left.empty()) {
    const State state = std::move(left.back());
    left.pop_back();
    const std::vector<State> next = Next(state, Properly);
    if (next.empty()) {
      ++ends;
      const uint32_t sent = state.condition().number();  // As each signal that found somebody has changed it.
      EXPECT_GE(state.CountAt(At::kWoken), sent);
    }
    for (const State& then : next) {
      if (seen.insert(then).second) left.push_back(then);
    }
  }
  EXPECT_GT(ends, 3u);
}

TEST(ConditionWordTest, TheNumberWrapsWithoutTouchingTheCount) {
  const ConditionWord word(uint64_t{2} << 32 | 0xffffffff);
  EXPECT_EQ(word.AfterSignal(), ConditionWord(uint64_t{1} << 32));
  EXPECT_EQ(word.AfterBroadcast(), ConditionWord(0));
  EXPECT_EQ(ConditionWord(7).AfterSignal(), std::nullopt) << "nobody waits";
}

}  // namespace
}  // namespace lockscope::sync
