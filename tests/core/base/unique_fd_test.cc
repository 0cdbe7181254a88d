#include "core/base/unique_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace lockscope {
namespace {

bool IsOpen(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

TEST(UniqueFdTest, ClosesOnceAtTheEndOfItsScope) {
  int raw = -1;
  {
    unique_fd fd(::open("/dev/null", O_RDONLY));
    raw = fd.get();
    ASSERT_TRUE(IsOpen(raw));
  }
  EXPECT_FALSE(IsOpen(raw));
}

TEST(UniqueFdTest, MovingHandsTheDescriptorOver) {
  unique_fd from(::open("/dev/null", O_RDONLY));
  const int raw = from.get();
  unique_fd to(std::move(from));
  EXPECT_FALSE(from.valid());  // NOLINT(bugprone-use-after-move): the moved-from state is what is tested.
  EXPECT_EQ(to.get(), raw);
  EXPECT_TRUE(IsOpen(raw));
}

TEST(UniqueFdTest, ReleaseGivesUpOwnership) {
  unique_fd fd(::open("/dev/null", O_RDONLY));
  const int raw = fd.release();
  fd.reset();
  EXPECT_TRUE(IsOpen(raw));
  ::close(raw);
}

}  // namespace
}  // namespace lockscope
