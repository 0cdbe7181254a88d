// Trace: an immutable recording. All that analysis, export and viewer ever see.
//
// Its events stand in one order: each thread's own order is kept, the holds of each lock follow one another by their
// sequence numbers, and otherwise the time stamps decide. Time stamps come from the clocks of several processor cores,
// so in this order they may run backwards by the clock error (tens of nanoseconds); clock_error_ns() says by how much
// they contradict the order that the locks prove.
//
// It takes 22 bytes an event. Ids are dense: objects in order of creation, sites in order of file and line. Any thread may read; nobody writes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/trace/big_array.h"
#include "core/trace/event.h"
#include "core/trace/hold_proof.h"

namespace lockscope::trace {

struct Object {
  ObjectType type = ObjectType::kNone;
  std::string name;        // "worker-1", "server", "alice": unique enough to be said in a sentence.
  std::string lock_class;  // Of a mutex: "server", "client", "loop", "driver" or what its program calls it; else empty.
  ObjectId parent = kNoObject;  // A client's lock and watch → the client; a condition → its mutex; else 0.
  friend bool operator==(const Object&, const Object&) = default;
};

struct Site {
  std::string file;  // Relative to the root of the recorded program's source.
  int line = 0;
  std::string function;
  friend bool operator==(const Site&, const Site&) = default;
  std::string Place() const;  // "core/daemon/client.cc:88", or "an unknown place".
};

// What is known of the recording as a whole.
struct TraceInfo {
  uint64_t ticks_per_second = 1'000'000'000;
  uint64_t dropped_events = 0;
  bool finished = true;  // false: read from a recording that was still running, or whose program was killed.
  // Free text under fixed keys, in order: "title", "mode" ("live" or "controlled"), "clock" ("tsc" or "monotonic") …
  std::vector<std::pair<std::string, std::string>> meta;
  friend bool operator==(const TraceInfo&, const TraceInfo&) = default;
};

// A recording before its events are put in order: what the reader, the importer and tests hand in.
struct TraceParts {
  TraceInfo info;
  std::vector<Object> objects;  // objects[i] has the id i + 1.
  std::vector<Site> sites;      // sites[i] has the id i + 1.
  struct ThreadEvents {
    ObjectId thread = kNoObject;
    std::vector<Event> events;
  };
  std::vector<ThreadEvents> threads;  // In order of their ids.
};

class Trace {
 public:
  // Puts the events in order. Fails, naming the event, where an id is out of range, a lock's sequence number repeats,
  // or the orders of threads and locks contradict one another. A thread's own order stands whatever its times say (it
  // may have moved to another core); sequence numbers may leave gaps (dropped events). Control characters in names become
  // question marks.
  static Result<Trace> Build(TraceParts parts);

  Trace() = default;

  const TraceInfo& info() const { return info_; }
  std::string_view Meta(std::string_view key) const;  // "" where the key is not there.

  // Events in the order described above; a step is an index into them.
  size_t size() const { return events_.size(); }
  bool empty() const { return events_.empty(); }
  std::span<const Event> events() const { return events_; }
  const Event& event(size_t step) const { return events_[step]; }
  ObjectId thread(size_t step) const { return threads_[thread_index_[step]]; }
  size_t ThreadIndex(size_t step) const { return thread_index_[step]; }           // Into threads().
  int64_t TimeNs(size_t step) const { return TicksToNs(events_[step].ticks()); }  // Since the recording's zero.
  int64_t TicksToNs(uint64_t ticks) const;
  int64_t end_ns() const;  // The latest time of any event; 0 without events.

  // The first step that has reached `ns`: the running maximum of times up to it is not before `ns`. size() where none.
  size_t StepAt(int64_t ns) const;

  // Threads that have events, in order of creation.
  std::span<const ObjectId> threads() const { return threads_; }
  // The steps of one thread, in order; index as in threads().
  std::span<const uint32_t> StepsOf(size_t thread_index) const;

  std::span<const Object> objects() const { return objects_; }          // objects()[id - 1].
  const Object& object(ObjectId id) const;                              // A nameless object for 0.
  std::string_view Name(ObjectId id) const { return object(id).name; }  // "" for 0.
  std::span<const Site> sites() const { return sites_; }
  const Site& site(SiteId id) const;  // An unknown place for 0.
  // The step's call site, "core/daemon/client.cc:88".
  std::string Place(size_t step) const { return site(events_[step].site()).Place(); }

  // That no two holds of one lock overlap in this order: Build fails where they would.
  const OrderProof& proof() const { return proof_; }
  // By how much time stamps contradict the proven order of lock holds, at worst.
  int64_t clock_error_ns() const { return TicksToNs(proof_.clock_error_ticks); }
  // Acquisitions that come after the recorded release of the hold before them.
  uint64_t proven_holds() const { return proof_.holds; }
  // The least by which two different stamps of one thread differ: what the clock could tell apart, or better. 0 where no
  // two differ. Looks at every event.
  uint64_t FinestTicks() const;

  // The parts it was built from, for tests and whoever changes a recording.
  TraceParts ToParts() const;

  // The same recording, said to be finished or not.
  Trace As(bool finished) && {
    info_.finished = finished;
    return std::move(*this);
  }

 private:
  friend class TraceAssembly;

  // Which thread each event is of: two bytes an event, and two more where there are more threads than that can tell.
  class ThreadIndices {
   public:
    void Resize(size_t events, size_t threads) {
      low_.resize(events);
      if (threads > uint32_t{1} << 16) high_.resize(events);
    }
    void Set(size_t at, std::span<const uint32_t> indices) {
      for (size_t i = 0; i < indices.size(); ++i) low_[at + i] = static_cast<uint16_t>(indices[i]);
      if (high_.empty()) return;
      for (size_t i = 0; i < indices.size(); ++i) high_[at + i] = static_cast<uint16_t>(indices[i] >> 16);
    }
    uint32_t operator[](size_t i) const {
      return high_.empty() ? low_[i] : uint32_t{high_[i]} << 16 | uint32_t{low_[i]};
    }

   private:
    BigArray<uint16_t> low_;
    BigArray<uint16_t> high_;
  };

  static constexpr size_t kBlock = 256;
  TraceInfo info_;
  std::vector<Object> objects_;
  std::vector<Site> sites_;
  std::vector<ObjectId> threads_;
  BigArray<Event> events_;
  ThreadIndices thread_index_;             // By step.
  BigArray<uint32_t> thread_steps_;        // Steps grouped by thread …
  std::vector<uint32_t> thread_steps_at_;  // … where each thread's group begins; one more entry than threads.
  std::vector<uint64_t> reached_;          // The latest ticks of each block of kBlock steps and all before it.
  OrderProof proof_;
};

}  // namespace lockscope::trace
