#include "core/trace/name_journal.h"

#include <atomic>
#include <cstring>
#include <utility>

#include "core/trace/byte_io.h"
#include "core/trace/file_bytes.h"
#include "core/trace/file_format.h"
#include "core/trace/ring.h"

namespace lockscope::trace {
namespace {

using format::NameHead;
using format::SectionType;

std::vector<std::byte> Record(SectionType type, std::vector<std::byte> payload) {
  ByteWriter record;
  record.U32(static_cast<uint32_t>(RoundUp(sizeof(NameHead) + payload.size(), 8)));
  record.U32(static_cast<uint32_t>(type));
  record.Raw(payload.data(), payload.size());
  record.PadTo(8);
  return std::move(record.bytes());
}

}  // namespace

std::vector<std::byte> ObjectRecord(ObjectId id, const Object& object) {
  ByteWriter payload;
  payload.U32(id);
  payload.U32(static_cast<uint32_t>(object.type));
  payload.U32(object.parent);
  payload.Text(object.name);
  payload.Text(object.lock_class);
  return Record(SectionType::kObjects, std::move(payload.bytes()));
}

std::vector<std::byte> SiteRecord(SiteId id, const Site& site) {
  ByteWriter payload;
  payload.U32(id);
  payload.U32(static_cast<uint32_t>(site.line));
  payload.Text(site.file);
  payload.Text(site.function);
  return Record(SectionType::kSites, std::move(payload.bytes()));
}

std::vector<std::byte> MetaRecord(std::string_view key, std::string_view value) {
  ByteWriter payload;
  payload.Text(key);
  payload.Text(value);
  return Record(SectionType::kMeta, std::move(payload.bytes()));
}

bool NameJournal::Put(std::span<const std::byte> record) {
  // One head's worth stays zero at the end: where the reader stops.
  if (!page_.chunk || page_.used_bytes + record.size() + sizeof(NameHead) > page_.chunk.room().size()) return false;
  std::byte* const at = page_.chunk.room().data() + page_.used_bytes;
  std::memcpy(at + sizeof(uint32_t), record.data() + sizeof(uint32_t), record.size() - sizeof(uint32_t));
  std::atomic_ref<uint32_t>(*reinterpret_cast<uint32_t*>(at))
      .store(static_cast<uint32_t>(record.size()), std::memory_order_release);
  page_.used_bytes += record.size();
  return true;
}

NameJournal::Page NameJournal::TurnTo(const LiveChunk& next) {
  first_ += page_.used_bytes;
  if (next) Ring::HandOver(next, format::ChunkKind::kNames, kNoObject, first_);
  return std::exchange(page_, {next, 0});
}

uint64_t NameJournal::Skip(size_t record_bytes) { return std::exchange(first_, first_ + record_bytes); }

}  // namespace lockscope::trace
