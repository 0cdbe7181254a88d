// Registry: gives every traced object its id, and every call site its number.
//
// Objects are registered when they are created, which takes the registry's private lock (never traced, a leaf). A call
// site is looked up on each recorded event: a hash probe in a table that is written once per site, without a lock.
// Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/ids.h"
#include "core/base/source_place.h"
#include "core/trace/event.h"
#include "core/trace/trace.h"

namespace lockscope::trace {

class LiveFile;

// Ids count up from 1 for the life of the process and are never reused; the finished trace has them dense. 0, and no
// place in any recording, after 16 million objects.
ObjectId RegisterObject(ObjectType type, std::string_view name, std::string_view lock_class = {},
                        ObjectId parent = kNoObject);
// The object is gone: later recordings need not know it.
void RetireObject(ObjectId id);

// An object that lives as long as this handle.
class RegisteredObject {
 public:
  RegisteredObject(ObjectType type, std::string_view name, std::string_view lock_class = {},
                   ObjectId parent = kNoObject)
      : id_(RegisterObject(type, name, lock_class, parent)) {}
  ~RegisteredObject() { RetireObject(id_); }
  RegisteredObject(const RegisteredObject&) = delete;
  RegisteredObject& operator=(const RegisteredObject&) = delete;
  ObjectId id() const { return id_; }

 private:
  ObjectId id_;
};

// The name under which an object is registered; "" where it is not.
std::string NameOfObject(ObjectId id);
// All that is registered of it; an object of no type where it is not.
Object RegisteredAs(ObjectId id);

namespace internal {
inline constexpr uint32_t kSiteSlots = kMaxSiteId + 1;  // A slot's index is its site's number; the first is never used.
struct SiteSlot {
  std::atomic<uint64_t> key{0};  // SourcePlace::key.
  std::atomic<const char*> function{nullptr};
};
extern SiteSlot site_slots[kSiteSlots];
// Fibonacci hashing: the product's upper bits.
inline uint32_t SiteHash(uint64_t key) { return static_cast<uint32_t>((key * 0x9e3779b97f4a7c15u) >> 52); }
SiteId SiteForSlow(SourcePlace place, uint32_t slot);
}  // namespace internal

// The number of a call site; kUnknownSite after 4,095 of them.
inline SiteId SiteFor(SourcePlace place) {
  const uint32_t slot = internal::SiteHash(place.key());
  if (internal::site_slots[slot].key.load(std::memory_order_acquire) == place.key()) [[likely]]
    return slot;
  return internal::SiteForSlow(place, slot);
}

// The place behind a number that SiteFor gave: for messages. An unknown place for kUnknownSite.
Site SiteWith(SiteId id);

// From here on what is registered keeps its entry when it is gone, until ForgetRetired (or the next KeepRetired).
void KeepRetired();
void ForgetRetired();
// All that has an entry, in order of creation.
std::vector<std::pair<ObjectId, Object>> AllRegistered();

// Where the registry also writes what is registered, from now on; all live objects and known sites are written first.
// Null: nowhere. Called by Recorder.
void JournalTo(std::shared_ptr<LiveFile> file);

// Around a fork: the registry's lock is held across it. Called by Recorder.
void LockRegistry();
void UnlockRegistry();

}  // namespace lockscope::trace
