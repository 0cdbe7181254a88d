// FinishedReader: a finished file of version 2, block by block into a Trace. Reading holds, besides the trace, one block.
// Nothing is allocated for what a file only says it has: its length bounds it (FORMAT.md, "Bounds"). One thread.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/trace/byte_source.h"
#include "core/trace/file_format.h"
#include "core/trace/packed_block.h"
#include "core/trace/section_tables.h"
#include "core/trace/trace_assembly.h"
#include "core/trace/trace_file.h"

namespace lockscope::trace {

class FinishedReader {
 public:
  // All three outlive it. The header has been checked.
  FinishedReader(const ByteSource& source, const std::string& name, const format::FileHeader& header)
      : source_(source), name_(name), header_(header), tables_(name) {}

  Result<Trace> Read(const Progress& progress);

 private:
  struct Block {
    size_t at = 0;  // Of its payload.
    format::SectionHeader section;
    format::BlockHeader header;
  };
  tl::unexpected<Error> At(size_t offset, std::string_view what) const { return FailAt(name_, offset, what); }

  Result<void> ReadSections();
  Result<void> ReadTable(const format::SectionHeader& section, size_t at);
  Result<void> ReadThreads(size_t at);
  Result<void> NoteBlock(const format::SectionHeader& section, size_t at);
  Result<void> ReadBlock(const Block& block, TraceAssembly& assembly);
  Result<void> ReadPlain(const Block& block, std::span<Event> events);
  Result<void> ReadPacked(const Block& block, std::span<Event> events);

  const ByteSource& source_;
  const std::string& name_;
  const format::FileHeader& header_;
  SectionTables tables_;
  std::vector<TraceAssembly::Log> threads_;
  std::vector<Block> blocks_;
  uint64_t events_ = 0;  // Of all blocks.
  std::vector<std::byte> payload_;
  std::vector<uint32_t> logs_;  // Of the current block.
  PackedBlockReader packed_;
};

}  // namespace lockscope::trace
