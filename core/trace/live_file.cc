#include "core/trace/live_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <system_error>
#include <utility>

#include "core/trace/event.h"
#include "core/trace/file_bytes.h"
#include "core/trace/recording_place.h"
#include "core/trace/trace_follower.h"

namespace lockscope::trace {
namespace {

using format::ChunkKind;
using format::ChunkSize;
using format::LiveSection;
using format::Piece;
using format::RingHeader;

// The drain thread is asked when so many chunks are full, or so few are ready. More at once make the events cheaper to write, and
// the stretch longer for which that thread has a processor.
constexpr size_t kFullAtOnce = 16;
constexpr size_t kLeastReadyLarge = 4;
constexpr size_t kLeastReadySmall = 16;
// What of a flight recorder's ring the beginnings of threads may take: without its start and role nobody would know what a
// thread is for. One part in so many.
constexpr uint64_t kKeptShare = 4;
// A thread that found no room asks again after so many lost events, and not at each.
constexpr uint64_t kLostBetweenTries = 4096;

template <typename T>
void Store(T& field, T value, std::memory_order order = std::memory_order_relaxed) {
  std::atomic_ref<T>(field).store(value, order);
}
template <typename T>
T Load(T& field) {
  return std::atomic_ref<T>(field).load(std::memory_order_relaxed);
}

std::string Absolute(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  return error ? path.string() : absolute.string();
}

// The calling thread takes no processor from another one when it wakes, and waits for its turn instead: what it is there for
// can wait, and those are the threads that are looked at. Where the program has asked for another policy, that one stays.
void BeInNoHurry() {
  sched_param priority{};
  int policy = SCHED_OTHER;
  if (::pthread_getschedparam(::pthread_self(), &policy, &priority) != 0 || policy != SCHED_OTHER) return;
  ::pthread_setschedparam(::pthread_self(), SCHED_BATCH, &priority);
}

}  // namespace

Result<std::shared_ptr<LiveFile>> LiveFile::Create(const std::filesystem::path& path, uint32_t session,
                                                   bool virtual_time, const RingOptions& options) {
  const bool nameless = path.empty();
  const Result<RecordingPlace> found = nameless ? RecordingPlace() : PlaceForRecording(path);
  if (!found) return tl::make_unexpected(found.error());
  const std::filesystem::path& place = found->file;
  const uint64_t ring_id = NewRingId();
  // Begun beside the file and renamed over it: whoever opens it finds the old recording or the new one.
  const std::filesystem::path beside = fmt::format("{}.{:016x}.tmp", place.string(), ring_id);
  unique_fd out(nameless ? ::memfd_create("lockscope recording", MFD_CLOEXEC)
                         : ::open(beside.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!out.valid()) return Fail("{}: cannot be created: {}", place.string(), ErrnoText(errno));
  Result<RingFile> ring_file =
      nameless ? CreateNamelessRing(Ring::kFirstBytes) : CreateRingFile(options, place, ring_id, Ring::kFirstBytes);
  const std::filesystem::path ring_path = ring_file ? ring_file->path : "";
  Result<std::shared_ptr<LiveFile>> file = [&]() -> Result<std::shared_ptr<LiveFile>> {
    if (!ring_file) return tl::make_unexpected(ring_file.error());
    Result<std::unique_ptr<Ring>> ring =
        Ring::Map(std::move(*ring_file), std::clamp(options.bytes, kLeastRingBytes, kMostRingBytes));
    if (!ring) return tl::make_unexpected(ring.error());
    (*ring)->header().ring_id = ring_id;
    std::shared_ptr<LiveFile> made(
        new LiveFile(std::move(out), place, std::move(*ring), session, virtual_time, options));
    if (!made->begun_) return tl::make_unexpected(made->begun_.error());
    if (!nameless && ::rename(beside.c_str(), place.c_str()) != 0) {
      return Fail("{}: cannot be created: {}", place.string(), ErrnoText(errno));
    }
    return made;
  }();
  if (!file && !nameless) {
    ::unlink(beside.c_str());
    if (!ring_path.empty()) ::unlink(ring_path.c_str());
  }
  if (!file) return file;
  if (!found->ring.empty()) ::unlink(found->ring.c_str());
  (*file)->StartDrain();
  return file;
}

LiveFile::LiveFile(unique_fd out, const std::filesystem::path& path, std::unique_ptr<Ring> ring, uint32_t session,
                   bool virtual_time, const RingOptions& options)
    : out_(std::move(out)),
      name_(path.empty() ? "the recording in memory" : path.string()),
      ring_(std::move(ring)),
      session_(session),
      virtual_time_(virtual_time),
      when_full_(options.when_full),
      most_kept_(options.bytes / kKeptShare / format::ChunkBytes(ChunkSize::kSmall)),
      complain_(options.complain),
      begun_(Begin(path)) {}

Result<void> LiveFile::Begin(const std::filesystem::path& out) {
  RingHeader& header = ring_->header();
  const uint64_t rate = virtual_time_ ? 1'000'000'000 : EstimatedTicksPerSecond();
  const ClockPair now = ReadClockPair();
  if (!virtual_time_) first_ = now;
  header.pid = static_cast<uint32_t>(::getpid());
  header.ticks_are_tsc = TicksAreTsc() ? 1 : 0;
  header.virtual_time = virtual_time_ ? 1 : 0;
  header.ticks_per_second = rate;
  header.first_ticks = header.last_ticks = first_.ticks;
  header.first_ns = header.last_ns = first_.monotonic_ns;
  header.began_ns = now.monotonic_ns;
  const std::string out_path = out.empty() ? "" : Absolute(out);
  if (out_path.size() >= sizeof header.out) return Fail("{}: a name of {} bytes is too long", name_, out_path.size());
  std::memcpy(header.out, out_path.data(), out_path.size());
  if (!GrowRing(ChunkSize::kSmall, 1) || !GrowRing(ChunkSize::kLarge, 1)) {
    return Fail("{}: cannot be recorded to: no memory for its live buffers: {}", name_, ErrnoText(errno));
  }
  ring_->Publish();

  const std::string ring_path = ring_->file().path.empty() ? "" : Absolute(ring_->file().path);
  const format::RingName ring_name{header.ring_id, static_cast<uint32_t>(ring_path.size()), 0};
  format::FileHeader start{};
  std::memcpy(start.magic, format::kMagic, sizeof start.magic);
  start.version = format::kVersion;
  start.header_bytes = sizeof start;
  start.state = static_cast<uint32_t>(format::State::kLive);
  start.ticks_per_second = rate;
  const PrivateLock lock(out_mu_);
  const LiveOut::Section ring{LiveSection::kRing, 0, BytesOf(ring_name), std::as_bytes(std::span(ring_path))};
  if (!sections_.Append({&ring, 1}) || !sections_.WriteStart(start)) {
    return Fail("{}: cannot be recorded to: {}", name_, ErrnoText(errno));
  }
  return {};
}

// A thread of the recorder's own, which must not be one that a program's signal is delivered to. It has begun when this
// returns: what a thread's beginning locks in the C library or a sanitizer would stay locked in a child that is forked meanwhile.
void LiveFile::StartDrain() {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  drain_ = std::make_unique<Drain>();
  drain_->thread = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "lockscope drain");
    BeInNoHurry();
    drain_->begun.count_down();
    DrainLoop();
  });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  drain_->begun.wait();
}

