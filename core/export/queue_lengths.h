// QueueLengths: how long each queue is, from event to event: calls waiting in a client's dx, replies and events waiting
// in its tx, threads waiting for a lock, workers that are busy and idle. Used by a walk over a trace. One thread.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/analysis/timeline.h"

namespace lockscope::export_ {  // NOLINT(readability-identifier-naming): `export` is a keyword

enum class Queue : uint8_t {
  kDx,           // Of a client.
  kTx,           // Of a client.
  kWaiters,      // Of a lock.
  kBusyWorkers,  // Of the recording, as the next one: workers that are neither idle …
  kIdleWorkers,  // … nor ended; and those that wait for a job outside of a driver call.
};

class QueueLengths {
 public:
  // `timeline` must outlive it.
  explicit QueueLengths(const analysis::Timeline& timeline);

  struct Length {
    Queue queue = Queue::kDx;
    ObjectId object = kNoObject;  // The client or the lock; none for workers.
    int64_t length = 0;
  };
  // The queues that the event at a step makes longer or shorter, as they are after it; each once. Valid until the next
  // call. Call for each step once, in order.
  std::span<const Length> Apply(size_t step);

 private:
  void Add(Queue queue, ObjectId object, int64_t difference);
  void OfLocks(size_t step, size_t thread);
  void OfWorkers(size_t step, size_t thread);
  void OfDx(size_t step, const trace::Event& event);
  void OfTx(size_t step, size_t thread, const trace::Event& event);
  // Whether a dropped reply or event had been in tx.
  bool WasInTx(size_t step, size_t thread, const trace::Event& event) const;

  struct Thread {
    bool is_worker = false;
    int32_t wait = -1;    // The open one, an index into waits().
    uint32_t next = 0;    // Its next activity …
    uint32_t events = 0;  // … and event.
    int idle = -1;        // Of a worker: 1 idle, 0 busy, -1 neither.
  };

  const analysis::Timeline& timeline_;
  std::vector<Thread> threads_;                    // By thread index.
  uint32_t next_wait_ = 0;                         // The n-th request of a trace is the n-th wait of its timeline.
  std::unordered_map<uint64_t, int64_t> lengths_;  // By queue and object; never iterated.
  std::vector<Length> changed_;
};

}  // namespace lockscope::export_
