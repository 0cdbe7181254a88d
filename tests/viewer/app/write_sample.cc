// Writes the shared hand-written recording to a file, for the tests that run the viewer.
#include <cstdio>

#include "core/trace/trace_file.h"
#include "tests/support/sample_trace.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: write_sample OUT.lockscope\n");
    return 2;
  }
  const auto written = lockscope::trace::WriteTrace(lockscope::testing::FourClientsThreeWorkers(), argv[1]);
  if (!written) std::fprintf(stderr, "%s\n", written.error().message.c_str());
  return written ? 0 : 1;
}
