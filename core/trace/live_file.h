// LiveFile: a recording while it is being made. Threads get chunks of a ring (shared memory) for their events, the registry a
// journal in it for names; what is full goes to the file OUT. Killed at any point, both together can be read up to the last
// complete event of each thread (core/trace/LIVE_FORMAT.md).
//
// A chunk is free, then a thread's (NextChunk), then full, then, written to OUT and cleared, free again. It is written out by
// the drain thread, or, where there is no other chunk for it, by a thread that needs one: nobody waits for the disk as long
// as the ring has room. A chunk is cleared only after all of it stands in OUT: at each moment each event is in one of them or
// in both, and its number tells a reader which ones it has twice.
//
// Any thread. Its locks are private and never traced. Their order: out_mu_ or grow_mu_, then mu_; the registry's lock comes
// before them all.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <latch>
#include <map>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "core/trace/live_chunk.h"
#include "core/trace/live_out.h"
#include "core/trace/name_journal.h"
#include "core/trace/private_mutex.h"
#include "core/trace/ring.h"
#include "core/trace/ring_options.h"
#include "core/trace/trace.h"

namespace lockscope::trace {

class LiveFile {
 public:
  // Creates the file, or replaces it (the one behind a link). An empty path records to memory that has no name. Virtual time:
  // a tick is a nanosecond, and nothing is said of the machine's clocks. Fails where another process is recording to the
  // file; the ring of one that is gone goes with what it recorded.
  static Result<std::shared_ptr<LiveFile>> Create(const std::filesystem::path& path, uint32_t session,
                                                  bool virtual_time, const RingOptions& options);
  ~LiveFile();
  LiveFile(const LiveFile&) = delete;
  LiveFile& operator=(const LiveFile&) = delete;

  uint32_t session() const { return session_; }
  uint64_t zero_ticks() const { return first_.ticks; }
  bool on_tmpfs() const { return ring_->file().on_tmpfs; }

  // The thread has filled its chunk, or has none: gives it the next one. False where there is none to be had; then an event
  // of it is counted as lost.
  bool NextChunk(ObjectId thread, ThreadChunk& held) LS_REQUIRES(!mu_, !out_mu_, !grow_mu_);
  // The thread ends with so many events in its chunk.
  void EndThread(ObjectId thread, const ThreadChunk& held, size_t events) LS_REQUIRES(!mu_);

  void JournalObject(ObjectId id, const Object& object) LS_REQUIRES(!mu_, !out_mu_, !grow_mu_, !journal_mu_) {
    Journal(ObjectRecord(id, object));
  }
  void JournalSite(SiteId id, const Site& site) LS_REQUIRES(!mu_, !out_mu_, !grow_mu_, !journal_mu_) {
    Journal(SiteRecord(id, site));
  }
  void JournalMeta(std::string_view key, std::string_view value) LS_REQUIRES(!mu_, !out_mu_, !grow_mu_, !journal_mu_) {
    Journal(MetaRecord(key, value));
  }

  // Whether an event has been recorded, or lost, since it was asked the last time; at first: since the beginning.
  bool HasMoved() LS_REQUIRES(!mu_);

  // No more chunks are written out. Once; before what follows.
  void Stop() LS_REQUIRES(!mu_, !out_mu_);
  // All that was recorded.
  Result<TraceParts> Read() const;
  // The file has been replaced by the finished one.
  void RemoveRing() { ring_->Unlink(); }
  // Nobody will finish it: all that is in the ring goes to the file, which stays live; then the ring is removed. Where the
  // file has no room, both stay; where the file itself was removed, the ring does.
  void Close() LS_REQUIRES(!mu_, !out_mu_, !grow_mu_);

  // Around a fork. Afterwards, in the child, nothing of it is usable: it is the parent's.
  void BeforeFork() LS_NO_THREAD_SAFETY_ANALYSIS;         // "mutex 'mu_' is still held at the end of function"
  void AfterForkInParent() LS_NO_THREAD_SAFETY_ANALYSIS;  // "releasing mutex 'mu_' that was not held"
  void AfterForkInChild();
  bool is_anothers() const { return is_anothers_; }

