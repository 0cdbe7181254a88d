// Captions: what a scenario says and asks on the way, by the events that its words are bound to.
//
// In a recording the words stand directly behind their event, in the same thread's log, as events of their own. To a
// viewer these are no events: they take no column, and the cursor never stands on them; their words belong to the event
// before them. A question's answer is hidden until it is asked for, and stays shown from then on.
// One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/trace/trace.h"

namespace lockscope::viewer {

class Captions {
 public:
  struct Caption {
    size_t step = 0;        // Of the event that it is bound to.
    std::string_view text;  // As long as the trace lives.
  };
  struct Question {
    size_t step = 0;
    std::string_view text;
    std::string_view answer;  // Look at it only where `revealed`.
    bool revealed = false;
  };

  // `trace` must outlive it. O(events).
  explicit Captions(const trace::Trace& trace);

  bool empty() const { return captions_.empty() && questions_.empty(); }
  std::span<const Caption> captions() const { return captions_; }     // In order of their steps,
  std::span<const Question> questions() const { return questions_; }  // these, too.

  // Index of the caption in force at a step: the last one bound to it or to an event before it; -1 before the first.
  int CaptionAt(size_t step) const;
  // Index of the question bound to exactly this event, or -1; the last one, if there are several.
  int QuestionAt(size_t step) const;
  // True while the question at this event has not been answered: then nothing else may give the answer away.
  bool OpenAt(size_t step) const;
  void Reveal(size_t question) { questions_[question].revealed = true; }
  // The first unanswered question after one step, up to another one.
  std::optional<size_t> OpenBetween(size_t after, size_t up_to) const;

  // The event with words of its own that is next to a step, or nothing.
  std::optional<size_t> NextStop(size_t step) const;
  std::optional<size_t> PreviousStop(size_t step) const;

  // Steps without those of words. An event at or before a step, one after it; at the ends the nearest there is.
  bool IsWords(size_t step) const;
  size_t EventAt(size_t step) const;
  size_t EventAfter(size_t step) const;
  std::vector<uint32_t> Events() const;

 private:
  size_t step_count_ = 0;
  std::vector<Caption> captions_;
  std::vector<Question> questions_;
  std::vector<uint32_t> words_;  // Steps of the words' own events, in order.
};

}  // namespace lockscope::viewer
