// Metrics: the sizes of what is drawn in the timeline, in pixels. They go from dense to roomy, so that the lanes fill
// the height they have. Plain values; any thread.
#pragma once

namespace lockscope::viewer {

struct Metrics {
  float scale = 1;
  float gutter = 176;  // The column of lane names.
  float ruler = 28;
  float legend = 22;    // The line that says what the marks mean.
  float activity = 17;  // A thread's bar.
  float hold = 3;       // One lock that it holds, under it.
  float lock_bar = 13;  // A lock's holder.
  float waiter = 5;     // One waiter, or one call in dx, under it.
  float gap = 6;        // Between lanes.
  float between = 1;    // Between the rows of a lane.
  float heading = 18;   // A heading over a group of lanes.
  float folded = 18;    // The one line that stands for the client programs.
  float pad = 5;        // Between a bar's border and its word.
  float min_bar = 3;    // Narrower bars are widened to this, or merged with their neighbours and counted.
  float min_wait = 7;   // The same for waits, which must not be overlooked.
  float merged = 40;    // A merged bar grows to this, so that its count can be read.

  // `room` 0: dense, as the defaults above; 1: roomy, holds and waiters are tall enough for a word.
  static Metrics Make(float scale, float room);
};

}  // namespace lockscope::viewer