LiveFile::~LiveFile() {
  if (!is_anothers_) Stop();
}

void LiveFile::Stop() {
  if (drain_ == nullptr) return;
  {
    const PrivateLock lock(mu_);
    stopping_ = true;
  }
  drain_->wake.notify_one();
  drain_->thread.join();
  {
    const PrivateLock lock(mu_);
    drain_.reset();
  }
  UpdateClock();
  Store(ring_->header().ended, 1u, std::memory_order_release);
  const PrivateLock writing(out_mu_);
  sections_.GiveBackRoom();
}

LiveChunk LiveFile::TakeFree(ChunkSize size) {
  std::deque<LiveChunk>& free = FreeOf(size);
  if (free.empty()) return {};
  const LiveChunk chunk = free.back();  // The one that was used last is likeliest to be in a cache.
  free.pop_back();
  return chunk;
}

// A thread's later chunks tell how many events went before them. Of one that has ended, and has none that is later, it is
// counted here: behind how it began, where that is kept, or among those of threads without a chunk.
LiveChunk LiveFile::DropOldest() {
  const FullChunk oldest = full_.front();
  full_.pop_front();
  if (!oldest.is_last) return oldest.chunk;
  const format::ChunkHeader& header = oldest.chunk.header();
  const uint64_t lost = header.first + oldest.used_bytes / sizeof(Event) + header.lost_after;
  const auto kept = kept_.find(oldest.thread);
  if (kept != kept_.end()) {
    Store(kept->second.chunk.header().lost_after, lost - kept->second.used_bytes / sizeof(Event));
  } else {
    std::atomic_ref<uint64_t>(ring_->header().lost_events).fetch_add(lost, std::memory_order_relaxed);
  }
  return oldest.chunk;
}

