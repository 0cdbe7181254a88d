#include "core/base/race_detector.h"

#if LS_RACE_DETECTOR
#include <signal.h>

extern "C" {  // In the run-time library, in no header of clang 14's.
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
}

namespace lockscope {

void RunSignalHandlersPutOff() { ::raise(0); }  // A function that it knows, and that does nothing.

void LeaveSignalsToOthers() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

UnseenByRaceDetector::UnseenByRaceDetector() {
  AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
  AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
}

UnseenByRaceDetector::~UnseenByRaceDetector() {
  AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
  AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
}

}  // namespace lockscope
#endif