 private:
  // A chunk that waits to be written out.
  struct FullChunk {
    LiveChunk chunk;
    format::ChunkKind kind;
    ObjectId thread;
    size_t used_bytes;     // Behind its header.
    bool is_last = false;  // Its thread has ended.
  };
  struct OpenChunk {
    LiveChunk chunk;
    uint64_t first = 0;
    size_t seen = 0;  // Events in it when HasMoved was asked.
    uint64_t seen_lost = 0;
  };
  // All that the drain thread needs besides. A forked child leaves it alone: its thread is not there.
  struct Drain {
    std::condition_variable_any wake;
    std::latch begun{1};
    bool has_complained = false;
    std::thread thread;
  };

  LiveFile(unique_fd out, const std::filesystem::path& path, std::unique_ptr<Ring> ring, uint32_t session,
           bool virtual_time, const RingOptions& options);
  Result<void> Begin(const std::filesystem::path& out) LS_REQUIRES(!mu_, !grow_mu_, !out_mu_);
  void StartDrain();
  void DrainLoop() LS_REQUIRES(!mu_, !out_mu_, !grow_mu_);

  LiveChunk TakeFree(format::ChunkSize size) LS_REQUIRES(mu_);
  LiveChunk DropOldest() LS_REQUIRES(mu_);
  LiveChunk TakeChunk(format::ChunkSize size) LS_REQUIRES(!mu_, !out_mu_, !grow_mu_);
  bool GrowRing(format::ChunkSize size, size_t until) LS_REQUIRES(!mu_, !grow_mu_);
  // Up to so many chunks that are full. False: none.
  bool WriteOutFull(size_t most) LS_REQUIRES(!mu_, !out_mu_);
  bool WriteOut(std::span<const FullChunk> chunks) LS_REQUIRES(out_mu_);
  bool WriteOut(format::LiveSection type, ObjectId thread, format::Piece piece, std::span<const std::byte> bytes)
      LS_REQUIRES(out_mu_);
  void TellOfTrouble();
  bool NeedsDrain() const LS_REQUIRES(mu_);
  void AskIfNeeded(bool needed) LS_REQUIRES(!mu_);
  void Journal(std::span<const std::byte> record) LS_REQUIRES(!mu_, !out_mu_, !grow_mu_, !journal_mu_);
  void UpdateClock();
  std::deque<LiveChunk>& FreeOf(format::ChunkSize size) LS_REQUIRES(mu_) {
    return size == format::ChunkSize::kSmall ? free_small_ : free_large_;
  }

  // Constant after Create.
  const unique_fd out_;
  const std::string name_;
  const std::unique_ptr<Ring> ring_;
  const uint32_t session_;
  const bool virtual_time_;
  const WhenFull when_full_;
  const size_t most_kept_;
  const std::function<void(const std::string&)> complain_;
  ClockPair first_;
  bool is_anothers_ = false;  // Set in a forked child, before anything else runs there.

  // Self-synchronised.
  std::atomic<bool> has_room_{true};  // False after a thread went away without a chunk, until there is one.
  std::atomic<int> write_error_{0};   // An errno: of the last chunk that the file did not take.

  PrivateMutex journal_mu_;  // One record at a time. Before all others.
  PrivateMutex out_mu_;      // Before mu_.
  LiveOut sections_ LS_GUARDED_BY(out_mu_){out_.get()};

  PrivateMutex grow_mu_;  // Before mu_. Guards the ring's growth.

  PrivateMutex mu_;
  std::deque<LiveChunk> free_small_ LS_GUARDED_BY(mu_);
  std::deque<LiveChunk> free_large_ LS_GUARDED_BY(mu_);
  std::deque<FullChunk> full_ LS_GUARDED_BY(mu_);          // Of events, oldest first.
  std::map<ObjectId, FullChunk> kept_ LS_GUARDED_BY(mu_);  // By thread, and never dropped: how it began.
  std::deque<FullChunk> full_names_ LS_GUARDED_BY(mu_);    // Go to the file whatever happens to events.
  std::map<ObjectId, OpenChunk> open_ LS_GUARDED_BY(mu_);
  bool may_grow_ LS_GUARDED_BY(mu_) = true;
  NameJournal names_ LS_GUARDED_BY(mu_);
  uint64_t new_chunks_ LS_GUARDED_BY(mu_) = 0;  // Taken since HasMoved was asked.
  uint64_t seen_lost_ LS_GUARDED_BY(mu_) = 0;
  bool asked_ LS_GUARDED_BY(mu_) = false;  // The drain thread has something to do.
  bool stopping_ LS_GUARDED_BY(mu_) = false;
  std::unique_ptr<Drain> drain_;

  const Result<void> begun_;  // Made last: it needs all the others.
};

}  // namespace lockscope::trace
