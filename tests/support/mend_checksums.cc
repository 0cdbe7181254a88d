#include "tests/support/mend_checksums.h"

#include <xxhash.h>

#include <cstring>
#include <span>

#include "core/trace/file_format.h"
#include "core/trace/section_checksum.h"

namespace lockscope::testing {

namespace format = trace::format;

void MendChecksums(std::vector<std::byte>& bytes) {
  format::FileHeader header;
  if (bytes.size() < sizeof header) return;
  std::memcpy(&header, bytes.data(), sizeof header);
  for (size_t at = sizeof header; bytes.size() - at >= sizeof(format::SectionHeader);) {
    format::SectionHeader section;
    std::memcpy(&section, bytes.data() + at, sizeof section);
    const size_t left = bytes.size() - at - sizeof section;
    if (section.capacity_bytes > left || section.size_bytes > section.capacity_bytes) break;
    section.checksum = trace::SectionChecksum(
        section, std::span<const std::byte>(bytes).subspan(at + sizeof section, section.size_bytes));
    std::memcpy(bytes.data() + at, &section, sizeof section);
    at += sizeof section + section.capacity_bytes;
  }
  header.file_bytes = bytes.size();
  header.checksum = XXH3_64bits(&header, offsetof(format::FileHeader, checksum));
  std::memcpy(bytes.data(), &header, sizeof header);
}

}  // namespace lockscope::testing
