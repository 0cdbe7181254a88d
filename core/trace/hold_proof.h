// HoldProof: proves of an order of events that no two holds of one lock overlap.
//
// A lock's acquisitions carry its own count, taken while it is held. The proof walks the events once and holds each one
// against its lock: an acquisition has a higher number than the last, and comes after the release of the hold before it.
// What the recording has lost (a release, some acquisitions) proves nothing and contradicts nothing; it is counted. A
// release that comes after the next acquisition, or a number that does not grow, is an error: then this is no order in
// which it can have happened. A few nanoseconds an event; one thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/trace/event.h"

namespace lockscope::trace {

struct OrderProof {
  uint64_t acquisitions = 0;
  uint64_t holds = 0;  // Acquisitions that come after the recorded release of the hold before them.
  uint64_t missing =
      0;  // Acquisitions that the locks counted and the recording does not have: dropped, or only counted.
  uint64_t clock_error_ticks = 0;  // The worst by which an acquisition's stamp lies before that release's.
  friend bool operator==(const OrderProof&, const OrderProof&) = default;
};

class HoldProof {
 public:
  // For locks up to that id.
  explicit HoldProof(ObjectId last_lock) : locks_(size_t{last_lock} + 1) {}

  // The next events, and whose each is (any number, as long as it is one thread's own).
  Result<void> Add(std::span<const Event> events, std::span<const uint32_t> threads);

  const OrderProof& proof() const { return proof_; }

 private:
  // Twice the sequence number, and one more once it is released: what happens to a lock counts up by one each time.
  static constexpr uint64_t Code(const Event& event) {
    return uint64_t{event.arg()} * 2 + (static_cast<uint64_t>(event.kind()) & 1);
  }
  static_assert(static_cast<int>(EventKind::kLockAcquired) % 2 == 0 &&
                static_cast<int>(EventKind::kLockReleased) == static_cast<int>(EventKind::kLockAcquired) + 1);
  static constexpr uint64_t kNever = ~uint64_t{1};

  struct Lock {
    uint64_t ticks = 0;  // Of its last event.
    uint64_t code = kNever;
    uint32_t thread = 0;
  };
  Result<void> AddUnexpected(const Event& event, uint32_t thread);

  std::vector<Lock> locks_;  // By id; the first is that of all events that are no lock's.
  // Lock and number → thread: holds that were still open when the next one began.
  std::map<std::pair<ObjectId, uint32_t>, uint32_t> open_;
  OrderProof proof_;
};

}  // namespace lockscope::trace
