#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <xxhash.h>

#include <map>

#include "core/base/unique_fd.h"
#include "core/trace/byte_io.h"
#include "core/trace/file_bytes.h"
#include "core/trace/file_format.h"
#include "core/trace/live_names.h"
#include "core/trace/recovery.h"
#include "core/trace/section_checksum.h"
#include "core/trace/trace_file.h"

namespace lockscope::trace {
namespace {

using format::FileHeader;
using format::SectionHeader;
using format::SectionType;
using format::State;

// Reads one file. Every method that meets something unusable says what and at which offset.
class FileReader {
 public:
  FileReader(std::span<const std::byte> bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  Result<Trace> Read() {
    if (Result<void> ok = ReadHeader(); !ok) return tl::make_unexpected(ok.error());
    if (live_) return ReadLiveBytes(bytes_, name_);
    if (Result<void> ok = ReadSections(); !ok) return tl::make_unexpected(ok.error());
    parts_.info.finished = header_.state == static_cast<uint32_t>(State::kFinished);
    parts_.info.ticks_per_second = header_.ticks_per_second;
    parts_.info.dropped_events = header_.dropped_events;
    for (auto& [thread, events] : events_) parts_.threads.push_back({thread, std::move(events)});
    Result<Trace> trace = Trace::Build(std::move(parts_));
    if (!trace) return Fail("{}: {}", name_, trace.error().message);
    return trace;
  }

 private:
  tl::unexpected<Error> At(size_t offset, const std::string& what) {
    return Fail("{}: at byte {}: {}", name_, offset, what);
  }

  Result<void> ReadHeader() {
    if (bytes_.empty()) return Fail("{}: the file is empty, not a lockscope trace", name_);
    const size_t magic = std::min(bytes_.size(), sizeof format::kMagic);
    if (std::memcmp(bytes_.data(), format::kMagic, magic) != 0) {
      const auto first = static_cast<char>(bytes_[0]);
      if (first == '{') return Fail("{}: this is JSON, not a lockscope trace", name_);
      return Fail("{}: not a lockscope trace (it does not begin with the eight bytes of one)", name_);
    }
    if (bytes_.size() < sizeof header_) {
      return At(bytes_.size(), fmt::format("the file ends inside its {}-byte header", sizeof header_));
    }
    std::memcpy(&header_, bytes_.data(), sizeof header_);
    if (header_.version != format::kVersion) {
      return At(
          8, fmt::format("version {} of the format; this program reads version {}", header_.version, format::kVersion));
    }
    const auto state = static_cast<State>(header_.state);
    if (state != State::kLive && state != State::kFinished && state != State::kRecovered) {
      return At(16, fmt::format("state {}; 1, 2 or 3 was expected", header_.state));
    }
    live_ = state == State::kLive;
    if (header_.header_bytes < sizeof header_ || header_.header_bytes > bytes_.size()) {
      return At(12, fmt::format("a header of {} bytes in a file of {}", header_.header_bytes, bytes_.size()));
    }
    if (header_.ticks_per_second == 0) return At(24, "0 ticks a second");
    if (live_) return {};
    if (header_.checksum != XXH3_64bits(bytes_.data(), offsetof(FileHeader, checksum))) {
      return At(offsetof(FileHeader, checksum), "the header's checksum is wrong: the file is damaged");
    }
    if (header_.file_bytes != bytes_.size()) {
      return At(bytes_.size(),
                fmt::format("the file ends here, but it says that it has {} bytes: it is {}", header_.file_bytes,
                            header_.file_bytes > bytes_.size() ? "cut off" : "followed by something else"));
    }
    return {};
  }

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
    switch (static_cast<SectionType>(section.type)) {
      case SectionType::kMeta:
        return ReadTable(payload, at, "meta", [this](ByteReader& in) {
          std::string key = in.Text();
          std::string value = in.Text();
          if (in.ok()) parts_.info.meta.emplace_back(std::move(key), std::move(value));
          return true;
        });
      case SectionType::kKinds:
        return ReadKinds(payload, at);
      case SectionType::kObjects:
        return ReadTable(payload, at, "objects", [this](ByteReader& in) {
          Object object = LiveNames::ReadObject(in);
          if (!in.ok()) return true;
          const bool known = !ObjectTypeName(object.type).empty();
          parts_.objects.push_back(std::move(object));
          return known;
        });
      case SectionType::kSites:
        return ReadTable(payload, at, "sites", [this](ByteReader& in) {
          Site site = LiveNames::ReadSite(in);
          if (in.ok()) parts_.sites.push_back(std::move(site));
          return true;
        });
      case SectionType::kEvents:
        return ReadEvents(section, payload, at);
      default:
        return {};  // Of a later version: skipped.
    }
  }

