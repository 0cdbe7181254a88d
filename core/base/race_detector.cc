#include "core/base/race_detector.h"

#if LS_RACE_DETECTOR
extern "C" {  // In the run-time library, in no header of clang 14's.
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
}

namespace lockscope {

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
