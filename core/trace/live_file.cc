#include "core/trace/live_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "core/trace/byte_io.h"

namespace lockscope::trace {
namespace {

using format::FileHeader;
using format::JournalHead;
using format::SectionHeader;
using format::SectionType;

// Segments double from the first to the last size, so that a short run makes a small file and a long one few mappings.
constexpr size_t kFirstSegment = 1u << 20;
constexpr size_t kLastSegment = 64u << 20;
constexpr size_t kJournalChunk = 64u << 10;

size_t RoundUp(size_t value, size_t multiple) { return (value + multiple - 1) / multiple * multiple; }

// A field that a reader in another process (or after our death) looks at: it must see what was stored before it.
void Publish(uint32_t& field, uint32_t value) {
  std::atomic_ref<uint32_t>(field).store(value, std::memory_order_release);
}

}  // namespace

Result<std::shared_ptr<LiveFile>> LiveFile::Create(const std::filesystem::path& path, uint32_t session,
                                                   bool virtual_time) {
  unique_fd fd(path.empty() ? ::memfd_create("lockscope recording", MFD_CLOEXEC)
                            : ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd.valid()) return Fail("{}: cannot be created: {}", path.string(), ErrnoText(errno));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return Fail("{}: a recording needs a regular file", path.string());
  }
  std::shared_ptr<LiveFile> file(new LiveFile(std::move(fd), session, virtual_time));
  if (file->segments_front_ == nullptr) return Fail("{}: cannot be recorded to: {}", path.string(), ErrnoText(errno));
  return file;
}

LiveFile::LiveFile(unique_fd fd, uint32_t session, bool virtual_time)
    : fd_(std::move(fd)), session_(session), virtual_time_(virtual_time) {
  const uint64_t rate = virtual_time ? 1'000'000'000 : EstimatedTicksPerSecond();
  const PrivateLock lock(mu_);
  if (!Grow(sizeof(FileHeader))) return;
  segments_front_ = segments_.front().address;
  used_ = sizeof(FileHeader);
  if (!virtual_time) first_ = ReadClockPair();
  FileHeader& start = header();
  start.version = format::kVersion;
  start.header_bytes = sizeof(FileHeader);
  start.state = static_cast<uint32_t>(format::State::kLive);
  start.ticks_per_second = rate;
  start.first_ticks = start.last_ticks = first_.ticks;
  start.first_ns = start.last_ns = first_.monotonic_ns;
  std::atomic_thread_fence(std::memory_order_release);
  std::memcpy(start.magic, format::kMagic, sizeof start.magic);
}

LiveFile::~LiveFile() {
  const PrivateLock lock(mu_);
  for (const Segment& segment : segments_) ::munmap(segment.address, segment.bytes);
}

// Reserves the blocks on the disk at once: a full disk is then an error here and not a SIGBUS at some later store.
bool LiveFile::Grow(size_t at_least) {
  if (full_) return false;
  const size_t doubled = segments_.empty() ? kFirstSegment : std::min(segments_.back().bytes * 2, kLastSegment);
  const size_t bytes = std::max(doubled, RoundUp(at_least + 2 * sizeof(SectionHeader), 4096));
  int error = 0;
  do {
    error = ::posix_fallocate(fd_.get(), static_cast<off_t>(file_bytes_), static_cast<off_t>(bytes));
  } while (error == EINTR);
  void* address = MAP_FAILED;
  if (error == 0) {
    address = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), static_cast<off_t>(file_bytes_));
    if (address == MAP_FAILED) error = errno;
  }
  if (error != 0) {
    full_ = true;
    errno = error;
    return false;
  }
  // What the last segment has left becomes padding, so that sections still follow one another.
  if (!segments_.empty() && segments_.back().bytes - used_ >= sizeof(SectionHeader)) {
    auto* rest = reinterpret_cast<SectionHeader*>(segments_.back().address + used_);
    rest->capacity_bytes = segments_.back().bytes - used_ - sizeof(SectionHeader);
    Publish(rest->type, static_cast<uint32_t>(SectionType::kPadding));
  }
  segments_.push_back({static_cast<std::byte*>(address), bytes});
  file_bytes_ += bytes;
  used_ = 0;
  return true;
}

std::byte* LiveFile::TakeSection(SectionType type, uint32_t id, size_t payload_bytes) {
  const size_t payload = RoundUp(payload_bytes, 16);
  // Room for one more header is always left, for the padding.
  const size_t needed = sizeof(SectionHeader) + payload + sizeof(SectionHeader);
  if (segments_.back().bytes - used_ < needed && !Grow(needed)) return nullptr;
  auto* section = reinterpret_cast<SectionHeader*>(segments_.back().address + used_);
  section->id = id;
  section->capacity_bytes = payload;
  Publish(section->type, static_cast<uint32_t>(type));
  used_ += sizeof(SectionHeader) + payload;
  return reinterpret_cast<std::byte*>(section + 1);
}

