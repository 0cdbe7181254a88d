#include "core/trace/finished_reader.h"

#include <algorithm>
#include <cstring>

#include "core/trace/section_checksum.h"

namespace lockscope::trace {

using format::BlockForm;
using format::BlockHeader;
using format::SectionHeader;
using format::SectionType;

Result<Trace> FinishedReader::Read(const Progress& progress) {
  if (Result<void> ok = ReadSections(); !ok) return tl::make_unexpected(ok.error());
  uint64_t expected = 0;
  for (const TraceAssembly::Log& log : threads_) expected += log.events;
  if (expected != events_) {
    return Fail("{}: its threads have {} events, its blocks {}", name_, expected, events_);
  }
  TraceInfo info{header_.ticks_per_second, header_.dropped_events,
                 header_.state == static_cast<uint32_t>(format::State::kFinished), std::move(tables_.meta)};
  Result<TraceAssembly> assembly =
      TraceAssembly::Begin(std::move(info), std::move(tables_.objects), std::move(tables_.sites), threads_);
  if (!assembly) return Fail("{}: {}", name_, assembly.error().message);
  for (const Block& block : blocks_) {
    if (Result<void> ok = ReadBlock(block, *assembly); !ok) return tl::make_unexpected(ok.error());
    if (progress && !progress(assembly->committed(), assembly->total())) return Fail("{}: reading was stopped", name_);
  }
  Result<Trace> trace = assembly->Finish();
  if (!trace) return Fail("{}: {}", name_, trace.error().message);
  return trace;
}

Result<void> FinishedReader::ReadSections() {
  size_t at = header_.header_bytes;
  while (at < source_.size()) {
    SectionHeader section;
    if (!source_.Read(at, &section, sizeof section)) return At(at, "the file ends inside a section's header");
    const size_t payload_at = at + sizeof section;
    const size_t left = source_.size() - payload_at;
    if (section.type == static_cast<uint32_t>(SectionType::kEnd)) return At(at, "a section of type 0");
    if (section.capacity_bytes > left || section.capacity_bytes % 16 != 0) {
      return At(at + offsetof(SectionHeader, capacity_bytes),
                fmt::format("a section of {} bytes, but {} are left in the file", section.capacity_bytes, left));
    }
    if (section.size_bytes > section.capacity_bytes) {
      return At(at + offsetof(SectionHeader, size_bytes),
                fmt::format("{} bytes used of a section of {}", section.size_bytes, section.capacity_bytes));
    }
    const bool is_block = section.type == static_cast<uint32_t>(SectionType::kBlock);
    if (Result<void> ok = is_block ? NoteBlock(section, payload_at) : ReadTable(section, payload_at); !ok) return ok;
    at = payload_at + section.capacity_bytes;
  }
  return {};
}

Result<void> FinishedReader::ReadTable(const SectionHeader& section, size_t at) {
  payload_.resize(section.size_bytes);
  if (!source_.Read(at, payload_.data(), payload_.size())) return At(at, "this section cannot be read");
  if (section.checksum != SectionChecksum(section, payload_)) {
    return At(at - sizeof section + offsetof(SectionHeader, checksum),
              "the section's checksum is wrong: the file is damaged");
  }
  if (section.type == static_cast<uint32_t>(SectionType::kThreads)) return ReadThreads(at);
  return tables_.Read(static_cast<SectionType>(section.type), payload_, at);
}

Result<void> FinishedReader::ReadThreads(size_t at) {
  if (!threads_.empty()) return At(at, "a second table of threads");
  ByteReader in(payload_);
  const uint64_t count = in.U64();
  for (uint64_t i = 0; i < count && in.ok(); ++i) {
    const size_t entry_at = at + in.offset();
    const uint32_t thread = in.U32();
    in.U32();
    const uint64_t events = in.U64();
    if (!in.ok()) break;
    // More than all of the file could hold: the sum of such numbers could be anything.
    if (events == 0 || events / format::kMostEventsPerByte > source_.size()) {
      return At(entry_at, fmt::format("{} events of thread {} in a file of {} bytes", events, thread, source_.size()));
    }
    threads_.push_back({thread, events});
  }
  if (!in.ok()) return At(at + in.offset(), "the table of threads ends in the middle of an entry");
  return {};
}

Result<void> FinishedReader::NoteBlock(const SectionHeader& section, size_t at) {
  Block block{at, section, {}};
  if (section.size_bytes < sizeof block.header || !source_.Read(at, &block.header, sizeof block.header)) {
    return At(at, fmt::format("a block of {} bytes has no room for its header", section.size_bytes));
  }
  if (section.id != blocks_.size()) {
    return At(at - sizeof section + offsetof(SectionHeader, id),
              fmt::format("block {}; {} was expected", section.id, blocks_.size()));
  }
  const uint32_t events = block.header.events;
  if (events == 0 || events > format::kMostBlockEvents) {
    return At(at, fmt::format("a block of {} events; 1 to {} were expected", events, format::kMostBlockEvents));
  }
  if (events / format::kMostEventsPerByte > section.size_bytes) {
    return At(at, fmt::format("{} events in {} bytes; {} a byte are the most", events, section.size_bytes,
                              format::kMostEventsPerByte));
  }
  events_ += events;
  blocks_.push_back(block);
  return {};
}

Result<void> FinishedReader::ReadBlock(const Block& block, TraceAssembly& assembly) {
  const std::span<Event> room = assembly.Room(block.header.events);
  logs_.resize(block.header.events);
  Result<void> read = {};
  switch (static_cast<BlockForm>(block.header.form)) {
    case BlockForm::kPlain:
      read = ReadPlain(block, room);
      break;
    case BlockForm::kPacked:
      read = ReadPacked(block, room);
      break;
    default:
      return At(block.at + offsetof(BlockHeader, form),
                fmt::format("a block in the form {}; 1 or 2 was expected", block.header.form));
  }
  if (!read) return read;
  Result<void> committed = assembly.Commit(logs_);
  if (!committed) return At(block.at, fmt::format("block {}: {}", block.section.id, committed.error().message));
  return {};
}

// Straight to where the events stay.
Result<void> FinishedReader::ReadPlain(const Block& block, std::span<Event> events) {
  const bool wide = threads_.size() > size_t{1} << 16;
  const size_t log_bytes = events.size() * (wide ? 4 : 2);
  const size_t expected = 2 * sizeof(BlockHeader) + events.size_bytes() + log_bytes;
  if (block.section.size_bytes != expected) {
    return At(block.at, fmt::format("a plain block of {} events in {} bytes; {} were expected", events.size(),
                                    block.section.size_bytes, expected));
  }
  BlockHeader headers[2];  // The second is padding.
  payload_.resize(log_bytes);
  const size_t events_at = block.at + sizeof headers;
  if (!source_.Read(block.at, headers, sizeof headers) ||
      !source_.Read(events_at, events.data(), events.size_bytes()) ||
      !source_.Read(events_at + events.size_bytes(), payload_.data(), log_bytes)) {
    return At(block.at, fmt::format("block {} cannot be read", block.section.id));
  }
  const uint64_t checksum = SectionChecksum(block.section, std::as_bytes(std::span(headers)), std::as_bytes(events),
                                            std::span<const std::byte>(payload_));
  if (checksum != block.section.checksum) {
    return At(block.at - sizeof(SectionHeader) + offsetof(SectionHeader, checksum),
              fmt::format("the checksum of block {} is wrong: the file is damaged", block.section.id));
  }
  if (wide) {
    std::memcpy(logs_.data(), payload_.data(), log_bytes);
    return {};
  }
  for (size_t i = 0; i < events.size(); ++i) {
    uint16_t log;
    std::memcpy(&log, payload_.data() + i * sizeof log, sizeof log);
    logs_[i] = log;
  }
  return {};
}

Result<void> FinishedReader::ReadPacked(const Block& block, std::span<Event> events) {
  payload_.resize(block.section.size_bytes);
  if (!source_.Read(block.at, payload_.data(), payload_.size())) {
    return At(block.at, fmt::format("block {} cannot be read", block.section.id));
  }
  if (block.section.checksum != SectionChecksum(block.section, payload_)) {
    return At(block.at - sizeof(SectionHeader) + offsetof(SectionHeader, checksum),
              fmt::format("the checksum of block {} is wrong: the file is damaged", block.section.id));
  }
  const auto packed = std::span<const std::byte>(payload_).subspan(sizeof(BlockHeader));
  Result<void> read = packed_.Read(packed, events, logs_);
  if (!read) return At(block.at, fmt::format("block {}: {}", block.section.id, read.error().message));
  return {};
}

}  // namespace lockscope::trace
