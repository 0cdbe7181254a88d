#include "viewer/model/captions.h"

#include <algorithm>

namespace lockscope::viewer {

using trace::Event;
using trace::EventKind;

namespace {

constexpr auto kStepBefore = [](size_t step, const auto& words) { return step < words.step; };

}  // namespace

Captions::Captions(const trace::Trace& trace) : step_count_(trace.size()) {
  for (uint32_t step = 0; step < trace.size(); ++step) {
    if (trace::IsWords(trace.event(step).kind())) words_.push_back(step);
  }
  for (const uint32_t step : words_) {
    // What they are bound to: the event before them in the thread's own log; without one, what stands there otherwise.
    const std::span<const uint32_t> log = trace.StepsOf(trace.ThreadIndex(step));
    auto at = std::lower_bound(log.begin(), log.end(), step);
    while (at != log.begin() && trace::IsWords(trace.event(*at).kind())) --at;
    const size_t bound_to = at != log.end() && !trace::IsWords(trace.event(*at).kind()) ? *at : EventAt(step);
    const Event& event = trace.event(step);
    if (event.kind() == EventKind::kCaptionShown) {
      captions_.push_back({bound_to, trace.Name(event.object())});
    } else {
      questions_.push_back({bound_to, trace.Name(event.object()), trace.Name(event.arg()), false});
    }
  }
  const auto by_step = [](const auto& a, const auto& b) { return a.step < b.step; };
  std::stable_sort(captions_.begin(), captions_.end(), by_step);
  std::stable_sort(questions_.begin(), questions_.end(), by_step);
}

int Captions::CaptionAt(size_t step) const {
  const auto after = std::upper_bound(captions_.begin(), captions_.end(), step, kStepBefore);
  return static_cast<int>(after - captions_.begin()) - 1;
}

int Captions::QuestionAt(size_t step) const {
  const auto after = std::upper_bound(questions_.begin(), questions_.end(), step, kStepBefore);
  const bool found = after != questions_.begin() && (after - 1)->step == step;
  return found ? static_cast<int>(after - questions_.begin()) - 1 : -1;
}

bool Captions::OpenAt(size_t step) const {
  const int question = QuestionAt(step);
  return question >= 0 && !questions_[static_cast<size_t>(question)].revealed;
}

std::optional<size_t> Captions::OpenBetween(size_t after, size_t up_to) const {
  for (const Question& question : questions_) {
    if (question.step > after && question.step <= up_to && !question.revealed) return question.step;
  }
  return std::nullopt;
}

std::optional<size_t> Captions::NextStop(size_t step) const {
  std::optional<size_t> next;
  const auto consider = [&](const auto& words) {
    const auto after = std::upper_bound(words.begin(), words.end(), step, kStepBefore);
    if (after != words.end() && (!next || after->step < *next)) next = after->step;
  };
  consider(captions_);
  consider(questions_);
  return next;
}

std::optional<size_t> Captions::PreviousStop(size_t step) const {
  std::optional<size_t> previous;
  const auto consider = [&](const auto& words) {
    const auto at = std::partition_point(words.begin(), words.end(), [&](const auto& w) { return w.step < step; });
    if (at != words.begin() && (!previous || (at - 1)->step > *previous)) previous = (at - 1)->step;
  };
  consider(captions_);
  consider(questions_);
  return previous;
}

bool Captions::IsWords(size_t step) const { return std::binary_search(words_.begin(), words_.end(), step); }

size_t Captions::EventAt(size_t step) const {
  size_t at = step;
  while (at > 0 && IsWords(at)) --at;
  return IsWords(at) ? EventAfter(step) : at;
}

size_t Captions::EventAfter(size_t step) const {
  size_t at = step + 1;
  while (at < step_count_ && IsWords(at)) ++at;
  return at < step_count_ ? at : step;
}

std::vector<uint32_t> Captions::Events() const {
  std::vector<uint32_t> events;
  events.reserve(step_count_ - words_.size());
  auto next = words_.begin();
  for (uint32_t step = 0; step < step_count_; ++step) {
    if (next != words_.end() && *next == step) {
      ++next;
    } else {
      events.push_back(step);
    }
  }
  return events;
}

}  // namespace lockscope::viewer
