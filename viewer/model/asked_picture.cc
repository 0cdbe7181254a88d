// The picture that somebody asked for: its cursor at an event, or of a part of the recording. The picture that the
// recording has of its own is kept as far as it shows that; else it becomes one of the moment.
#include <fmt/format.h>

#include <algorithm>

#include "core/analysis/explain.h"
#include "viewer/model/picture_composer.h"

namespace lockscope::viewer {
namespace {

constexpr size_t kColumnsBefore = 14;  // The cursor's included.
constexpr size_t kColumnsAfter = 8;

class Asked {
 public:
  Asked(const LaneContent& content, const std::optional<Picture>& own, const PictureWish& wish)
      : timeline_(content.timeline()),
        trace_(timeline_.trace()),
        own_(own),
        is_part_(wish.from || wish.to),
        from_(wish.from.value_or(0)),
        to_(wish.to.value_or(analysis::LastEvent(trace_))),
        cursor_(wish.cursor.value_or(ChooseCursor())),
        composer_(content, cursor_) {}

  Picture Run(bool keep) {
    Picture& picture = composer_.picture();
    const bool kept = own_ && (keep || Shows(*own_));
    if (kept) {
      picture = *own_;
      if (is_part_) picture.columns.clear();
    } else {
      picture.title = fmt::format("Step {}: {}", cursor_ + 1, analysis::DescribeEvent(trace_, cursor_));
      composer_.AddThread(trace_.thread(cursor_));
      composer_.AddBlockedThreads();
      composer_.AddThreadsNear(cursor_, from_, to_, is_part_ ? PictureComposer::kMostThreads : 2);
      composer_.AddLocksOf(cursor_);
    }
    picture.exact = cursor_ != (own_ ? own_->cursor : 0) || !kept;
    picture.cursor = cursor_;
    ChooseColumns(kept);
    return std::move(picture);
  }

 private:
  bool IsAsked(size_t step) const { return step >= from_ && step <= to_; }

  // The decisive event, if it is in the part; else where the longest wait for a lock in it begins; else its last event.
  size_t ChooseCursor() const {
    if (own_ && IsAsked(own_->cursor)) return own_->cursor;
    size_t chosen = to_;
    int64_t longest = -1;
    for (const analysis::LockWait& wait : timeline_.waits()) {
      if (!IsAsked(wait.from) || timeline_.LengthNs(wait) <= longest) continue;
      chosen = wait.from;
      longest = timeline_.LengthNs(wait);
    }
    return chosen;
  }

  // What came of a run for good stands from its decisive event on. Of a call all is shown while nobody else is in it.
  bool Shows(const Picture& own) const {
    if (cursor_ == own.cursor) return true;
    if (own.for_good) return cursor_ > own.cursor;
    if (own.job < 0 || cursor_ < own.columns.front() || cursor_ > own.columns.back()) return false;
    const auto has_lane = [&](ObjectId thread) {
      return std::find(own.lanes.begin(), own.lanes.end(), thread) != own.lanes.end();
    };
    for (const analysis::Sentence& sentence : analysis::SentencesAt(timeline_, cursor_)) {
      if (sentence.about == analysis::Sentence::About::kBlockedThread && !has_lane(sentence.thread)) return false;
    }
    return has_lane(trace_.thread(cursor_));
  }

  void ChooseColumns(bool kept) {
    Picture& picture = composer_.picture();
    if (is_part_) {
      composer_.AddColumns(from_, to_);
      composer_.AddColumn(cursor_);
    } else if (kept) {
      composer_.AddColumn(cursor_);
    } else {
      composer_.AddColumnsBefore(cursor_, kColumnsBefore);
      composer_.AddColumnsAfter(cursor_, kColumnsAfter);
    }
    const analysis::Interval bright = picture.bright;
    composer_.Finish();
    picture.bright.to = static_cast<uint32_t>(picture.for_good ? trace_.size() : cursor_ + 1);
    if (kept && (own_->for_good || cursor_ == own_->cursor)) picture.bright = bright;
    if (to_ < analysis::LastEvent(trace_)) picture.tail = 0;
  }

  const analysis::Timeline& timeline_;
  const trace::Trace& trace_;
  const std::optional<Picture>& own_;
  bool is_part_;
  size_t from_;
  size_t to_;
  size_t cursor_;
  PictureComposer composer_;
};

}  // namespace

Picture ComposeAsked(const LaneContent& content, const std::optional<Picture>& own, bool keep,
                     const PictureWish& wish) {
  return Asked(content, own, wish).Run(keep);
}

}  // namespace lockscope::viewer
