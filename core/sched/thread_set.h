// ThreadSet: which of a run's threads something is true of, in order of their creation.
//
// Asked at every step of a controlled run, by numbers that nobody can foresee, the processor neither: so with up to eight
// threads nothing here branches on who is in it. They are a byte, and a table says how many of its bits are set, and which is
// the k-th; more threads are more bytes. Up to 64 of them, nothing is allocated.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lockscope::sched {

class ThreadSet {
 public:
  // Threads below `count` may be in it, from here on.
  void MakeRoom(uint32_t count) {
    if (count > kFirst) more_.resize((count - 1) / kFirst);
  }

  uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool Has(uint32_t thread) const { return (Word(thread) >> thread % kFirst & 1) != 0; }
  void Add(uint32_t thread) {  // Which is not in it.
    WordOf(thread) |= uint64_t{1} << thread % kFirst;
    ++size_;
  }
  void Remove(uint32_t thread) {  // Which is in it.
    WordOf(thread) &= ~(uint64_t{1} << thread % kFirst);
    --size_;
  }
  void Set(uint32_t thread, bool in_it) {
    uint64_t& word = WordOf(thread);
    const uint32_t bit = thread % kFirst;
    size_ += static_cast<uint32_t>(in_it) - static_cast<uint32_t>(word >> bit & 1);
    word = (word & ~(uint64_t{1} << bit)) | uint64_t{in_it} << bit;
  }
  // Each of `others`, which has room for as many, is in it from here on; or each is not.
  void SetAll(const ThreadSet& others, bool in_it) {
    first_ = in_it ? first_ | others.first_ : first_ & ~others.first_;
    size_ = CountOf(first_);
    if (more_.empty()) [[likely]]
      return;
    for (size_t i = 0; i < more_.size(); ++i) {
      more_[i] = in_it ? more_[i] | others.more_[i] : more_[i] & ~others.more_[i];
      size_ += CountOf(more_[i]);
    }
  }
  // The k-th of those in it. k < size().
  uint32_t Nth(uint32_t k) const {
    if (first_ <= 0xff && k < kBytes[first_].count) [[likely]]
      return kBytes[first_].places[k];
    uint64_t word = first_;
    for (size_t i = 0;; word = more_[i++]) {
      uint32_t place = static_cast<uint32_t>(i) * kFirst;
      for (; word != 0; word >>= 8, place += 8) {
        const ByteInfo& info = kBytes[word & 0xff];
        if (k < info.count) return place + info.places[k];
        k -= info.count;
      }
    }
  }

 private:
  static constexpr uint32_t kFirst = 64;
  struct ByteInfo {
    uint8_t count = 0;
    std::array<uint8_t, 8> places{};  // Of the bits that are set, the lowest first.
  };
  static constexpr std::array<ByteInfo, 256> AllBytes() {
    std::array<ByteInfo, 256> all{};
    for (uint32_t byte = 0; byte < all.size(); ++byte) {
      for (uint8_t bit = 0; bit < 8; ++bit) {
        if ((byte >> bit & 1) != 0) all[byte].places[all[byte].count++] = bit;
      }
    }
    return all;
  }
  static const std::array<ByteInfo, 256> kBytes;

  uint64_t& WordOf(uint32_t thread) { return thread < kFirst ? first_ : more_[thread / kFirst - 1]; }
  uint64_t Word(uint32_t thread) const { return thread < kFirst ? first_ : more_[thread / kFirst - 1]; }
  // std::popcount is a call on processors that need not have an instruction for it, and most of the word is 0.
  static uint32_t CountOf(uint64_t word) {
    uint32_t count = kBytes[word & 0xff].count;
    while ((word >>= 8) != 0) count += kBytes[word & 0xff].count;
    return count;
  }

  uint64_t first_ = 0;          // Threads 0 … 63, the lowest bit first;
  std::vector<uint64_t> more_;  // and so on.
  uint32_t size_ = 0;
};

inline constexpr std::array<ThreadSet::ByteInfo, 256> ThreadSet::kBytes = ThreadSet::AllBytes();

}  // namespace lockscope::sched
