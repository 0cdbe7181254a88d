// The rules R1 to R8 of the classic model, checked on a trace.
//
// A rule is always shown with its number and its name. What a rule needs to be checked (a thread's role, the class of a
// lock) is taken from the trace; where the trace does not have it the rule is "not checked", never "kept". Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/analysis/timeline.h"

namespace lockscope::analysis {

struct RuleInfo {
  int number;             // 1 … 8.
  std::string_view name;  // "server-before-client".
  std::string_view text;  // One line: what the rule says.
  std::string_view mend;  // One line: how to mend a breach.
};
std::span<const RuleInfo> AllRules();

// Not one of the model's: the order that another program gives its own classes of locks. It is in a report of a recording
// that has such classes.
inline constexpr int kOwnLockOrder = 0;
std::string RuleTitle(int rule);      // "R1 server-before-client", "lock order".
std::string_view RuleMend(int rule);  // How to mend a breach.

struct Finding {
  int rule = kOwnLockOrder;
  size_t step = 0;  // The event that breaks it.
  ObjectId thread = kNoObject;
  std::string where;      // "core/daemon/reply.cc:40".
  std::string text;       // One sentence: who did what, holding what taken where.
  bool advisory = false;  // R4: never a failing verdict.
};

enum class Verdict : uint8_t { kKept, kBroken, kAdvised, kNotChecked };
struct RuleVerdict {
  int rule = 0;
  Verdict verdict = Verdict::kNotChecked;
  std::string why_not;   // For kNotChecked: what the trace lacks.
  uint64_t checked = 0;  // How many events the rule was held against; kept with 0 of them is kNotChecked.
};

struct RuleReport {
  std::vector<RuleVerdict> verdicts;  // One a rule, in order of numbers; then that of kOwnLockOrder, if any.
  std::vector<Finding> findings;      // In order of steps.
};
struct RuleOptions {
  int64_t hold_budget_ns = 1'000'000;  // R4.
};
RuleReport CheckRules(const Timeline& timeline, const RuleOptions& options = {});

// The lock order that was seen: lock class b was acquired while a was held, so often, first at that step.
struct OrderEdge {
  std::string held_class;
  std::string wanted_class;
  uint64_t count = 0;
  size_t first_step = 0;
};
std::vector<OrderEdge> LockOrderSeen(const Timeline& timeline);
// Classes on a circle of the edges, in its order ("server", "client"); empty without one.
std::vector<std::string> FindOrderCycle(std::span<const OrderEdge> edges);

}  // namespace lockscope::analysis
