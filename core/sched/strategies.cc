#include <utility>

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
  explicit Seeded(uint64_t seed) : chance_(seed) {}

  bool wants_spurious_wakeups() const override { return true; }
  bool wants_standing() const override { return false; }
  Chance* chance() override { return &chance_; }

  uint32_t Choose(const Question& question) override {
    const uint32_t wakes = question.options.wakes();
    const uint32_t usual = question.options.size() - wakes;
    if (wakes == 0) return chance_.Below(usual);
    return usual == 0 || chance_.Below(32) == 0 ? usual + chance_.Below(wakes) : chance_.Below(usual);
  }

 private:
  Chance chance_;
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
