// Metrics: the sizes of what is drawn in the timeline, in pixels. Two densities, the roomier one where all lanes fit.
// Plain values; any thread.
#pragma once

namespace lockscope::viewer {

struct Metrics {
  float scale = 1;
  float gutter = 176;      // The column of lane names.
  float ruler = 30;
  float activity = 22;     // A thread's bar.
  float hold = 6;          // One lock that it holds, under it.
  float lock_bar = 18;     // A lock's holder.
  float waiter = 8;        // One waiter, under it.
  float gap = 9;           // Between lanes.
  float between = 2;       // Between the rows of a lane.
  float heading = 26;      // A heading over a group of lanes.
  float folded = 26;       // The one line that stands for the client programs.
  float pad = 5;           // Between a bar's border and its word.
  float min_bar = 3;       // Narrower bars are widened to this, or merged with their neighbours and counted.
  float min_wait = 7;      // The same for waits, which must not be overlooked.
  float merged = 26;       // A merged bar grows to this, so that its count can be read.

  static Metrics Compact(float scale);
  static Metrics Roomy(float scale);  // Holds and waiters tall enough for a word.
  Metrics Scaled(float by) const;
};

}  // namespace lockscope::viewer
