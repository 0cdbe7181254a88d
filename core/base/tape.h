// Tape: values that are put one behind the other, as quickly as that can be done; growing is out of the way. One thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace lockscope {

template <typename T>
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
  void Clear() { next_ = values_.get(); }

  size_t size() const { return static_cast<size_t>(next_ - values_.get()); }
  std::span<const T> values() const { return {values_.get(), size()}; }

 private:
  [[gnu::noinline]] void Grow() {
    constexpr size_t kFirst = 256;
    const size_t used = size();
    const size_t room = used == 0 ? kFirst : 2 * used;
    auto larger = std::make_unique_for_overwrite<T[]>(room);
    std::copy(values_.get(), next_, larger.get());
    values_ = std::move(larger);
    next_ = values_.get() + used;
    limit_ = values_.get() + room;
  }

  std::unique_ptr<T[]> values_;
  T* next_ = nullptr;
  T* limit_ = nullptr;
};

}  // namespace lockscope
