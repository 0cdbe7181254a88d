// RoundRobin: with which client a scan begins, so that each gets its turn.
//
// A scan that began with the oldest client each time would come to the others only when the older ones want nothing: a few that
// call without a pause would keep the rest waiting for ever. So a scan goes on where the last one found something, and a
// client whose calls are taken is passed over when it has had kQuantum in a row: before the next call of who is one of n no
// more than (n - 1) * kQuantum of others are taken.
//
// More than one in a row, because calls of one client that are served together are cheaper: the loop reads them in one go
// and writes their replies in one go. With one in a row the daemon served half as many a second to 64 clients with five
// calls each under way (tests/bench/rpc_load.cc).
//
// Guarded by the server lock, like the list that its places are in.
#pragma once

#include <cstddef>

namespace lockscope::daemon {

class RoundRobin {
 public:
  static constexpr int kQuantum = 5;  // As many as a client may have under way where nothing else is said.

  // A scan of so many clients begins: whose turn it is.
  void Begin(size_t clients) {
    if (taken_ >= kQuantum || place_ >= clients) Pass(clients);
  }
  size_t place() const { return place_; }
  // Of the client whose turn it is a call is taken.
  void Take() { ++taken_; }
  // It is the next one's turn.
  void Pass(size_t clients) {
    place_ = place_ + 1 < clients ? place_ + 1 : 0;
    taken_ = 0;
  }
  // That client is in the list no more: those behind it have moved up.
  void Leave(size_t place) {
    if (place == place_) taken_ = 0;
    if (place < place_) --place_;
  }

 private:
  size_t place_ = 0;
  int taken_ = 0;  // In a row.
};

}  // namespace lockscope::daemon
