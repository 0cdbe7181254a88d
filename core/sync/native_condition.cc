#include "core/sync/native_condition.h"

#include <time.h>

#include <climits>
#include <optional>

#include "core/base/clock.h"
#include "core/sync/condition_word.h"
#include "core/sync/futex.h"
#include "core/sync/wake_queue.h"

namespace lockscope::sync {
namespace {

void WakeSome(void* number, int times) { WakeAt(static_cast<uint32_t*>(number), times); }
void WakeAll(void* number, int /*times*/) { WakeAt(static_cast<uint32_t*>(number), INT_MAX); }

}  // namespace

// False: `change` has nothing to say to what the word is.
template <typename Change>
bool NativeCondition::Become(const Change& change) {
  uint64_t word = word_.load(std::memory_order_acquire);
  while (true) {
    const std::optional<ConditionWord> next = change(ConditionWord(word));
    if (!next) return false;
    if (word_.compare_exchange_weak(word, next->value(), std::memory_order_acq_rel)) return true;
  }
}

bool NativeCondition::Wait(NativeMutex& mutex, int64_t timeout_ns) {
  timespec deadline{};
  if (timeout_ns >= 0) deadline = MonotonicAfter(timeout_ns);
  const uint32_t seen = ConditionWord(word_.fetch_add(ConditionWord::kWaiter, std::memory_order_acq_rel)).number();
  mutex.unlock();
  const SleepEnd end = SleepAt(number(), seen, timeout_ns < 0 ? nullptr : &deadline);
  const bool late = end == SleepEnd::kTimeout && Become([seen](ConditionWord word) { return word.AfterLeaving(seen); });
  mutex.lock();
  return !late;
}

// Those who are not asleep yet will not be, as the number is another one; and of those who are, the kernel wakes one.
void NativeCondition::Signal() {
  if (Become([](ConditionWord word) { return word.AfterSignal(); })) WakeQueue::Add(&WakeSome, number());
}

void NativeCondition::Broadcast() {
  if (Become([](ConditionWord word) { return word.AfterBroadcast(); })) WakeQueue::Add(&WakeAll, number());
}

}  // namespace lockscope::sync