LiveChunk LiveFile::TakeChunk(ChunkSize size) {
  for (;;) {
    LiveChunk oldest;
    {
      const PrivateLock lock(mu_);
      if (const LiveChunk free = TakeFree(size)) return free;
      if (when_full_ == WhenFull::kDropOldest && !may_grow_ && !full_.empty()) {
        oldest = DropOldest();
      }
    }
    if (oldest) {
      Ring::Clear(oldest);
      return oldest;
    }
    if (GrowRing(size, 1) || WriteOutFull(1)) continue;
    const PrivateLock lock(mu_);
    if (when_full_ == WhenFull::kDropOldest && !full_.empty()) continue;
    if (const LiveChunk free = TakeFree(size)) return free;  // Others have written them out meanwhile.
    return TakeFree(size == ChunkSize::kSmall ? ChunkSize::kLarge : ChunkSize::kSmall);
  }
}

bool LiveFile::GrowRing(ChunkSize size, size_t until) {
  const PrivateLock growing(grow_mu_);
  {
    const PrivateLock lock(mu_);
    if (FreeOf(size).size() >= until) return true;
    if (!may_grow_) return false;
  }
  const std::vector<LiveChunk> chunks = ring_->Grow(size);
  const PrivateLock lock(mu_);
  if (chunks.empty()) {
    may_grow_ = false;
    return false;
  }
  // The first in memory is handed out first.
  FreeOf(size).insert(FreeOf(size).begin(), chunks.rbegin(), chunks.rend());
  has_room_.store(true, std::memory_order_relaxed);
  return true;
}

bool LiveFile::NextChunk(ObjectId thread, ThreadChunk& held) {
  RingHeader& header = ring_->header();
  const bool try_it = has_room_.load(std::memory_order_relaxed) || held.lost % kLostBetweenTries == 0;
  const ChunkSize size = !held.chunk && held.first == 0 ? ChunkSize::kSmall : ChunkSize::kLarge;
  const LiveChunk next = try_it ? TakeChunk(size) : LiveChunk();
  if (!next) {
    has_room_.store(false, std::memory_order_relaxed);
    ++held.lost;
    if (held.chunk) {
      Store(held.chunk.header().lost_after, held.lost);
    } else {
      std::atomic_ref<uint64_t>(header.lost_events).fetch_add(1, std::memory_order_relaxed);
    }
    return false;
  }
  // From here on it is the chunk's first number that tells of them.
  if (!held.chunk) std::atomic_ref<uint64_t>(header.lost_events).fetch_sub(held.lost, std::memory_order_relaxed);
  const uint64_t first = held.first + held.chunk.words().size() / 2 + held.lost;
  Ring::HandOver(next, ChunkKind::kEvents, thread, first);
  bool ask = false;
  {
    const PrivateLock lock(mu_);
    if (held.chunk) {
      const FullChunk full{held.chunk, ChunkKind::kEvents, thread, held.chunk.room().size()};
      if (when_full_ == WhenFull::kDropOldest && held.first == 0 && kept_.size() < most_kept_) {
        kept_.emplace(thread, full);
      } else {
        full_.push_back(full);
      }
    }
    open_[thread] = {next, first, 0, 0};
    ++new_chunks_;
    ask = NeedsDrain();
  }
  held = {next, first, 0};
  AskIfNeeded(ask);
  return true;
}

void LiveFile::EndThread(ObjectId thread, const ThreadChunk& held, size_t events) {
  if (!held.chunk) return;
  bool ask = false;
  {
    const PrivateLock lock(mu_);
    const auto open = open_.find(thread);
    if (open != open_.end()) {
      if (open->second.seen != events || open->second.seen_lost != held.lost) ++new_chunks_;
      open_.erase(open);
    }
    full_.push_back({held.chunk, ChunkKind::kEvents, thread, events * sizeof(Event), true});
    ask = NeedsDrain();
  }
  AskIfNeeded(ask);
}

bool LiveFile::HasMoved() {
  const PrivateLock lock(mu_);
  const uint64_t lost = Load(ring_->header().lost_events);
  bool moved = std::exchange(new_chunks_, 0) > 0 || std::exchange(seen_lost_, lost) != lost;
  for (auto& [thread, open] : open_) {
    const std::span<uint64_t> words = open.chunk.words();
    const size_t before = open.seen;
    while (open.seen < words.size() / 2 && Load(words[2 * open.seen + 1]) != 0) ++open.seen;
    const uint64_t lost_here = Load(open.chunk.header().lost_after);
    moved = moved || open.seen != before || open.seen_lost != lost_here;
    open.seen_lost = lost_here;
  }
  return moved;
}

