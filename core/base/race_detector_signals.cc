// Linked into programs under ThreadSanitizer alone. When a thread first blocks, or first gets a signal, ThreadSanitizer makes a
// place where it keeps the thread's signals. The one of LLVM 14 loses the signal that comes while the place is being made
// (SigCtx in its tsan_interceptors_posix.cpp; later releases make it with a compare-and-exchange): SIGTERM, sent to a daemon that
// is about to wait for its threads, came to nothing. So the first thread, which gets the process's signals, has its
// place before main() begins: raise(3) makes it, and signal 0 is sent to nobody.
#include <signal.h>

namespace {

[[gnu::constructor]] void MakeThePlaceOfSignals() { ::raise(0); }

}  // namespace
