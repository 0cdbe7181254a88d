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

// ThreadSanitizer puts a signal's handler off while a thread computes, until it calls a function that ThreadSanitizer knows; and to
// it, who sleeps in a system call of ours computes. So whoever was interrupted there runs them now. And it drops what a
// thread gets when it is through with it, just before its end: so who is about to end leaves signals to others.
#if LS_RACE_DETECTOR
void RunSignalHandlersPutOff();
void LeaveSignalsToOthers();
#else
inline void RunSignalHandlersPutOff() {}
inline void LeaveSignalsToOthers() {}
#endif

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
