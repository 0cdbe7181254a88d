// Session: one recording being looked at. The place of the cursor, what is seen, what is selected, whether it plays,
// and what each action does to them. It knows no window: the panels ask it, and hand it actions.
//
// The cursor stands on a position of the axis; the step of a position is the last event at or before it, and all that
// is said about "now" is said at that step. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/analysis/explain.h"
#include "core/analysis/timeline.h"
#include "core/trace/trace.h"
#include "viewer/model/actions.h"
#include "viewer/model/captions.h"
#include "viewer/model/lanes.h"
#include "viewer/model/playback.h"
#include "viewer/model/ranked_waits.h"
#include "viewer/model/viewport.h"

namespace lockscope::viewer {

class Session {
 public:
  // Opens on the story; a recording with a scenario's words, whose lecturer steps through it, on its beginning. A
  // controlled recording opens in steps, any other in time.
  explicit Session(trace::Trace trace);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const trace::Trace& trace() const { return trace_; }
  const analysis::Timeline& timeline() const { return timeline_; }
  const LaneContent& content() const { return content_; }
  const analysis::Story& story() const { return story_; }
  std::string Title() const;
  // For the window: the title and, of a controlled run, what became of it: "Reply … – deadlock".
  std::string WindowTitle() const;

  const Axis& axis() const { return form_ == AxisForm::kTime ? time_axis_ : step_axis_; }
  Viewport& viewport() { return viewport_; }
  const Viewport& viewport() const { return viewport_; }
  const Playback& playback() const { return playback_; }
  Playback& playback() { return playback_; }

  size_t step() const { return step_; }
  // The time at the cursor, since the recording's zero: between two events it is later than the step's.
  int64_t now_ns() const;
  // "step 144 of 357": for people, steps count from 1. Where events are missing from the recording, it says how many.
  std::string StepText() const;
  double position() const { return position_; }
  std::optional<std::pair<double, double>> selection() const { return selection_; }
  void Select(double from, double to) { selection_ = {from, to}; }
  void ClearSelection() { selection_.reset(); }

  // A scenario's words. While the question at the cursor is open, nothing may be said about now.
  const Captions& captions() const { return captions_; }
  bool QuestionIsOpen() const { return captions_.OpenAt(step_); }

  // Waits by length, the longest first; which one is selected, or -1.
  const std::vector<RankedWait>& waits() const { return waits_; }
  int selected_wait() const { return selected_wait_; }
  // The wait in words, where one is selected and the cursor is still in it.
  std::string SelectedWaitText() const;
  int64_t strong_job() const;

  bool clients_unfolded() const { return clients_unfolded_; }
  bool help_shown() const { return help_shown_; }

  // Things that an action cannot name.
  void SetAxis(AxisForm form);
  void GoToStep(size_t step);  // The cursor stands on that event; the view follows if it must.
  void GoToPosition(double position);
  void GoToTime(size_t step, int64_t ns);  // Of that step, but later, before the next one.
  void ShowSteps(size_t from, size_t to);
  void SelectWait(int rank);  // An index into waits().
  void ZoomToSteps(const analysis::Interval& steps);
  void ZoomAroundCursor(double factor);

  // False: an action that is not the session's (theme, text size, scrolling lanes).
  bool Do(Action action);
  // While it plays: `seconds` have passed. Playing ends at a question that has not been answered yet.
  void Advance(double seconds);

 private:
  void MoveTo(double position, size_t step);
  void OpenOnWords();
  size_t LastEvent() const { return analysis::LastEvent(trace_); }
  void ToHolder();
  void GrowSelection(int columns);

  trace::Trace trace_;
  analysis::Timeline timeline_;
  LaneContent content_;
  analysis::Story story_;
  Captions captions_;
  Axis time_axis_;
  Axis step_axis_;
  AxisForm form_ = AxisForm::kTime;
  Viewport viewport_;
  Playback playback_;
  size_t step_ = 0;
  double position_ = 0;
  std::optional<int64_t> later_ns_;  // In the form steps, where the cursor stands at the end of its column's time.
  std::optional<std::pair<double, double>> selection_;
  std::vector<RankedWait> waits_;
  int selected_wait_ = -1;
  std::vector<size_t> came_from_;  // For "back", at most the last hundred.
  bool clients_unfolded_ = false;
  bool help_shown_ = false;
};

}  // namespace lockscope::viewer
