#include "core/base/check.h"
#include "core/sched/strategy.h"

namespace lockscope::sched {
namespace {

class RoundRobin final : public Strategy {
 public:
  uint32_t Choose(const Question& question) override {
    for (uint32_t i = 0; i < question.options.size(); ++i) {
      if (question.options[i].kind == Option::Kind::kRun && question.options[i].thread > question.running) return i;
    }
    return 0;
  }
};

class Seeded final : public Strategy {
 public:
  explicit Seeded(uint64_t seed) : state_(seed) {}

  bool wants_spurious_wakeups() const override { return true; }

  uint32_t Choose(const Question& question) override {
    const uint32_t wakes = question.wakes;
    const uint32_t usual = static_cast<uint32_t>(question.options.size()) - wakes;
    if (wakes > 0 && (usual == 0 || Random(32) == 0)) return usual + Random(wakes);
    return Random(usual);
  }

 private:
  // splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014); then Lemire's multiplication
  // for a number below the bound (Fast random integer generation in an interval, 2019).
  uint32_t Random(uint32_t below) {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return static_cast<uint32_t>(((z >> 32) * below) >> 32);
  }

  uint64_t state_;
};

class Replayed final : public Strategy {
 public:
  explicit Replayed(std::vector<uint32_t> choices) : choices_(std::move(choices)) {}

  bool wants_spurious_wakeups() const override { return true; }

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
