# Writes a C++ file that holds source files as text: cmake -DROOT=… -DFILES=core/a.cc,core/b.cc -DOUT=… -P this.
string(REPLACE "," ";" FILES "${FILES}")
set(rows "")
foreach(name IN LISTS FILES)
  file(READ "${ROOT}/${name}" text)
  string(FIND "${text}" ")LS_SOURCE\"" clash)
  if(NOT clash EQUAL -1)
    message(FATAL_ERROR "${name}: holds the mark that ends an embedded file")
  endif()
  string(APPEND rows "    {\"${name}\", R\"LS_SOURCE(${text})LS_SOURCE\"},\n")
endforeach()
file(WRITE "${OUT}" "#include \"core/cli/embedded_sources.h\"

namespace lockscope::cli {
namespace {

constexpr EmbeddedSource kSources[] = {
${rows}};

}  // namespace

std::span<const EmbeddedSource> EmbeddedSources() { return kSources; }

}  // namespace lockscope::cli
")
