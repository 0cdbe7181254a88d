#include "core/sched/fiber.h"

#include <errno.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

namespace lockscope::sched {
namespace {

TEST(FiberTest, TwoFibersTakeTurnsAndKeepTheirLocals) {
  const UnseenByRaceDetector unseen;  // Fibers that only hand over to one another are not ordered by anything it knows.
  Fiber home = Fiber::OfThisThread();
  StackSet stacks;
  std::vector<int> order;
  std::unique_ptr<Fiber> one;
  std::unique_ptr<Fiber> two;
  one = std::make_unique<Fiber>(
      stacks.Take(),
      [&] {
        const UnseenByRaceDetector own;
        for (int i = 0; i < 3; ++i) {
          order.push_back(10 + i);
          two->Resume(*one);
        }
      },
      [&]() -> Fiber& { return *two; });
  two = std::make_unique<Fiber>(
      stacks.Take(),
      [&] {
        const UnseenByRaceDetector own;
        for (int i = 0; i < 3; ++i) {
          order.push_back(20 + i);
          if (i < 2) one->Resume(*two);
        }
        one->Resume(*two);
      },
      [&]() -> Fiber& { return home; });
  one->Resume(home);
  EXPECT_EQ(order, (std::vector<int>{10, 20, 11, 21, 12, 22}));
  EXPECT_TRUE(one->ended());
  EXPECT_TRUE(two->ended());
}

// More values than there are registers that a callee keeps, and of each sort, alive across every hand-over.
TEST(FiberTest, AFiberKeepsWhatItHasInRegisters) {
  const UnseenByRaceDetector unseen;  // Fibers that only hand over to one another are not ordered by anything it knows.
  Fiber home = Fiber::OfThisThread();
  StackSet stacks;
  constexpr uint32_t kFibers = 3;
  constexpr uint32_t kTurns = 50;
  const auto work = [](uint64_t seed, const auto& between) {
    uint64_t a = seed, b = seed + 1, c = seed + 2, d = seed + 3, e = seed + 4, f = seed + 5, g = seed + 6, h = seed + 7;
    double x = 0.5 + static_cast<double>(seed), y = 1;
    long double z = 0.25L + static_cast<long double>(seed);
    for (uint32_t i = 0; i < kTurns; ++i) {
      a += b ^ h;
      b += c;
      c ^= d << 3;
      d += e;
      e ^= f >> 5;
      f += g;
      g ^= h << 7;
      h += a;
      x = x * 1.5 - y;
      y += x / 3;
      z = z / 2 + static_cast<long double>(i);
      between();
    }
    return std::tuple(a, b, c, d, e, f, g, h, x, y, z);
  };
  std::vector<std::unique_ptr<Fiber>> fibers;
  std::vector<decltype(work(0, [] {}))> found(kFibers);
  for (uint32_t i = 0; i < kFibers; ++i) {
    fibers.push_back(std::make_unique<Fiber>(
        stacks.Take(),
        [&, i] {
          const UnseenByRaceDetector own;
          found[i] = work(i, [&] { fibers[(i + 1) % kFibers]->Resume(*fibers[i]); });
        },
        [&, i]() -> Fiber& { return i + 1 < kFibers ? *fibers[i + 1] : home; }));
  }
  fibers.front()->Resume(home);
  for (uint32_t i = 0; i < kFibers; ++i) EXPECT_EQ(found[i], work(i, [] {}));
}

TEST(FiberTest, EachFiberHasItsOwnErrno) {
  const UnseenByRaceDetector unseen;  // Fibers that only hand over to one another are not ordered by anything it knows.
  Fiber home = Fiber::OfThisThread();
  StackSet stacks;
  int seen = 0;
  std::unique_ptr<Fiber> fiber;
  fiber = std::make_unique<Fiber>(
      stacks.Take(),
      [&] {
        const UnseenByRaceDetector own;
        errno = EPIPE;
        home.Resume(*fiber);
        seen = errno;
      },
      [&]() -> Fiber& { return home; });
  errno = ENOENT;
  fiber->Resume(home);
  EXPECT_EQ(errno, ENOENT);
  fiber->Resume(home);
  EXPECT_EQ(seen, EPIPE);
  EXPECT_EQ(errno, ENOENT);
}

TEST(FiberTest, ExceptionsStayInsideTheirFiber) {
  const UnseenByRaceDetector unseen;  // Fibers that only hand over to one another are not ordered by anything it knows.
  Fiber home = Fiber::OfThisThread();
  StackSet stacks;
  std::string caught;
  std::unique_ptr<Fiber> fiber;
  fiber = std::make_unique<Fiber>(
      stacks.Take(),
      [&] {
        const UnseenByRaceDetector own;
        try {
          home.Resume(*fiber);
          throw std::runtime_error("from inside");
        } catch (const std::runtime_error& error) {
          caught = error.what();
        }
      },
      [&]() -> Fiber& { return home; });
  fiber->Resume(home);
  fiber->Resume(home);
  EXPECT_EQ(caught, "from inside");
}

TEST(FiberTest, AThousandFibersOneAfterTheOtherReuseTheirStacks) {
  const UnseenByRaceDetector unseen;  // Fibers that only hand over to one another are not ordered by anything it knows.
  Fiber home = Fiber::OfThisThread();
  int sum = 0;
  for (int i = 0; i < 1'000; ++i) {
    StackSet stacks;
    Fiber fiber(
        stacks.Take(),
        [&sum, i] {
          const UnseenByRaceDetector own;
          sum += i;
        },
        [&]() -> Fiber& { return home; });
    fiber.Resume(home);
  }
  EXPECT_EQ(sum, 499'500);
}

}  // namespace
}  // namespace lockscope::sched
