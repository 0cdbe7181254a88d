// What fuzzing has found worth keeping, once more; and as it is, with some bytes changed by chance.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tests/fuzz/targets.h"

namespace lockscope::fuzz {
namespace {

using Input = std::vector<std::byte>;

struct Target {
  const char* name;
  void (*run)(std::span<const std::byte> input);
  int changed;  // How many changed inputs.

  friend void PrintTo(const Target& target, std::ostream* out) { *out << target.name; }
};

class CorpusTest : public ::testing::TestWithParam<Target> {
 protected:
  // In the order of their names.
  static std::vector<std::pair<std::string, Input>> Corpus() {
    std::vector<std::pair<std::string, Input>> corpus;
    const std::filesystem::path folder = std::filesystem::path(LOCKSCOPE_CORPUS) / GetParam().name;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string bytes((std::istreambuf_iterator<char>(file)), {});
      const auto all = std::as_bytes(std::span(bytes));
      corpus.emplace_back(entry.path().filename().string(), Input(all.begin(), all.end()));
    }
    std::ranges::sort(corpus);
    return corpus;
  }
};

// A target that finds something ends the program: the last line then says in what.
TEST_P(CorpusTest, IsReplayed) {
  const auto corpus = Corpus();
  ASSERT_FALSE(corpus.empty());
  for (const auto& [name, input] : corpus) {
    std::printf("%s/%s\n", GetParam().name, name.c_str());
    std::fflush(stdout);
    GetParam().run(input);
  }
}

// No fuzzing, as nobody looks at what is covered; but it is done in every build, and by every compiler.
TEST_P(CorpusTest, IsReplayedWithBytesChanged) {
  const auto corpus = Corpus();
  ASSERT_FALSE(corpus.empty());
  for (unsigned seed = 1; seed <= static_cast<unsigned>(GetParam().changed); ++seed) {
    std::mt19937 random(seed);
    const auto& [name, original] = corpus[random() % corpus.size()];
    std::printf("%s/%s, seed %u\n", GetParam().name, name.c_str(), seed);
    std::fflush(stdout);
    Input input = original;
    for (unsigned left = 1 + random() % 4; left > 0 && !input.empty(); --left) {
      const auto at = static_cast<std::ptrdiff_t>(random() % input.size());
      const auto byte = static_cast<std::byte>(random());
      switch (random() % 3) {
        case 0:
          input[static_cast<size_t>(at)] = byte;
          break;
        case 1:
          input.insert(input.begin() + at, byte);
          break;
        case 2:
          input.erase(input.begin() + at);
          break;
      }
    }
    GetParam().run(input);
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, CorpusTest,
                         ::testing::Values(Target{"framer", FuzzFramer, 1000}, Target{"arguments", FuzzArguments, 2000},
                                           Target{"connection", FuzzConnection, 500}, Target{"trace", FuzzTrace, 2000}),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace lockscope::fuzz
