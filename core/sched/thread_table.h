// ThreadTable: the threads of a controlled run, by number. They stay where they are, and the first eight lie side by side: where
// such a thread is follows from its number, without looking it up. Which thread goes on nobody can foresee, the processor
// neither, so that it waits for every step on the way to that thread.
//
// T: what is kept of a thread; may be incomplete where the table is declared. One OS thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <utility>
#include <vector>

namespace lockscope::sched {

template <typename T>
class ThreadTable {
 public:
  // `memory` outlives it.
  explicit ThreadTable(std::pmr::memory_resource& memory) : memory_(&memory) {}
  ThreadTable(const ThreadTable&) = delete;
  ThreadTable& operator=(const ThreadTable&) = delete;
  ~ThreadTable() {
    if (first_ == nullptr) return;
    std::destroy_n(first_, std::min(size_, kFirst));
    memory_.deallocate_object(first_, kFirst);
  }

  template <typename... Args>
  T& Add(Args&&... args) {
    if (size_ >= kFirst) {
      more_.push_back(std::make_unique<T>(std::forward<Args>(args)...));
    } else {
      if (first_ == nullptr) first_ = memory_.template allocate_object<T>(kFirst);
      std::construct_at(first_ + size_, std::forward<Args>(args)...);
    }
    return (*this)[size_++];
  }

  uint32_t size() const { return size_; }
  T& operator[](uint32_t index) { return index < kFirst ? first_[index] : *more_[index - kFirst]; }

 private:
  static constexpr uint32_t kFirst = 8;

  std::pmr::polymorphic_allocator<> memory_;
  T* first_ = nullptr;
  std::vector<std::unique_ptr<T>> more_;
  uint32_t size_ = 0;
};

}  // namespace lockscope::sched
