// LiveOut: sections that are written together are there together, or not at all. (That a writer may be killed in the middle:
// kill_test.cc.)
#include "core/trace/live_out.h"

#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/unique_fd.h"
#include "core/trace/file_bytes.h"
#include "tests/core/trace/recording_folder.h"

namespace lockscope::trace {
namespace {

using format::LiveSection;
using format::SectionHeader;

class LiveOutTest : public ::testing::Test {
 protected:
  static LiveOut::Section Piece(uint32_t id, const std::string& body) {
    return {LiveSection::kPiece, id, std::as_bytes(std::span(kHead)), std::as_bytes(std::span(body))};
  }
  // What a reader finds: each section's id and payload, up to the first that is none.
  std::vector<std::pair<uint32_t, std::string>> Sections() const {
    std::vector<std::pair<uint32_t, std::string>> found;
    uint64_t at = sizeof(format::FileHeader);
    SectionHeader header{};
    while (ReadAt(fd_.get(), at, &header, sizeof header) == sizeof header && header.type != 0) {
      std::string payload(header.size_bytes, '\0');
      EXPECT_EQ(ReadAt(fd_.get(), at + sizeof header, payload.data(), payload.size()), payload.size());
      EXPECT_EQ(header.capacity_bytes % format::kLiveAlignment, 0u);
      found.emplace_back(header.id, payload);
      at += sizeof header + header.capacity_bytes;
    }
    return found;
  }

  static constexpr std::string_view kHead = "sixteen letters.";

  const RecordingFolder folder_;
  const unique_fd fd_{::open((folder_ / "out").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)};
  LiveOut out_{fd_.get()};
};

TEST_F(LiveOutTest, SectionsThatAreWrittenTogetherStandOneBehindTheOther) {
  const std::string first(100, 'a');
  const std::string empty;
  const std::string last(32, 'c');
  ASSERT_TRUE(out_.Append(std::vector{Piece(1, first), Piece(2, empty), Piece(3, last)}));
  ASSERT_TRUE(out_.Append(std::vector{Piece(4, first)}));
  const std::string head(kHead);
  EXPECT_EQ(Sections(), (std::vector<std::pair<uint32_t, std::string>>{
                            {1, head + first}, {2, head}, {3, head + last}, {4, head + first}}));
}

// A file size limit is an error like a full disk's.
TEST_F(LiveOutTest, WhereTheyDoNotAllFitNoneIsThereAndAShorterOneGoesInTheirPlace) {
  const std::string small(64, 's');
  const std::string large(8192, 'x');
  ASSERT_TRUE(out_.Append(std::vector{Piece(1, small)}));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  rlimit limit = before;
  limit.rlim_cur = 12'000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  const bool both = out_.Append(std::vector{Piece(2, large), Piece(3, large)});
  const int error = errno;
  const size_t left = Sections().size();
  const bool one = out_.Append(std::vector{Piece(4, small)});
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, handler);
  EXPECT_FALSE(both);
  EXPECT_EQ(error, EFBIG);
  EXPECT_EQ(left, 1u);
  EXPECT_TRUE(one);
  const auto found = Sections();
  ASSERT_EQ(found.size(), 2u) << "what was written of the large ones is no section";
  EXPECT_EQ(found[1].first, 4u);
}

}  // namespace
}  // namespace lockscope::trace