std::span<uint64_t> LiveFile::TakeChunk(ObjectId thread, size_t events) {
  const PrivateLock lock(mu_);
  std::byte* payload = TakeSection(SectionType::kEvents, thread, events * sizeof(Event));
  if (payload == nullptr) return {};
  auto* const words = reinterpret_cast<uint64_t*>(payload);
  unseen_[thread] = {words, words + events * 2};
  ++new_chunks_;
  return {words, events * 2};
}

bool LiveFile::HasMoved() {
  const PrivateLock lock(mu_);
  const uint64_t drops = std::atomic_ref<uint64_t>(header().dropped_events).load(std::memory_order_relaxed);
  bool moved = std::exchange(new_chunks_, 0) > 0 || std::exchange(seen_drops_, drops) != drops;
  for (auto& [thread, unseen] : unseen_) {
    // An event is there once its second word is not zero.
    while (unseen.next != unseen.end &&
           std::atomic_ref<uint64_t>(unseen.next[1]).load(std::memory_order_relaxed) != 0) {
      unseen.next += 2;
      moved = true;
    }
  }
  return moved;
}

void LiveFile::CountDropped(uint64_t events) {
  std::atomic_ref<uint64_t>(header().dropped_events).fetch_add(events, std::memory_order_relaxed);
}

void LiveFile::JournalRecord(SectionType type, const std::vector<std::byte>& payload) {
  const PrivateLock lock(mu_);
  const size_t bytes = RoundUp(sizeof(JournalHead) + payload.size(), 8);
  // One head's worth stays zero at the end of each journal section: where the reader stops.
  if (journal_left_ < bytes + sizeof(JournalHead)) {
    const size_t size = std::max(kJournalChunk, bytes + sizeof(JournalHead));
    std::byte* section = TakeSection(SectionType::kJournal, 0, size);
    if (section == nullptr) return;  // Full: events are being dropped and counted, too.
    journal_ = section;
    journal_left_ = size;
  }
  auto* head = reinterpret_cast<JournalHead*>(journal_);
  head->type = static_cast<uint32_t>(type);
  std::memcpy(head + 1, payload.data(), payload.size());
  Publish(head->record_bytes, static_cast<uint32_t>(bytes));
  journal_ += bytes;
  journal_left_ -= bytes;
}

void LiveFile::JournalObject(ObjectId id, const Object& object) {
  ByteWriter payload;
  payload.U32(id);
  payload.U32(static_cast<uint32_t>(object.type));
  payload.U32(object.parent);
  payload.Text(object.name);
  payload.Text(object.lock_class);
  JournalRecord(SectionType::kObjects, payload.bytes());
}

void LiveFile::JournalSite(SiteId id, const Site& site) {
  ByteWriter payload;
  payload.U32(id);
  payload.U32(static_cast<uint32_t>(site.line));
  payload.Text(site.file);
  payload.Text(site.function);
  JournalRecord(SectionType::kSites, payload.bytes());
}

void LiveFile::JournalMeta(std::string_view key, std::string_view value) {
  ByteWriter payload;
  payload.Text(key);
  payload.Text(value);
  JournalRecord(SectionType::kMeta, payload.bytes());
}

void LiveFile::UpdateClock() {
  if (virtual_time_) return;
  const ClockPair now = ReadClockPair();
  const PrivateLock lock(mu_);
  header().last_ticks = now.ticks;
  header().last_ns = now.monotonic_ns;
  header().ticks_per_second = TicksPerSecond(first_, now, header().ticks_per_second);
}

std::vector<std::byte> LiveFile::Snapshot() const {
  const PrivateLock lock(mu_);
  std::vector<std::byte> bytes(file_bytes_);
  size_t end = file_bytes_;
  // Backwards, word by word: threads may still be writing, and an event's last word, seen, vouches for its first.
  for (auto segment = segments_.rbegin(); segment != segments_.rend(); ++segment) {
    for (size_t at = segment->bytes; at > 0; at -= sizeof(uint64_t)) {
      auto& word = *reinterpret_cast<uint64_t*>(segment->address + at - sizeof(uint64_t));
      const uint64_t value = std::atomic_ref<uint64_t>(word).load(std::memory_order_acquire);
      end -= sizeof value;
      std::memcpy(bytes.data() + end, &value, sizeof value);
    }
  }
  return bytes;
}

}  // namespace lockscope::trace