bool LiveFile::NeedsDrain() const {
  if (!full_names_.empty()) return true;
  const bool few_large = free_large_.size() < kLeastReadyLarge;
  if (when_full_ == WhenFull::kGrow && (full_.size() >= kFullAtOnce || (few_large && !full_.empty()))) return true;
  return may_grow_ && (few_large || free_small_.size() < kLeastReadySmall);
}

void LiveFile::AskIfNeeded(bool needed) {
  if (!needed) return;
  const PrivateLock lock(mu_);
  if (asked_ || drain_ == nullptr) return;
  asked_ = true;
  drain_->wake.notify_one();  // Under the lock: when it is let go, Stop may end what this speaks to.
}

void LiveFile::DrainLoop() {
  for (;;) {
    {
      const PrivateLock lock(mu_);
      while (!asked_ && !stopping_) drain_->wake.wait(mu_);
      if (stopping_) return;
      asked_ = false;
    }
    UpdateClock();
    for (;;) {
      bool large = false;
      bool small = false;
      {
        const PrivateLock lock(mu_);
        if (stopping_) return;
        large = may_grow_ && free_large_.size() < kLeastReadyLarge;
        small = may_grow_ && free_small_.size() < kLeastReadySmall;
      }
      if (large) GrowRing(ChunkSize::kLarge, kLeastReadyLarge);
      if (small) GrowRing(ChunkSize::kSmall, kLeastReadySmall);
      if (!WriteOutFull(kFullAtOnce) && !large && !small) break;
    }
    TellOfTrouble();
  }
}

// By the drain thread, with no lock held: whoever is told may be slow.
void LiveFile::TellOfTrouble() {
  const int error = write_error_.load(std::memory_order_relaxed);
  if (error == 0 || std::exchange(drain_->has_complained, true) || !complain_) return;
  complain_(
      fmt::format("{}: cannot be written: {}; until there is room, what is recorded stays in memory, and is lost "
                  "where that is full",
                  name_, ErrnoText(error)));
}

// Who finds nothing to write while others do waits until their chunks are free again: all of it is one hold of out_mu_.
bool LiveFile::WriteOutFull(size_t most) {
  const PrivateLock writing(out_mu_);
  std::vector<FullChunk> taken;
  bool names = false;
  {
    const PrivateLock lock(mu_);
    names = !full_names_.empty();
    std::deque<FullChunk>& queue = names ? full_names_ : full_;
    if (queue.empty() || (!names && when_full_ != WhenFull::kGrow)) return false;
    const auto end = queue.begin() + static_cast<ptrdiff_t>(std::min(most, queue.size()));
    taken.assign(queue.begin(), end);
    queue.erase(queue.begin(), end);
  }
  // Where there is no room for all of them, there may be for one.
  size_t written = taken.size();
  while (written > 0 && !WriteOut(std::span(taken).first(written))) written = written > 1 ? 1 : 0;
  if (written == 0) write_error_.store(errno, std::memory_order_relaxed);
  for (const FullChunk& full : std::span(taken).first(written)) Ring::Clear(full.chunk);
  const PrivateLock lock(mu_);
  for (const FullChunk& full : std::span(taken).first(written)) {
    const bool small = full.chunk.bytes == format::ChunkBytes(ChunkSize::kSmall);
    FreeOf(small ? ChunkSize::kSmall : ChunkSize::kLarge).push_back(full.chunk);
    has_room_.store(true, std::memory_order_relaxed);
  }
  std::deque<FullChunk>& queue = names ? full_names_ : full_;
  queue.insert(queue.begin(), taken.begin() + static_cast<ptrdiff_t>(written), taken.end());
  return written > 0;
}

bool LiveFile::WriteOut(std::span<const FullChunk> chunks) {
  std::vector<Piece> heads;
  heads.reserve(chunks.size());  // The sections point to them.
  std::vector<LiveOut::Section> sections;
  for (const FullChunk& full : chunks) {
    const format::ChunkHeader& header = full.chunk.header();
    heads.push_back({header.first, header.lost_after});
    sections.push_back({full.kind == ChunkKind::kNames ? LiveSection::kNames : LiveSection::kPiece, full.thread,
                        BytesOf(heads.back()), full.chunk.room().first(full.used_bytes)});
  }
  return sections_.Append(sections);
}

bool LiveFile::WriteOut(LiveSection type, ObjectId thread, Piece piece, std::span<const std::byte> bytes) {
  const LiveOut::Section section{type, thread, BytesOf(piece), bytes};
  return sections_.Append({&section, 1});
}

