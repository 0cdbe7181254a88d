// What standard output is: how wide, and whether colour is welcome there. Asked once by a command; any thread.
#pragma once

#include <cstddef>

namespace lockscope::cli {

struct Terminal {
  size_t width = 80;    // Where it is no terminal, too.
  bool colour = false;  // A terminal, and NO_COLOR (no-color.org) is not set.
};
Terminal StandardOutput();

}  // namespace lockscope::cli
