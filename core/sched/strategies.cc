#include "core/base/check.h"
#include "core/sched/strategy.h"

namespace lockscope::sched {
namespace {

class RoundRobin final : public Strategy {
 public:
  bool wants_standing() const override { return false; }

  // The first whose thread comes after the one that runs; they are in order.
  uint32_t Choose(const Question& question) override {
    if (question.options.front().kind != Option::Kind::kRun) return 0;
    uint32_t first = 0;
    uint32_t behind = question.options.size() - question.options.wakes();
    const uint32_t all = behind;
    while (first < behind) {
      const uint32_t middle = (first + behind) / 2;
      question.options[middle].thread > question.running ? behind = middle : first = middle + 1;
    }
    return first < all ? first : 0;
  }
};

class Seeded final : public Strategy {
 public:
  explicit Seeded(uint64_t seed) : state_(seed) {}

  bool wants_spurious_wakeups() const override { return true; }
  bool wants_standing() const override { return false; }

  uint32_t Choose(const Question& question) override {
    const uint32_t wakes = question.options.wakes();
    if (wakes > 0) [[unlikely]]
      return ChooseAmongWakes(question.options.size() - wakes, wakes);
    return Random(question.options.size());
  }

 private:
  [[gnu::noinline]] uint32_t ChooseAmongWakes(uint32_t usual, uint32_t wakes) {
    return usual == 0 || Random(32) == 0 ? usual + Random(wakes) : Random(usual);
  }
  // Lemire's multiplication for a number below the bound (Fast random integer generation in an interval, 2019). The next draw
  // is made at once: it is then ready when it is asked for, and what hangs on it (who goes on) need not wait.
  uint32_t Random(uint32_t below) {
    const uint64_t drawn = drawn_;
    drawn_ = Draw();
    return static_cast<uint32_t>((drawn * below) >> 32);
  }
  // The upper half of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
  uint64_t Draw() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return z >> 32;
  }

  uint64_t state_;
  uint64_t drawn_ = Draw();
};

class Replayed final : public Strategy {
 public:
  explicit Replayed(std::vector<uint32_t> choices) : choices_(std::move(choices)) {}

  bool wants_spurious_wakeups() const override { return true; }
  bool wants_standing() const override { return false; }

  uint32_t Choose(const Question& question) override {
    if (question.options.size() == 1) return 0;
    if (next_ == choices_.size()) return rest_.Choose(question);
    const uint32_t choice = choices_[next_++];
    if (choice < question.options.size()) return choice;
    complaint_ = fmt::format("choice {} of the replay is {}, but there are only {} ways to go on: it is of another run",
                             next_, choice, question.options.size());
    return 0;
  }

 private:
  const std::vector<uint32_t> choices_;
  size_t next_ = 0;
  RoundRobin rest_;
};

}  // namespace

std::unique_ptr<Strategy> MakeRoundRobin() { return std::make_unique<RoundRobin>(); }
std::unique_ptr<Strategy> MakeSeeded(uint64_t seed) { return std::make_unique<Seeded>(seed); }
std::unique_ptr<Strategy> MakeReplay(std::vector<uint32_t> choices) {
  return std::make_unique<Replayed>(std::move(choices));
}

}  // namespace lockscope::sched
