// Tape: values that are put one behind the other, as quickly as that can be done; growing is out of the way. One thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace lockscope {

// `kInside` of them need no memory of their own.
template <typename T, size_t kInside = 0>
class Tape {
 public:
  static_assert(std::is_trivially_copyable_v<T>);

  Tape() = default;
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  void Append(const T& value) {
    if (next_ == limit_) [[unlikely]]
      Grow();
    *next_++ = value;
  }
  // Or not, where nobody can foresee which, the processor neither: without a branch.
  void AppendIf(bool wanted, const T& value) {
    if (next_ == limit_) [[unlikely]]
      Grow();
    *next_ = value;
    next_ += wanted ? 1 : 0;
  }
  // The memory is kept for what comes next.
  void Clear() { next_ = first_; }

  size_t size() const { return static_cast<size_t>(next_ - first_); }
  std::span<const T> values() const { return {first_, size()}; }

 private:
  [[gnu::noinline]] void Grow() {
    constexpr size_t kFirst = 256;
    const size_t used = size();
    const size_t room = used == 0 ? kFirst : 2 * used;
    auto larger = std::make_unique_for_overwrite<T[]>(room);
    std::copy(first_, next_, larger.get());
    more_ = std::move(larger);
    first_ = more_.get();
    next_ = first_ + used;
    limit_ = first_ + room;
  }

  std::array<T, kInside> inside_;
  std::unique_ptr<T[]> more_;  // All of them, where that is too small.
  T* first_ = inside_.data();
  T* next_ = first_;
  T* limit_ = first_ + kInside;
};

}  // namespace lockscope
