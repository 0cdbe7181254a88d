// The word that NativeCondition keeps, and what becomes of it: how many wait that no signal has been sent for, and a number
// that each signal changes. Pure functions, so that a test can try every order of steps with them
// (tests/core/sync/condition_word_test.cc).
#pragma once

#include <cstdint>
#include <optional>

namespace lockscope::sync {

class ConditionWord {
 public:
  constexpr explicit ConditionWord(uint64_t value = 0) : value_(value) {}

  constexpr uint64_t value() const { return value_; }
  constexpr uint32_t waiters() const { return static_cast<uint32_t>(value_ >> 32); }
  constexpr uint32_t number() const { return static_cast<uint32_t>(value_); }

  static constexpr uint64_t kWaiter = uint64_t{1} << 32;  // Added by who begins to wait.
  // One of those who wait has a signal now; nothing where nobody waits without one.
  constexpr std::optional<ConditionWord> AfterSignal() const {
    if (waiters() == 0) return std::nullopt;
    return Of(waiters() - 1, number() + 1);
  }
  constexpr std::optional<ConditionWord> AfterBroadcast() const {
    if (waiters() == 0) return std::nullopt;
    return Of(0, number() + 1);
  }
  // Somebody leaves, who saw the number `seen` when he was counted, because his time has passed: he is counted still, unless
  // there was a signal since. Then it may have been his: nothing.
  constexpr std::optional<ConditionWord> AfterLeaving(uint32_t seen) const {
    if (number() != seen) return std::nullopt;
    return Of(waiters() - 1, number());
  }

  friend constexpr bool operator==(const ConditionWord&, const ConditionWord&) = default;

 private:
  static constexpr ConditionWord Of(uint32_t waiters, uint32_t number) {
    return ConditionWord(uint64_t{waiters} << 32 | number);
  }

  uint64_t value_;
};

}  // namespace lockscope::sync
