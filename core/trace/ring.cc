#include "core/trace/ring.h"

#include <errno.h>
#include <sys/mman.h>

#include <atomic>
#include <cstring>

#include "core/trace/event.h"

namespace lockscope::trace {
namespace {

using format::ChunkHeader;
using format::ChunkKind;
using format::ChunkSize;
using format::RingHeader;

// Takes the page faults now: the pages are there (and zero), but this process has not touched them yet.
void Touch(std::byte* at, size_t bytes) {
  if (::madvise(at, bytes, MADV_POPULATE_WRITE) == 0) return;
  for (size_t page = 0; page < bytes; page += format::kRingPage) *static_cast<volatile std::byte*>(at + page) = {};
}

template <typename T>
void Store(T& field, T value, std::memory_order order) {
  std::atomic_ref<T>(field).store(value, order);
}

}  // namespace

Result<std::unique_ptr<Ring>> Ring::Map(RingFile file, uint64_t limit_bytes) {
  std::unique_ptr<Ring> ring(new Ring(std::move(file), limit_bytes));
  std::byte* const header = ring->MapPart(0, sizeof(RingHeader));
  if (header == nullptr) return Fail("{}: cannot be mapped: {}", ring->file_.path.string(), ErrnoText(errno));
  ring->header_ = reinterpret_cast<RingHeader*>(header);
  ring->header_->version = format::kRingVersion;
  ring->header_->header_bytes = sizeof(RingHeader);
  return ring;
}

Ring::~Ring() {
  for (const Part& part : parts_) ::munmap(part.at, part.bytes);
}

void Ring::Publish() {
  std::atomic_thread_fence(std::memory_order_release);
  std::memcpy(header_->magic, format::kRingMagic, sizeof header_->magic);
}

std::byte* Ring::MapPart(uint64_t from, size_t bytes) {
  void* const at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file_.fd.get(), static_cast<off_t>(from));
  if (at == MAP_FAILED) return nullptr;
  parts_.push_back({static_cast<std::byte*>(at), bytes});
  return parts_.back().at;
}

std::vector<LiveChunk> Ring::Grow(ChunkSize size) {
  const uint64_t count = header_->segment_count;
  const uint64_t from = sizeof(RingHeader) + count * format::kSegmentBytes;
  const uint64_t end = from + format::kSegmentBytes;
  if (end > limit_bytes_ || count == format::kMaxSegments) return {};
  if (end > allocated_) {
    if (!Allocate(file_.fd.get(), from, format::kSegmentBytes)) return {};
    allocated_ = end;
  }
  std::byte* const segment = MapPart(from, format::kSegmentBytes);
  if (segment == nullptr) return {};
  Touch(segment, format::kSegmentBytes);
  header_->segment_size[count] = static_cast<uint8_t>(size);
  Store(header_->segment_count, count + 1, std::memory_order_release);
  std::vector<LiveChunk> chunks;
  const size_t bytes = format::ChunkBytes(size);
  for (size_t at = 0; at + bytes <= format::kSegmentBytes; at += bytes) chunks.push_back({segment + at, bytes});
  return chunks;
}

void Ring::HandOver(const LiveChunk& chunk, ChunkKind kind, ObjectId thread, uint64_t first) {
  ChunkHeader& header = chunk.header();
  const uint32_t lap = header.lap | 1;  // Odd after Clear; even where it has never been used.
  Store(header.lap, lap, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  Store(header.kind, static_cast<uint32_t>(kind), std::memory_order_relaxed);
  Store(header.thread, thread, std::memory_order_relaxed);
  Store(header.first, first, std::memory_order_relaxed);
  Store(header.lost_after, uint64_t{0}, std::memory_order_relaxed);
  Store(header.lap, lap + 1, std::memory_order_release);
}

void Ring::Clear(const LiveChunk& chunk) {
  ChunkHeader& header = chunk.header();
  Store(header.lap, header.lap | 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  const std::span<std::byte> room = chunk.room();
  std::memset(room.data(), 0, room.size());
}

size_t Ring::CountEvents(const LiveChunk& chunk) {
  const std::span<uint64_t> words = chunk.words();
  size_t count = 0;
  while (count < words.size() / 2 &&
         std::atomic_ref<uint64_t>(words[2 * count + 1]).load(std::memory_order_acquire) != 0) {
    ++count;
  }
  return count;
}

void Ring::Unlink() {
  if (!file_.path.empty()) ::unlink(file_.path.c_str());
}

}  // namespace lockscope::trace
