#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include "core/base/unique_fd.h"
#include "core/trace/byte_io.h"
#include "core/trace/file_format.h"
#include "core/trace/section_checksum.h"
#include "core/trace/trace_file.h"

namespace lockscope::trace {
namespace {

using format::FileHeader;
using format::SectionHeader;
using format::SectionType;

void AppendSection(ByteWriter& out, SectionType type, uint32_t id, std::span<const std::byte> payload) {
  SectionHeader header{};
  header.type = static_cast<uint32_t>(type);
  header.id = id;
  header.capacity_bytes = (payload.size() + 15) / 16 * 16;
  header.size_bytes = payload.size();
  header.checksum = SectionChecksum(header, payload);
  out.Raw(&header, sizeof header);
  out.Raw(payload.data(), payload.size());
  out.PadTo(16);
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

Result<void> WriteAll(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Fail("{}", ErrnoText(errno));
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return {};
}

}  // namespace

std::vector<std::byte> EncodeTrace(const Trace& trace) {
  FileHeader header{};
  ByteWriter out;
  out.Raw(&header, sizeof header);
  AppendSection(out, SectionType::kMeta, 0, MetaPayload(trace.info()));
  AppendSection(out, SectionType::kKinds, 0, KindsPayload());
  AppendSection(out, SectionType::kObjects, 0, ObjectsPayload(trace.objects()));
  AppendSection(out, SectionType::kSites, 0, SitesPayload(trace.sites()));
  for (const TraceParts::ThreadEvents& log : trace.ToParts().threads) {
    AppendSection(out, SectionType::kEvents, log.thread, std::as_bytes(std::span(log.events)));
  }

  std::memcpy(header.magic, format::kMagic, sizeof header.magic);
  header.version = format::kVersion;
  header.header_bytes = sizeof header;
  header.state = static_cast<uint32_t>(trace.info().finished ? format::State::kFinished : format::State::kRecovered);
  header.ticks_per_second = trace.info().ticks_per_second;
  header.dropped_events = trace.info().dropped_events;
  header.file_bytes = out.bytes().size();
  header.checksum = XXH3_64bits(&header, offsetof(FileHeader, checksum));
  std::memcpy(out.bytes().data(), &header, sizeof header);
  return std::move(out.bytes());
}

Result<void> WriteTrace(const Trace& trace, const std::filesystem::path& path) {
  const std::string beside = path.string() + ".tmp";
  const std::vector<std::byte> bytes = EncodeTrace(trace);
  unique_fd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd.valid()) return Fail("{}: cannot be written: {}", path.string(), ErrnoText(errno));
  Result<void> written = WriteAll(fd.get(), bytes);
  if (written && ::close(fd.release()) != 0) written = Fail("{}", ErrnoText(errno));
  if (written && ::rename(beside.c_str(), path.c_str()) != 0) written = Fail("{}", ErrnoText(errno));
  if (!written) {
    ::unlink(beside.c_str());
    return Fail("{}: cannot be written: {}", path.string(), written.error().message);
  }
  return {};
}

}  // namespace lockscope::trace
