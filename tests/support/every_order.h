// EveryOrder: a strategy that takes, run after run, every order of a run's steps in which at most so many of them interrupt
// a thread that could have gone on. The code that runs must do the same whenever the answers are the same.
//
// Few interruptions are enough to find most bugs, and with a bound the number of orders grows as a power of the steps, and
// not exponentially (Musuvathi and Qadeer: Iterative context bounding for systematic testing, 2007).
//
//   EveryOrder orders(2);
//   do {
//     …run with it…
//   } while (orders.Next());
#pragma once

#include <limits>
#include <vector>

#include "core/sched/strategy.h"

namespace lockscope::testing {

class EveryOrder final : public sched::Strategy {
 public:
  static constexpr int kUnlimited = std::numeric_limits<int>::max();

  explicit EveryOrder(int max_interruptions) : max_interruptions_(max_interruptions) {}

  uint32_t Choose(const sched::Question& question) override;
  // After a run. False: there was no other order.
  bool Next();

 private:
  static constexpr uint32_t kNobody = std::numeric_limits<uint32_t>::max();

  struct Answer {
    uint32_t choice = 0;
    uint32_t options = 0;
    uint32_t going_on = kNobody;  // The option that interrupts nobody; kNobody: the thread that ran cannot go on.
    bool interrupts() const { return going_on != kNobody && choice != going_on; }
  };
  // The next choice there: first whoever ran, then the others in order. False: there is no other, or none is allowed.
  bool TryAnother(Answer& answer) const;

  const int max_interruptions_;
  std::vector<Answer> answers_;  // Of this run: those up to next_, and what is to be answered from there on.
  size_t next_ = 0;
  int interruptions_ = 0;  // Of answers_ as a whole.
};

}  // namespace lockscope::testing
