// LiveFile: a recording while it is being made. A growing file, mapped and shared, from which threads get chunks for their
// events and the registry a journal for names; killed at any point, it can be read up to the last complete event.
//
// Any thread; a private lock, never traced, guards growth and the journal.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/annotations.h"
#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "core/trace/file_format.h"
#include "core/trace/trace.h"

namespace lockscope::trace {

class LiveFile {
  // std::mutex bears no annotations under libstdc++: this names it as a capability for the analysis.
  class LS_CAPABILITY("mutex") PrivateMutex {
   public:
    void lock() LS_ACQUIRE() { mu_.lock(); }
    void unlock() LS_RELEASE() { mu_.unlock(); }
    // Only for annotations: LS_REQUIRES(!mu_).
    const PrivateMutex& operator!() const { return *this; }

   private:
    std::mutex mu_;
  };
  class LS_SCOPED_CAPABILITY PrivateLock {
   public:
    explicit PrivateLock(PrivateMutex& mu) LS_ACQUIRE(mu) : mu_(mu) { mu_.lock(); }
    ~PrivateLock() LS_RELEASE() { mu_.unlock(); }
    PrivateLock(const PrivateLock&) = delete;
    PrivateLock& operator=(const PrivateLock&) = delete;

   private:
    PrivateMutex& mu_;
  };

 public:
  // Creates (or empties) the file. An empty path records to memory that has no name. Virtual time: a tick is a nanosecond,
  // and the header never says anything of the machine's clocks.
  static Result<std::shared_ptr<LiveFile>> Create(const std::filesystem::path& path, uint32_t session,
                                                  bool virtual_time = false);
  ~LiveFile();
  LiveFile(const LiveFile&) = delete;
  LiveFile& operator=(const LiveFile&) = delete;

  uint32_t session() const { return session_; }
  uint64_t zero_ticks() const { return first_.ticks; }

  // Space for `events` events of a thread, as 64-bit words, zeroed; empty where the file cannot grow (disk full).
  std::span<uint64_t> TakeChunk(ObjectId thread, size_t events) LS_REQUIRES(!mu_);
  void CountDropped(uint64_t events);

  void JournalObject(ObjectId id, const Object& object) LS_REQUIRES(!mu_);
  void JournalSite(SiteId id, const Site& site) LS_REQUIRES(!mu_);
  void JournalMeta(std::string_view key, std::string_view value) LS_REQUIRES(!mu_);

  // Looks at both clocks again, so that the rate of ticks in the header becomes more exact.
  void UpdateClock() LS_REQUIRES(!mu_);

  // Whether an event has been recorded, or dropped, since it was asked the last time; at first: since the beginning.
  bool HasMoved() LS_REQUIRES(!mu_);

  // All of the file as it is now.
  std::vector<std::byte> Snapshot() const LS_REQUIRES(!mu_);

 private:
  struct Segment {
    std::byte* address = nullptr;
    size_t bytes = 0;
  };
  // The last chunk of a thread, from the first event that was not there when somebody looked.
  struct Unseen {
    uint64_t* next = nullptr;
    uint64_t* end = nullptr;
  };
  LiveFile(unique_fd fd, uint32_t session,
           bool virtual_time);  // Leaves segments_front_ null, and errno, where the file cannot grow.

  bool Grow(size_t at_least) LS_REQUIRES(mu_);
  std::byte* TakeSection(format::SectionType type, uint32_t id, size_t payload_bytes) LS_REQUIRES(mu_);
  void JournalRecord(format::SectionType type, const std::vector<std::byte>& payload) LS_REQUIRES(!mu_);
  format::FileHeader& header() const { return *reinterpret_cast<format::FileHeader*>(segments_front_); }

  // Constant after Create.
  const unique_fd fd_;
  const uint32_t session_;
  const bool virtual_time_;
  ClockPair first_;
  std::byte* segments_front_ = nullptr;  // The first segment, which holds the header.

  mutable PrivateMutex mu_;
  std::vector<Segment> segments_ LS_GUARDED_BY(mu_);
  size_t file_bytes_ LS_GUARDED_BY(mu_) = 0;
  size_t used_ LS_GUARDED_BY(mu_) = 0;  // Of the last segment.
  std::byte* journal_ LS_GUARDED_BY(mu_) = nullptr;
  size_t journal_left_ LS_GUARDED_BY(mu_) = 0;
  bool full_ LS_GUARDED_BY(mu_) = false;
  std::map<ObjectId, Unseen> unseen_ LS_GUARDED_BY(mu_);  // By thread.
  uint64_t new_chunks_ LS_GUARDED_BY(mu_) = 0;            // Taken since somebody looked.
  uint64_t seen_drops_ LS_GUARDED_BY(mu_) = 0;
};

}  // namespace lockscope::trace
