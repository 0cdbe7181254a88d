// The order of locks, in one place: for the run time as ranks, for the compiler as class-wide capabilities.
//
//   server   → before any client's lock: who holds it may look clients up, and they cannot go away meanwhile.
//   client   → only while the same thread holds the server lock, which may be dropped once the client's is held; never two.
//   driver   → the driver's own state. Never held when the driver calls out, and no driver call is made with server or
//              client held, so it is ordered against them only for the case that somebody forgets.
//   loop     → a leaf: taken and dropped inside the event loop's own functions, nothing is acquired under it.
//
// Another program that records its locks has classes of its own, with ranks that say its order (USING.md).
//
// The capabilities below stand for "this thread holds a lock of that class", whichever one. They are global variables on
// purpose: the compiler then asks of every function on the way to an acquisition, or to a driver call, that it says so
// (LS_REQUIRES(!client_held)), and a helper in between cannot hide it.
#pragma once

#include "core/base/annotations.h"

namespace lockscope::sync {

struct LockClass {
  const char* name;
  int rank;                                  // Acquired in rising order.
  const LockClass* requires_held = nullptr;  // A lock of that class must be held to ask for one of this.
  int rule = 0;                              // The model's rule that a breach of its order breaks; 0: none of them.
};

inline constexpr LockClass kServerLock{"server", 10, nullptr, 1};
inline constexpr LockClass kClientLock{"client", 20, &kServerLock, 1};
inline constexpr LockClass kDriverLock{"driver", 30, nullptr, 1};
inline constexpr LockClass kLoopLock{"loop", 40, nullptr, 2};

class LS_CAPABILITY("held-lock class") HeldClass {
 public:
  const HeldClass& operator!() const { return *this; }  // Only for annotations.
};
inline HeldClass server_held;
inline HeldClass client_held;
inline HeldClass loop_held;

// "This is the event loop's thread."
class LS_CAPABILITY("role") RoleCapability {
 public:
  const RoleCapability& operator!() const { return *this; }  // Only for annotations.
};
inline RoleCapability on_loop_thread;

}  // namespace lockscope::sync
