#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cstring>

#include "core/base/unique_fd.h"
#include "core/trace/byte_io.h"
#include "core/trace/file_format.h"
#include "core/trace/packed_block.h"
#include "core/trace/recording_place.h"
#include "core/trace/section_checksum.h"
#include "core/trace/trace_file.h"

namespace lockscope::trace {
namespace {

using format::FileHeader;
using format::SectionHeader;
using format::SectionType;

constexpr size_t kBlockEvents = 16'384;  // 256 KiB of events: they stay near the processor from one pass to the next.

std::vector<std::byte> AsSection(SectionType type, uint32_t id, std::span<const std::byte> payload) {
  SectionHeader header{};
  header.type = static_cast<uint32_t>(type);
  header.id = id;
  header.capacity_bytes = (payload.size() + 15) / 16 * 16;
  header.size_bytes = payload.size();
  header.checksum = SectionChecksum(header, payload);
  ByteWriter out;
  out.Raw(&header, sizeof header);
  out.Raw(payload.data(), payload.size());
  out.PadTo(16);
  return std::move(out.bytes());
}

std::vector<std::byte> MetaPayload(const TraceInfo& info) {
  ByteWriter out;
  out.U32(static_cast<uint32_t>(info.meta.size()));
  for (const auto& [key, value] : info.meta) {
    out.Text(key);
    out.Text(value);
  }
  return std::move(out.bytes());
}

std::vector<std::byte> KindsPayload() {
  ByteWriter out;
  const KindRange kinds = AllKinds();
  out.U32(static_cast<uint32_t>(kinds.last - kinds.first));
  for (const KindInfo& kind : kinds) {
    out.U32(static_cast<uint32_t>(kind.kind));
    out.Text(kind.name);
  }
  return std::move(out.bytes());
}

std::vector<std::byte> ObjectsPayload(std::span<const Object> objects) {
  ByteWriter out;
  out.U32(static_cast<uint32_t>(objects.size()));
  for (const Object& object : objects) {
    out.U32(static_cast<uint32_t>(object.type));
    out.U32(object.parent);
    out.Text(object.name);
    out.Text(object.lock_class);
  }
  return std::move(out.bytes());
}

std::vector<std::byte> SitesPayload(std::span<const Site> sites) {
  ByteWriter out;
  out.U32(static_cast<uint32_t>(sites.size()));
  for (const Site& site : sites) {
    out.U32(static_cast<uint32_t>(site.line));
    out.Text(site.file);
    out.Text(site.function);
  }
  return std::move(out.bytes());
}

std::vector<std::byte> ThreadsPayload(const Trace& trace) {
  ByteWriter out;
  out.U64(trace.threads().size());
  for (size_t i = 0; i < trace.threads().size(); ++i) {
    const format::ThreadEntry entry{trace.threads()[i], 0, trace.StepsOf(i).size()};
    out.Raw(&entry, sizeof entry);
  }
  return std::move(out.bytes());
}

std::vector<std::byte> PlainBlock(std::span<const Event> events, std::span<const uint32_t> logs, bool wide) {
  ByteWriter out;
  const format::BlockHeader header{static_cast<uint32_t>(events.size()),
                                   static_cast<uint32_t>(format::BlockForm::kPlain)};
  out.Raw(&header, sizeof header);
  out.U64(0);
  out.Raw(events.data(), events.size_bytes());
  for (const uint32_t log : logs) out.Raw(&log, wide ? 4 : 2);
  return std::move(out.bytes());
}

// Hands the file's bytes, but for the header, to `sink` piece by piece, as long as it says that it goes well; then returns
// the header.
template <typename Sink>
Result<FileHeader> WriteSections(const Trace& trace, FileForm form, Sink sink) {
  FileHeader header{};
  header.file_bytes = sizeof header;
  Result<void> written = {};
  const auto write = [&](const std::vector<std::byte>& section) {
    header.file_bytes += section.size();
    if (written) written = sink(section);
  };
  write(AsSection(SectionType::kMeta, 0, MetaPayload(trace.info())));
  write(AsSection(SectionType::kKinds, 0, KindsPayload()));
  write(AsSection(SectionType::kObjects, 0, ObjectsPayload(trace.objects())));
  write(AsSection(SectionType::kSites, 0, SitesPayload(trace.sites())));
  write(AsSection(SectionType::kThreads, 0, ThreadsPayload(trace)));
  PackedBlockWriter packed(trace.Meta("clock") != "virtual");
  std::vector<uint32_t> logs;
  std::vector<std::byte> block;
  uint32_t number = 0;
  for (size_t at = 0; at < trace.size() && written; at += kBlockEvents) {
    const std::span<const Event> events = trace.events().subspan(at, std::min(kBlockEvents, trace.size() - at));
    logs.clear();
    for (size_t i = 0; i < events.size(); ++i) logs.push_back(static_cast<uint32_t>(trace.ThreadIndex(at + i)));
    block.clear();
    if (form == FileForm::kPlain) {
      block = PlainBlock(events, logs, trace.threads().size() > size_t{1} << 16);
    } else {
      packed.Append(events, logs, block);
    }
    write(AsSection(SectionType::kBlock, number++, block));
  }
  if (!written) return tl::make_unexpected(written.error());

  std::memcpy(header.magic, format::kMagic, sizeof header.magic);
  header.version = format::kVersion;
  header.header_bytes = sizeof header;
  header.state = static_cast<uint32_t>(trace.info().finished ? format::State::kFinished : format::State::kRecovered);
  header.ticks_per_second = trace.info().ticks_per_second;
  header.dropped_events = trace.info().dropped_events;
  header.checksum = XXH3_64bits(&header, offsetof(FileHeader, checksum));
  return header;
}

Result<void> WriteAllAt(int fd, uint64_t at, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Fail("{}", ErrnoText(errno));
    bytes = bytes.subspan(static_cast<size_t>(written));
    at += static_cast<uint64_t>(written);
  }
  return {};
}

Result<void> WriteFile(const Trace& trace, int fd, FileForm form) {
  uint64_t at = sizeof(FileHeader);
  const Result<FileHeader> header = WriteSections(trace, form, [&](std::span<const std::byte> bytes) {
    Result<void> written = WriteAllAt(fd, at, bytes);
    at += bytes.size();
    return written;
  });
  if (!header) return tl::make_unexpected(header.error());
  return WriteAllAt(fd, 0, std::as_bytes(std::span(&*header, 1)));
}

// `path` is what it is called in a message, `place` the file.
Result<void> WriteTo(const Trace& trace, const std::filesystem::path& path, const std::filesystem::path& place,
                     FileForm form) {
  const std::string beside = place.string() + ".tmp";
  unique_fd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd.valid()) return Fail("{}: cannot be written: {}", path.string(), ErrnoText(errno));
  Result<void> written = WriteFile(trace, fd.get(), form);
  if (written && ::close(fd.release()) != 0) written = Fail("{}", ErrnoText(errno));
  if (written && ::rename(beside.c_str(), place.c_str()) != 0) written = Fail("{}", ErrnoText(errno));
  if (!written) {
    ::unlink(beside.c_str());
    return Fail("{}: cannot be written: {}", path.string(), written.error().message);
  }
  return {};
}

}  // namespace

std::vector<std::byte> EncodeTrace(const Trace& trace, FileForm form) {
  std::vector<std::byte> bytes(sizeof(FileHeader));
  const Result<FileHeader> header = WriteSections(trace, form, [&](std::span<const std::byte> section) {
    bytes.insert(bytes.end(), section.begin(), section.end());
    return Result<void>();
  });
  std::memcpy(bytes.data(), &*header, sizeof(FileHeader));
  return bytes;
}

Result<void> WriteTrace(const Trace& trace, const std::filesystem::path& path, FileForm form) {
  const Result<RecordingPlace> place = PlaceForRecording(path);
  if (!place) return tl::make_unexpected(place.error());
  Result<void> written = WriteTo(trace, path, place->file, form);
  if (written && !place->ring.empty()) ::unlink(place->ring.c_str());
  return written;
}

Result<void> WriteFinished(const Trace& trace, const std::filesystem::path& path) {
  const Result<std::filesystem::path> place = PlaceOfUnfinished(path);
  if (!place) return tl::make_unexpected(place.error());
  return WriteTo(trace, path, *place, FileForm::kCompact);
}

}  // namespace lockscope::trace
