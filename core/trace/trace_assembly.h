// TraceAssembly: makes a Trace of events that come in order, some thousands at a time.
//
//   auto assembly = TraceAssembly::Begin(info, objects, sites, logs);
//   while (!assembly->complete()) {
//     std::span<Event> room = assembly->Room(kSome);    fill it and say whose each event is
//     assembly->Commit(threads);
//   }
//   Result<Trace> trace = assembly->Finish();
//
// How many events each thread has is known from the beginning, so that everything is allocated once and events are
// written to where they stay: no copy is made, nothing grows. What is committed is checked (ids in range) and proved
// (HoldProof). Whoever calls has checked that so many events can be there before they are allocated. One thread.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "core/base/result.h"
#include "core/trace/hold_proof.h"
#include "core/trace/trace.h"

namespace lockscope::trace {

class TraceAssembly {
 public:
  struct Log {
    ObjectId thread = kNoObject;
    uint64_t events = 0;
  };

  // The logs in order of their threads' ids, none without events. Fails where objects or threads are none.
  static Result<TraceAssembly> Begin(TraceInfo info, std::vector<Object> objects, std::vector<Site> sites,
                                     std::span<const Log> logs);

  size_t committed() const { return at_; }
  size_t total() const { return trace_.events_.size(); }
  bool complete() const { return at_ == total(); }

  // Where the next events go: as many as are still to come, but not more than that.
  std::span<Event> Room(size_t most) { return std::span(trace_.events_).subspan(at_, std::min(most, total() - at_)); }

  // As many events of the room have been written as `logs` has indices. Fails, naming the event.
  Result<void> Commit(std::span<const uint32_t> logs);

  // All events have been committed.
  Result<Trace> Finish();

 private:
  TraceAssembly(TraceInfo info, std::vector<Object> objects, std::vector<Site> sites, std::span<const Log> logs);
  Result<void> PlaceSteps(std::span<const uint32_t> logs);
  bool IdsInRange(std::span<const Event> events) const;
  Result<void> NameWrongId(std::span<const Event> events, std::span<const uint32_t> logs) const;

  Trace trace_;
  HoldProof proof_;
  size_t at_ = 0;
  struct Place {
    uint32_t next = 0;  // Where a log's next step goes in thread_steps_.
    uint32_t end = 0;
  };
  std::vector<Place> places_;  // By log.
  uint64_t reached_ = 0;
  std::array<uint32_t, 256> arg_limit_;  // By kind: the greatest argument.
  std::array<bool, 256> known_{};        // By kind.
};

}  // namespace lockscope::trace
