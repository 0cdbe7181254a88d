// ObjectTable: what is registered, by id. Ids are handed out in rising order, so the table is a row of blocks of consecutive
// ids; a block whose objects are all gone is freed, but for one. Adding and removing one costs no search.
//
// No lock of its own: one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/ids.h"
#include "core/trace/trace.h"

namespace lockscope::trace {

class ObjectTable {
 public:
  // The place of a new object, to be filled. `id` is greater than any before. Its type will not be kNone: that marks an empty place.
  Object& Add(ObjectId id) {
    const size_t index = id / kBlock;
    if (index >= blocks_.size()) blocks_.resize(index + 1);
    if (blocks_[index] == nullptr) blocks_[index] = spare_ != nullptr ? std::move(spare_) : std::make_unique<Block>();
    Block& block = *blocks_[index];
    ++block.present;
    return block.objects[id % kBlock];
  }

  void Remove(ObjectId id) {
    Object* const object = FindMutable(id);
    if (object == nullptr) return;
    object->type = ObjectType::kNone;
    Empty(object->name);
    Empty(object->lock_class);
    object->parent = kNoObject;
    std::unique_ptr<Block>& block = blocks_[id / kBlock];
    // The last block is about to be used again.
    if (--block->present == 0 && id / kBlock + 1 < blocks_.size()) spare_ = std::move(block);
    while (first_ < blocks_.size() && blocks_[first_] == nullptr) ++first_;
  }

  // Null where it is not there. Until the next Add or Remove.
  const Object* Find(ObjectId id) const { return const_cast<ObjectTable*>(this)->FindMutable(id); }

  // `visit(id, object)`, in order of the ids.
  template <typename Visit>
  void ForEach(const Visit& visit) const {
    for (size_t index = first_; index < blocks_.size(); ++index) {
      if (blocks_[index] == nullptr) continue;
      for (size_t i = 0; i < kBlock; ++i) {
        const Object& object = blocks_[index]->objects[i];
        if (object.type != ObjectType::kNone) visit(static_cast<ObjectId>(index * kBlock + i), object);
      }
    }
  }

 private:
  static constexpr size_t kBlock = 128;
  struct Block {
    std::array<Object, kBlock> objects;
    size_t present = 0;
  };

  // Gives back memory of its own, if it has any: most names are too short for that.
  static void Empty(std::string& text) {
    constexpr size_t kInside = 15;
    text.clear();
    if (text.capacity() > kInside) text.shrink_to_fit();
  }

  Object* FindMutable(ObjectId id) {
    const size_t index = id / kBlock;
    if (index >= blocks_.size() || blocks_[index] == nullptr) return nullptr;
    Object& object = blocks_[index]->objects[id % kBlock];
    return object.type == ObjectType::kNone ? nullptr : &object;
  }

  std::vector<std::unique_ptr<Block>> blocks_;
  std::unique_ptr<Block> spare_;  // Empty: where objects come and go, the same one is used again.
  size_t first_ = 0;              // No block before it.
};

}  // namespace lockscope::trace
