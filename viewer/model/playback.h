// Playback: moves a position along the axis at a chosen speed.
//
// In steps a speed is columns a second; in time it is how much slower than life the recording runs, so that the same
// setting suits a recording of a millisecond and one of an hour: the view that is seen passes in so many seconds.
// Plain value; one thread.
#pragma once

#include <array>
#include <string>

#include "viewer/model/axis.h"

namespace lockscope::viewer {

class Playback {
 public:
  static constexpr std::array<double, 8> kSpeeds = {0.5, 1, 2, 4, 8, 16, 32, 64};  // Steps a second.
  static constexpr int kDefaultSpeed = 2;
  // In the form time a speed of 1 passes a sixtieth of the view a second.
  static constexpr double kSecondsPerViewAtOne = 60;

  bool playing() const { return playing_; }
  void Play() { playing_ = true; }
  void Pause() { playing_ = false; }
  int speed() const { return speed_; }
  void SetSpeed(int index);
  void Slower() { SetSpeed(speed_ - 1); }
  void Faster() { SetSpeed(speed_ + 1); }

  // The position `seconds` later; at the axis's end it stays there and playing ends.
  double Advance(double position, double seconds, const Axis& axis, double view_span);
  // "2 steps/s"; in the form time "1/4000 of life".
  std::string SpeedText(const Axis& axis, double view_span) const;

 private:
  double UnitsPerSecond(const Axis& axis, double view_span) const;
  bool playing_ = false;
  int speed_ = kDefaultSpeed;
};

}  // namespace lockscope::viewer
