#include "tests/support/every_order.h"

#include "core/base/check.h"

namespace lockscope::testing {

using sched::Option;

uint32_t EveryOrder::Choose(const sched::Question& question) {
  const auto options = static_cast<uint32_t>(question.options.size());
  if (next_ == answers_.size()) {
    Answer answer{.options = options};
    for (uint32_t i = 0; i < options; ++i) {
      const Option& option = question.options[i];
      if (option.kind == Option::Kind::kRun && option.thread == question.running) answer.going_on = i;
    }
    if (answer.going_on != kNobody) answer.choice = answer.going_on;
    answers_.push_back(answer);
  }
  const Answer& answer = answers_[next_++];
  LS_CHECK(answer.options == options, "the run is not the same again: question {} had {} options and has {}", next_,
           answer.options, options);
  return answer.choice;
}

bool EveryOrder::Next() {
  while (!answers_.empty()) {
    Answer& last = answers_.back();
    if (last.interrupts()) --interruptions_;
    if (TryAnother(last)) {
      if (last.interrupts()) ++interruptions_;
      next_ = 0;
      return true;
    }
    answers_.pop_back();
  }
  return false;
}

bool EveryOrder::TryAnother(Answer& answer) const {
  uint32_t choice = answer.choice == answer.going_on ? 0 : answer.choice + 1;
  if (choice == answer.going_on) ++choice;
  if (choice >= answer.options) return false;
  if (answer.going_on != kNobody && interruptions_ == max_interruptions_) return false;
  answer.choice = choice;
  return true;
}

}  // namespace lockscope::testing