// A record that does not fit into the ring any more is lost: so are the events that would speak of it.
void LiveFile::Journal(std::span<const std::byte> record) {
  const PrivateLock one_at_a_time(journal_mu_);
  bool is_first = false;
  {
    const PrivateLock lock(mu_);
    if (names_.Put(record)) return;
    is_first = !names_.page().chunk;
  }
  const bool too_long = record.size() > NameJournal::kLongestRecord;  // Goes to the file itself.
  const bool small = is_first && NameJournal::FitsIntoSmall(record.size());
  const LiveChunk next = too_long ? LiveChunk() : TakeChunk(small ? ChunkSize::kSmall : ChunkSize::kLarge);
  if (!next && !too_long) return;
  uint64_t first = 0;
  bool ask = false;
  {
    const PrivateLock lock(mu_);
    const NameJournal::Page full = names_.TurnTo(next);
    if (full.chunk) full_names_.push_back({full.chunk, ChunkKind::kNames, kNoObject, full.used_bytes});
    if (too_long) {
      first = names_.Skip(record.size());
    } else {
      names_.Put(record);
    }
    ask = NeedsDrain();
  }
  AskIfNeeded(ask);
  if (!too_long) return;
  const PrivateLock writing(out_mu_);
  if (!WriteOut(LiveSection::kNames, kNoObject, {first, 0}, record)) {
    write_error_.store(errno, std::memory_order_relaxed);
  }
}

// By the drain thread, and by Stop when that has ended.
void LiveFile::UpdateClock() {
  if (virtual_time_) return;
  const ClockPair now = ReadClockPair();
  RingHeader& header = ring_->header();
  Store(header.last_ticks, now.ticks);
  Store(header.last_ns, now.monotonic_ns);
  Store(header.ticks_per_second, TicksPerSecond(first_, now, header.ticks_per_second));
}

Result<TraceParts> LiveFile::Read() const {
  return TraceFollower::ReadAll(unique_fd(::fcntl(out_.get(), F_DUPFD_CLOEXEC, 0)),
                                unique_fd(::fcntl(ring_->file().fd.get(), F_DUPFD_CLOEXEC, 0)), name_);
}

void LiveFile::Close() {
  struct stat status {};
  if (ring_->file().path.empty() || ::fstat(out_.get(), &status) != 0 || status.st_nlink == 0) return;
  std::vector<FullChunk> left;
  const PrivateLock writing(out_mu_);  // First: a thread that is writing out a chunk has taken it from the list.
  {
    const PrivateLock lock(mu_);
    left.assign(full_names_.begin(), full_names_.end());
    if (const NameJournal::Page& page = names_.page(); page.chunk) {
      left.push_back({page.chunk, ChunkKind::kNames, kNoObject, page.used_bytes});
    }
    for (const auto& [thread, kept] : kept_) left.push_back(kept);
    left.insert(left.end(), full_.begin(), full_.end());
    for (const auto& [thread, open] : open_) {
      left.push_back({open.chunk, ChunkKind::kEvents, thread, Ring::CountEvents(open.chunk) * sizeof(Event)});
    }
  }
  for (const FullChunk& full : left) {
    const format::ChunkHeader& header = full.chunk.header();
    const bool names = full.kind == ChunkKind::kNames;
    // Threads that still run may write behind these: word by word, and no further than what was complete.
    std::vector<uint64_t> words(full.used_bytes / sizeof(uint64_t));
    for (size_t i = 0; i < words.size(); ++i) words[i] = Load(full.chunk.words()[i]);
    if (!WriteOut(names ? LiveSection::kNames : LiveSection::kPiece, full.thread,
                  {header.first, Load(full.chunk.header().lost_after)}, std::as_bytes(std::span(words)))) {
      return;
    }
  }
  RingHeader& header = ring_->header();
  const format::Closing closing{header.ticks_per_second, Load(header.lost_events)};
  const LiveOut::Section closed{LiveSection::kClosed, 0, BytesOf(closing), {}};
  if (sections_.Append({&closed, 1})) RemoveRing();
  sections_.GiveBackRoom();
}

// The locks are held across the fork.
void LiveFile::BeforeFork() {
  journal_mu_.lock();
  out_mu_.lock();
  grow_mu_.lock();
  mu_.lock();
}

void LiveFile::AfterForkInParent() {
  mu_.unlock();
  grow_mu_.unlock();
  out_mu_.unlock();
  journal_mu_.unlock();
}

void LiveFile::AfterForkInChild() {
  AfterForkInParent();
  is_anothers_ = true;
  ring_->GiveUpLock();
  // Its thread is not here: it can be neither joined nor destroyed.
  static auto* const left_alone = new std::vector<std::unique_ptr<Drain>>;
  left_alone->push_back(std::move(drain_));
}

}  // namespace lockscope::trace
