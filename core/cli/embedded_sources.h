// The source files that the catalog of bugs names (core/daemon/bugs/catalog.cc), as text inside the program, so that it can
// show them wherever it is installed. Written by embed_sources.cmake at build time. Constant; any thread.
#pragma once

#include <span>
#include <string_view>

namespace lockscope::cli {

struct EmbeddedSource {
  std::string_view file;  // From the root: "core/daemon/worker.cc".
  std::string_view text;
};
std::span<const EmbeddedSource> EmbeddedSources();

}  // namespace lockscope::cli
