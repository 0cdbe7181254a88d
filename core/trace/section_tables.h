// SectionTables: what a trace file says besides its events: meta, kinds, objects, sites. One thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/trace/byte_io.h"
#include "core/trace/file_format.h"
#include "core/trace/trace.h"

namespace lockscope::trace {

// What is wrong with a file, and at which of its bytes.
tl::unexpected<Error> FailAt(std::string_view file, size_t offset, std::string_view what);

class SectionTables {
 public:
  explicit SectionTables(std::string_view file) : file_(file) {}

  // A section of one of these types, whose payload begins at byte `at` of the file. Other types are passed over.
  Result<void> Read(format::SectionType type, std::span<const std::byte> payload, size_t at);

  std::vector<std::pair<std::string, std::string>> meta;
  std::vector<Object> objects;
  std::vector<Site> sites;

 private:
  template <typename ReadEntry>
  Result<void> ReadTable(std::span<const std::byte> payload, size_t at, std::string_view what, ReadEntry read);
  Result<void> ReadKinds(std::span<const std::byte> payload, size_t at);

  const std::string_view file_;
};

}  // namespace lockscope::trace
