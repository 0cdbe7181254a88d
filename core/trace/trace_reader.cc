#include <xxhash.h>

#include <map>

#include "core/trace/byte_io.h"
#include "core/trace/byte_source.h"
#include "core/trace/file_format.h"
#include "core/trace/finished_reader.h"
#include "core/trace/recovery.h"
#include "core/trace/section_checksum.h"
#include "core/trace/section_tables.h"
#include "core/trace/trace_file.h"

namespace lockscope::trace {
namespace {

using format::FileHeader;
using format::SectionHeader;
using format::SectionType;
using format::State;

bool IsLive(const FileHeader& header) { return header.state == static_cast<uint32_t>(State::kLive); }

Result<FileHeader> ReadHeader(const ByteSource& source, const std::string& name) {
  FileHeader header{};
  const size_t there = std::min(source.size(), sizeof header);
  if (there == 0) return Fail("{}: the file is empty, not a lockscope trace", name);
  if (!source.Read(0, &header, there)) return FailAt(name, 0, "the file's header cannot be read");
  if (std::memcmp(header.magic, format::kMagic, std::min(there, sizeof format::kMagic)) != 0) {
    if (header.magic[0] == '{') return Fail("{}: this is JSON, not a lockscope trace", name);
    return Fail("{}: not a lockscope trace (it does not begin with the eight bytes of one)", name);
  }
  if (there < sizeof header) {
    return FailAt(name, there, fmt::format("the file ends inside its {}-byte header", sizeof header));
  }
  if (header.version < format::kOldestVersion || header.version > format::kVersion) {
    return FailAt(name, offsetof(FileHeader, version),
                  fmt::format("version {} of the format; this program reads versions {} to {}", header.version,
                              format::kOldestVersion, format::kVersion));
  }
  const auto state = static_cast<State>(header.state);
  if (state != State::kLive && state != State::kFinished && state != State::kRecovered) {
    return FailAt(name, offsetof(FileHeader, state), fmt::format("state {}; 1, 2 or 3 was expected", header.state));
  }
  if (header.header_bytes < sizeof header || header.header_bytes > source.size()) {
    return FailAt(name, offsetof(FileHeader, header_bytes),
                  fmt::format("a header of {} bytes in a file of {}", header.header_bytes, source.size()));
  }
  if (header.ticks_per_second == 0) return FailAt(name, offsetof(FileHeader, ticks_per_second), "0 ticks a second");
  if (IsLive(header)) return header;
  if (header.checksum != XXH3_64bits(&header, offsetof(FileHeader, checksum))) {
    return FailAt(name, offsetof(FileHeader, checksum), "the header's checksum is wrong: the file is damaged");
  }
  if (header.file_bytes != source.size()) {
    return FailAt(name, source.size(),
                  fmt::format("the file ends here, but it says that it has {} bytes: it is {}", header.file_bytes,
                              header.file_bytes > source.size() ? "cut off" : "followed by something else"));
  }
  return header;
}

// Reads finished files of version 1: one section of events a thread.
class ThreadwiseReader {
 public:
  ThreadwiseReader(std::span<const std::byte> bytes, const std::string& name, const FileHeader& header)
      : bytes_(bytes), name_(name), header_(header), tables_(name) {}

  Result<Trace> Read() {
    if (Result<void> ok = ReadSections(); !ok) return tl::make_unexpected(ok.error());
    TraceParts parts;
    parts.info = {header_.ticks_per_second, header_.dropped_events,
                  header_.state == static_cast<uint32_t>(State::kFinished), std::move(tables_.meta)};
    parts.objects = std::move(tables_.objects);
    parts.sites = std::move(tables_.sites);
    for (auto& [thread, events] : events_) parts.threads.push_back({thread, std::move(events)});
    Result<Trace> trace = Trace::Build(std::move(parts));
    if (!trace) return Fail("{}: {}", name_, trace.error().message);
    return trace;
  }

 private:
  tl::unexpected<Error> At(size_t offset, const std::string& what) { return FailAt(name_, offset, what); }

