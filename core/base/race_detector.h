// What ThreadSanitizer has to be told by code that it cannot judge. Nothing in other builds. Any thread.
#pragma once

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LS_RACE_DETECTOR 1
#endif
#elif defined(__SANITIZE_THREAD__)
#define LS_RACE_DETECTOR 1
#endif

namespace lockscope {

// While it lives, the race detector does not look at what the calling thread (or fiber, which is a thread to it) does: for
// the inside of a controlled run, which is used by all its fibers and ordered by their hand-overs alone.
class UnseenByRaceDetector {
 public:
#if LS_RACE_DETECTOR
  UnseenByRaceDetector();
  ~UnseenByRaceDetector();
#else
  UnseenByRaceDetector() {}  // Not defaulted: or it would be an unused variable.
  ~UnseenByRaceDetector() {}
#endif
  UnseenByRaceDetector(const UnseenByRaceDetector&) = delete;
  UnseenByRaceDetector& operator=(const UnseenByRaceDetector&) = delete;
};

}  // namespace lockscope
