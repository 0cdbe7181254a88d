#include "viewer/model/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/analysis/outcome.h"
#include "core/analysis/phrases.h"

namespace lockscope::viewer {

using analysis::Interval;

namespace {

constexpr double kZoomFactor = 0.7;
constexpr double kPanShare = 0.15;
constexpr size_t kMostPlaces = 100;

}  // namespace

Session::Session(trace::Trace trace)
    : trace_(std::move(trace)),
      timeline_(trace_),
      content_(timeline_),
      story_(analysis::FindStory(timeline_)),
      captions_(trace_),
      time_axis_(Axis::Time(trace_)),
      step_axis_(captions_.empty() ? Axis::Steps(trace_) : Axis::Columns(trace_, captions_.Events())),
      form_(trace_.Meta("mode") == "controlled" ? AxisForm::kSteps : AxisForm::kTime),
      waits_(RankWaits(timeline_)) {
  viewport_.SetLimits(axis());
  Do(Action::kShowStory);
  if (!captions_.empty()) OpenOnWords();
}

// At the first event, with so much of the recording after it as can be read and, if it is not too far, the first words.
void Session::OpenOnWords() {
  constexpr size_t kColumns = 48;
  const size_t first_words = captions_.NextStop(0).value_or(0);
  const size_t columns = std::clamp(first_words + kColumns / 4, kColumns, 2 * kColumns);
  selected_wait_ = -1;
  ShowSteps(0, std::min(columns, trace_.size()));
  GoToStep(0);
}

std::string Session::WindowTitle() const {
  if (trace_.Meta("mode") != "controlled") return Title();
  const analysis::Outcome outcome = analysis::FindOutcome(timeline_, analysis::CheckRules(timeline_));
  return fmt::format("{} – {}", Title(), analysis::OutcomeName(outcome.kind));
}

std::string Session::Title() const {
  const std::string_view title = trace_.Meta("title");
  return title.empty() ? "A recording without a title" : std::string(title);
}

std::string Session::SelectedWaitText() const {
  if (selected_wait_ < 0) return {};
  const size_t rank = static_cast<size_t>(selected_wait_);
  return waits_[rank].steps.Contains(step_) ? RankedWaitText(timeline_, waits_, rank) : std::string();
}

int64_t Session::strong_job() const {
  if (selected_wait_ >= 0 && waits_[static_cast<size_t>(selected_wait_)].is_job) {
    return waits_[static_cast<size_t>(selected_wait_)].index;
  }
  return story_.job;
}

void Session::SetAxis(AxisForm form) {
  if (form == form_) return;
  // What is seen stays seen: the first and the last event in view go to the borders of the new view.
  const size_t from = axis().StepAt(viewport_.from());
  const size_t to = axis().StepAt(viewport_.to());
  form_ = form;
  selection_.reset();
  viewport_.SetLimits(axis());
  ShowSteps(from, to + 1);
  if (later_ns_) {
    GoToTime(step_, *later_ns_);
  } else {
    GoToStep(step_);
  }
}

void Session::MoveTo(double position, size_t step) {
  position_ = position;
  step_ = captions_.EventAt(step);
  later_ns_.reset();
  viewport_.Reveal(position);
}

void Session::GoToStep(size_t step) {
  step = captions_.EventAt(std::min(step, LastEvent()));
  MoveTo(axis().Mid(step), step);
}

void Session::GoToTime(size_t step, int64_t ns) {
  if (form_ == AxisForm::kTime) {
    MoveTo(std::max(axis().Mid(step), static_cast<double>(ns)), step);
  } else {
    GoToStep(step);
  }
  later_ns_ = ns;
}

int64_t Session::now_ns() const {
  if (trace_.empty()) return 0;
  if (later_ns_) return *later_ns_;
  return form_ == AxisForm::kTime ? static_cast<int64_t>(position_) : trace_.TimeNs(step_);
}

std::string Session::StepText() const {
  const std::string text = fmt::format("step {} of {}", step_ + 1, LastEvent() + 1);
  const uint64_t missing = trace_.info().dropped_events;
  return missing == 0 ? text
                      : fmt::format("{}; {} missing from the recording", text, analysis::Counted(missing, "event"));
}

void Session::GoToPosition(double position) {
  const double inside = std::clamp(position, axis().first(), axis().last());
  MoveTo(inside, axis().StepAt(inside));
}

void Session::ShowSteps(size_t from, size_t to) { viewport_.Show(axis().Begin(from), axis().Begin(to), 0.04); }

void Session::ZoomToSteps(const Interval& steps) {
  const double from = axis().Begin(steps.from);
  const double to = axis().Begin(steps.open ? trace_.size() : steps.to);
  viewport_.Show(from, to, 0.25);
}

void Session::ZoomAroundCursor(double factor) {
  const bool seen = viewport_.Sees(position_, position_);
  viewport_.ZoomAroundPosition(seen ? position_ : (viewport_.from() + viewport_.to()) / 2, factor);
}

void Session::SelectWait(int rank) {
  if (waits_.empty()) return;
  const int count = static_cast<int>(waits_.size());
  selected_wait_ = (rank % count + count) % count;
  const Interval& steps = waits_[static_cast<size_t>(selected_wait_)].steps;
  // A wait is read at its end: after its last event inside, when as much time has passed as ever does.
  const size_t end = steps.open ? trace_.size() : steps.to;
  const size_t last_inside = std::max<size_t>(steps.from, end - 1);
  if (!viewport_.Sees(axis().Begin(steps.from), axis().Begin(steps.from)) ||
      !viewport_.Sees(axis().Begin(end), axis().Begin(end)) ||
      (axis().Begin(end) - axis().Begin(steps.from)) * viewport_.PixelsPerUnit() < 20) {
    viewport_.Show(axis().Begin(steps.from), axis().Begin(end), 1.0);
  }
  const int64_t end_ns = end < trace_.size() ? trace_.TimeNs(end) : trace_.end_ns();
  GoToTime(last_inside, std::max(trace_.TimeNs(last_inside), end_ns));
}

void Session::ToHolder() {
  // The thread of the event at the cursor if it is blocked, else the first that is.
  const auto sentences = analysis::SentencesAt(timeline_, step_, now_ns());
  const analysis::Sentence* chosen = nullptr;
  for (const analysis::Sentence& sentence : sentences) {
    if (sentence.about != analysis::Sentence::About::kBlockedThread) continue;
    if (chosen == nullptr || sentence.thread == trace_.thread(step_)) chosen = &sentence;
    if (chosen->thread == trace_.thread(step_)) break;
  }
  if (chosen == nullptr) return;
  const int32_t hold = timeline_.HolderAt(chosen->lock, step_);
  if (hold < 0) return;
  if (came_from_.size() == kMostPlaces) came_from_.erase(came_from_.begin());
  came_from_.push_back(step_);
  GoToStep(timeline_.holds()[static_cast<size_t>(hold)].from);
}

void Session::GrowSelection(int columns) {
  const double from = selection_ ? selection_->first : axis().Begin(step_);
  const size_t at = axis().StepAt(selection_ ? selection_->second : axis().Begin(step_));
  const bool earliest = at == 0 && columns < 0;
  const size_t next = earliest ? 0 : std::min(at + static_cast<size_t>(columns), trace_.size());
  Select(from, axis().Begin(next));
  viewport_.Reveal(selection_->second);
}

bool Session::Do(Action action) {
  switch (action) {
    case Action::kPlayPause:
      if (playback_.playing()) {
        playback_.Pause();
      } else {
        if (step_ >= LastEvent()) GoToPosition(axis().first());  // At the end: once more from the beginning.
        playback_.Play();
      }
      return true;
    case Action::kPreviousEvent:
      playback_.Pause();
      // Between two events the previous one is the one that the step already names.
      GoToStep(position_ > axis().Mid(step_) || step_ == 0 ? step_ : step_ - 1);
      return true;
    case Action::kNextEvent:
      playback_.Pause();
      GoToStep(captions_.EventAfter(step_));
      return true;
    case Action::kNextWords:
    case Action::kPreviousWords: {
      const bool next = action == Action::kNextWords;
      playback_.Pause();
      if (const auto stop = next ? captions_.NextStop(step_) : captions_.PreviousStop(step_)) GoToStep(*stop);
      return true;
    }
    case Action::kShowAnswer:
      if (QuestionIsOpen()) captions_.Reveal(static_cast<size_t>(captions_.QuestionAt(step_)));
      return true;
    case Action::kSlower:
      playback_.Slower();
      return true;
    case Action::kFaster:
      playback_.Faster();
      return true;
    case Action::kSwitchAxis:
      SetAxis(form_ == AxisForm::kTime ? AxisForm::kSteps : AxisForm::kTime);
      return true;
    case Action::kZoomIn:
      ZoomAroundCursor(kZoomFactor);
      return true;
    case Action::kZoomOut:
      ZoomAroundCursor(1 / kZoomFactor);
      return true;
    case Action::kPanLeft:
      viewport_.PanShare(-kPanShare);
      return true;
    case Action::kPanRight:
      viewport_.PanShare(kPanShare);
      return true;
    case Action::kZoomToItem:
      if (selection_ && selection_->first != selection_->second) {
        const auto [from, to] = std::minmax(selection_->first, selection_->second);
        viewport_.Show(from, to);
        selection_.reset();
      } else if (selected_wait_ >= 0) {
        ZoomToSteps(waits_[static_cast<size_t>(selected_wait_)].steps);
      } else {
        viewport_.Show(position_ - viewport_.span() / 8, position_ + viewport_.span() / 8, 0);
      }
      return true;
    case Action::kShowStory:
      ShowSteps(story_.from_step, story_.to_step + 1);
      GoToTime(story_.cursor, story_.cursor_ns);
      selected_wait_ = -1;
      for (size_t i = 0; story_.wait && i < waits_.size(); ++i) {
        if (waits_[i].is_job == story_.wait->is_job && waits_[i].index == story_.wait->index) {
          selected_wait_ = static_cast<int>(i);
        }
      }
      return true;
    case Action::kShowWhole:
      viewport_.ShowAll();
      return true;
    case Action::kSelectLeft:
      GrowSelection(-1);
      return true;
    case Action::kSelectRight:
      GrowSelection(1);
      return true;
    case Action::kNextWait:
      SelectWait(selected_wait_ + 1);
      return true;
    case Action::kPreviousWait:
      SelectWait(selected_wait_ < 0 ? -1 : selected_wait_ - 1);
      return true;
    case Action::kToHolder:
      ToHolder();
      return true;
    case Action::kBack:
      if (!came_from_.empty()) {
        GoToStep(came_from_.back());
        came_from_.pop_back();
      }
      return true;
    case Action::kFoldClients:
      clients_unfolded_ = !clients_unfolded_;
      return true;
    case Action::kHelp:
      help_shown_ = !help_shown_;
      return true;
    case Action::kCloseHelp:
      help_shown_ = false;
      return true;
    case Action::kLanesUp:
    case Action::kLanesDown:
    case Action::kSwitchTheme:
    case Action::kLargerText:
    case Action::kSmallerText:
      return false;
  }
  return false;
}

void Session::Advance(double seconds) {
  if (!playback_.playing()) return;
  const double next = playback_.Advance(position_, seconds, axis(), viewport_.span());
  const size_t step = axis().StepAt(next);
  if (const std::optional<size_t> question = captions_.OpenBetween(step_, step)) {
    playback_.Pause();
    GoToStep(*question);
    return;
  }
  MoveTo(next, step);
}

}  // namespace lockscope::viewer