  Result<void> ReadSections() {
    size_t at = header_.header_bytes;
    while (at < bytes_.size()) {
      SectionHeader section;
      if (bytes_.size() - at < sizeof section) return At(at, "the file ends inside a section's header");
      std::memcpy(&section, bytes_.data() + at, sizeof section);
      if (section.type == static_cast<uint32_t>(SectionType::kEnd)) {
        return At(at, "a section of type 0");
      }
      const size_t payload_at = at + sizeof section;
      if (section.capacity_bytes > bytes_.size() - payload_at || section.capacity_bytes % 16 != 0) {
        return At(at + 8, fmt::format("a section of {} bytes, but {} are left in the file", section.capacity_bytes,
                                      bytes_.size() - payload_at));
      }
      if (section.size_bytes > section.capacity_bytes) {
        return At(at + 16, fmt::format("{} bytes used of a section of {}", section.size_bytes, section.capacity_bytes));
      }
      const std::span<const std::byte> payload = bytes_.subspan(payload_at, section.size_bytes);
      if (section.checksum != SectionChecksum(section, payload)) {
        return At(at + offsetof(SectionHeader, checksum), "the section's checksum is wrong: the file is damaged");
      }
      if (Result<void> ok = ReadSection(section, payload, payload_at); !ok) return ok;
      at = payload_at + section.capacity_bytes;
    }
    return {};
  }

  Result<void> ReadSection(const SectionHeader& section, std::span<const std::byte> payload, size_t at) {
    if (section.type == static_cast<uint32_t>(SectionType::kEvents)) return ReadEvents(section, payload, at);
    return tables_.Read(static_cast<SectionType>(section.type), payload, at);
  }

  Result<void> ReadEvents(const SectionHeader& section, std::span<const std::byte> payload, size_t at) {
    if (payload.size() % sizeof(Event) != 0) return At(at, "events that do not fill 16 bytes each");
    std::vector<Event>& events = events_[section.id];
    const size_t count = payload.size() / sizeof(Event);
    events.reserve(events.size() + count);
    for (size_t i = 0; i < count; ++i) {
      uint64_t words[2];
      std::memcpy(words, payload.data() + i * sizeof(Event), sizeof words);
      if (words[1] == 0) {
        return At(at + i * sizeof(Event), "an incomplete event in a finished file");
      }
      events.emplace_back(words[0], words[1]);
    }
    return {};
  }

  std::span<const std::byte> bytes_;
  const std::string& name_;
  const FileHeader& header_;
  SectionTables tables_;
  std::map<ObjectId, std::vector<Event>> events_;
};

// Not of a live one.
Result<Trace> ReadFinished(const ByteSource& source, const std::string& name, const FileHeader& header,
                           const Progress& progress) {
  if (header.version >= 2) return FinishedReader(source, name, header).Read(progress);
  std::vector<std::byte> bytes(source.size());
  if (!source.Read(0, bytes.data(), bytes.size())) return FailAt(name, 0, "the file cannot be read to its end");
  return ThreadwiseReader(bytes, name, header).Read();
}

}  // namespace

Result<Trace> ReadTraceBytes(std::span<const std::byte> bytes, const std::string& name) {
  const ByteSource source(bytes);
  const Result<FileHeader> header = ReadHeader(source, name);
  if (!header) return tl::make_unexpected(header.error());
  return IsLive(*header) ? ReadLiveBytes(bytes, name) : ReadFinished(source, name, *header, {});
}

Result<Trace> ReadTrace(const std::filesystem::path& path, const Progress& progress) {
  const Result<ByteSource> source = ByteSource::Open(path);
  if (!source) return tl::make_unexpected(source.error());
  const Result<FileHeader> header = ReadHeader(*source, path.string());
  if (!header) return tl::make_unexpected(header.error());
  return IsLive(*header) ? ReadLive(path) : ReadFinished(*source, path.string(), *header, progress);
}

}  // namespace lockscope::trace