  // A count and that many entries; `read` says whether the entry made sense.
  template <typename Read>
  Result<void> ReadTable(std::span<const std::byte> payload, size_t at, std::string_view what, Read read) {
    ByteReader in(payload);
    const uint32_t count = in.U32();
    for (uint32_t i = 0; i < count && in.ok(); ++i) {
      const size_t entry_at = at + in.offset();
      if (!read(in)) return At(entry_at, fmt::format("entry {} of the table of {} is not one", i, what));
    }
    if (!in.ok()) return At(at + in.offset(), fmt::format("the table of {} ends in the middle of an entry", what));
    return {};
  }

  Result<void> ReadKinds(std::span<const std::byte> payload, size_t at) {
    std::string wrong;
    Result<void> table = ReadTable(payload, at, "kinds", [&wrong](ByteReader& in) {
      const uint32_t number = in.U32();
      const std::string name = in.Text();
      const KindInfo* kind = number < 256 ? FindKind(static_cast<EventKind>(number)) : nullptr;
      if (in.ok() && kind != nullptr && kind->name != name) wrong = name;
      return true;
    });
    if (table && !wrong.empty())
      return At(at, fmt::format("event kind '{}' has another number here than in this program", wrong));
    return table;
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
  FileHeader header_{};
  bool live_ = false;
  TraceParts parts_;
  std::map<ObjectId, std::vector<Event>> events_;
};

}  // namespace

Result<Trace> ReadTraceBytes(std::span<const std::byte> bytes, const std::string& name) {
  return FileReader(bytes, name).Read();
}

namespace {

bool IsLive(int fd) {
  FileHeader header;
  return ReadAt(fd, 0, &header, sizeof header) == sizeof header &&
         std::memcmp(header.magic, format::kMagic, sizeof header.magic) == 0 && header.version == format::kVersion &&
         header.state == static_cast<uint32_t>(State::kLive);
}

}  // namespace

Result<Trace> ReadTrace(const std::filesystem::path& path) {
  const unique_fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return Fail("{}: cannot be opened: {}", path.string(), ErrnoText(errno));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return Fail("{}: cannot be read: {}", path.string(), ErrnoText(errno));
  if (S_ISDIR(status.st_mode)) return Fail("{}: is a folder, not a lockscope trace", path.string());
  if (!S_ISREG(status.st_mode)) return Fail("{}: is not a regular file", path.string());
  if (IsLive(fd.get())) return ReadLive(path);
  const auto size = static_cast<size_t>(status.st_size);
  if (size == 0) return ReadTraceBytes({}, path.string());
  // Read, not mapped: a file that somebody cuts off meanwhile would end the program with SIGBUS.
  std::vector<std::byte> bytes(size);
  size_t at = 0;
  while (at < size) {
    const ssize_t got = ::pread(fd.get(), bytes.data() + at, size - at, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Fail("{}: cannot be read: {}", path.string(), ErrnoText(errno));
    if (got == 0) break;
    at += static_cast<size_t>(got);
  }
  bytes.resize(at);
  return ReadTraceBytes(bytes, path.string());
}

}  // namespace lockscope::trace
