#include "core/sched/fiber.h"

#include <errno.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace lockscope::sched {
namespace {

TEST(FiberTest, TwoFibersTakeTurnsAndKeepTheirLocals) {
  const UnseenByRaceDetector unseen;  // Fibers that only hand over to one another are not ordered by anything it knows.
  const std::unique_ptr<Fiber> home = Fiber::OfThisThread();
  std::vector<int> order;
  std::unique_ptr<Fiber> one;
  std::unique_ptr<Fiber> two;
  one = std::make_unique<Fiber>(
      [&] {
        const UnseenByRaceDetector own;
        for (int i = 0; i < 3; ++i) {
          order.push_back(10 + i);
          two->Resume(*one);
        }
      },
      [&]() -> Fiber& { return *two; });
  two = std::make_unique<Fiber>(
      [&] {
        const UnseenByRaceDetector own;
        for (int i = 0; i < 3; ++i) {
          order.push_back(20 + i);
          if (i < 2) one->Resume(*two);
        }
        one->Resume(*two);
      },
      [&]() -> Fiber& { return *home; });
  one->Resume(*home);
  EXPECT_EQ(order, (std::vector<int>{10, 20, 11, 21, 12, 22}));
  EXPECT_TRUE(one->ended());
  EXPECT_TRUE(two->ended());
}

TEST(FiberTest, EachFiberHasItsOwnErrno) {
  const UnseenByRaceDetector unseen;  // Fibers that only hand over to one another are not ordered by anything it knows.
  const std::unique_ptr<Fiber> home = Fiber::OfThisThread();
  int seen = 0;
  std::unique_ptr<Fiber> fiber;
  fiber = std::make_unique<Fiber>(
      [&] {
        const UnseenByRaceDetector own;
        errno = EPIPE;
        home->Resume(*fiber);
        seen = errno;
      },
      [&]() -> Fiber& { return *home; });
  errno = ENOENT;
  fiber->Resume(*home);
  EXPECT_EQ(errno, ENOENT);
  fiber->Resume(*home);
  EXPECT_EQ(seen, EPIPE);
  EXPECT_EQ(errno, ENOENT);
}

TEST(FiberTest, ExceptionsStayInsideTheirFiber) {
  const UnseenByRaceDetector unseen;  // Fibers that only hand over to one another are not ordered by anything it knows.
  const std::unique_ptr<Fiber> home = Fiber::OfThisThread();
  std::string caught;
  std::unique_ptr<Fiber> fiber;
  fiber = std::make_unique<Fiber>(
      [&] {
        const UnseenByRaceDetector own;
        try {
          home->Resume(*fiber);
          throw std::runtime_error("from inside");
        } catch (const std::runtime_error& error) {
          caught = error.what();
        }
      },
      [&]() -> Fiber& { return *home; });
  fiber->Resume(*home);
  fiber->Resume(*home);
  EXPECT_EQ(caught, "from inside");
}

TEST(FiberTest, AThousandFibersOneAfterTheOtherReuseTheirStacks) {
  const UnseenByRaceDetector unseen;  // Fibers that only hand over to one another are not ordered by anything it knows.
  const std::unique_ptr<Fiber> home = Fiber::OfThisThread();
  int sum = 0;
  for (int i = 0; i < 1'000; ++i) {
    Fiber fiber(
        [&sum, i] {
          const UnseenByRaceDetector own;
          sum += i;
        },
        [&]() -> Fiber& { return *home; });
    fiber.Resume(*home);
  }
  EXPECT_EQ(sum, 499'500);
}

}  // namespace
}  // namespace lockscope::sched
