#include "core/trace/registry.h"

#include <mutex>
#include <utility>

#include "core/trace/live_file.h"
#include "core/trace/object_table.h"

namespace lockscope::trace {
namespace {

struct Registry {
  std::mutex mu;
  ObjectId last_id = kNoObject;
  ObjectTable objects;
  std::shared_ptr<LiveFile> journal;
  bool keep_retired = false;
  std::vector<ObjectId> retired;  // Gone, and kept.

  void Forget() {
    for (const ObjectId id : retired) objects.Remove(id);
    retired.clear();
  }
};

// Never destroyed: threads may still retire objects while the program's statics go.
Registry& TheRegistry() {
  static auto* registry = new Registry;
  return *registry;
}

Site SiteOfSlot(const internal::SiteSlot& slot) {
  const uint64_t key = slot.key.load(std::memory_order_acquire);
  const char* function = slot.function.load(std::memory_order_acquire);
  return {reinterpret_cast<const char*>(key >> 16), static_cast<int>(key & 0xffff),
          function == nullptr ? "" : function};
}

}  // namespace

namespace internal {

SiteSlot site_slots[kSiteSlots];

SiteId SiteForSlow(SourcePlace place, uint32_t first) {
  if (*place.file() == '\0') return kUnknownSite;
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mu);
  for (uint32_t probe = 0; probe < kSiteSlots; ++probe) {
    const uint32_t slot = (first + probe) % kSiteSlots;
    if (slot == kUnknownSite) continue;
    const uint64_t found = site_slots[slot].key.load(std::memory_order_relaxed);
    if (found == place.key()) return slot;
    if (found != 0) continue;
    site_slots[slot].function.store(place.function(), std::memory_order_relaxed);
    site_slots[slot].key.store(place.key(), std::memory_order_release);
    if (registry.journal != nullptr) registry.journal->JournalSite(slot, SiteOfSlot(site_slots[slot]));
    return slot;
  }
  return kUnknownSite;
}

}  // namespace internal

ObjectId RegisterObject(ObjectType type, std::string_view name, std::string_view lock_class, ObjectId parent) {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mu);
  if (registry.last_id == kMaxObjectId) return kNoObject;
  const ObjectId id = ++registry.last_id;
  Object& object = registry.objects.Add(id);
  object.type = type;
  object.name = name;
  if (!lock_class.empty()) object.lock_class = lock_class;
  object.parent = parent;
  if (registry.journal != nullptr) registry.journal->JournalObject(id, object);
  return id;
}

void RetireObject(ObjectId id) {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mu);
  if (registry.keep_retired) return registry.retired.push_back(id);
  registry.objects.Remove(id);
}

void KeepRetired() {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mu);
  registry.Forget();
  registry.keep_retired = true;
}

void ForgetRetired() {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mu);
  registry.Forget();
  registry.keep_retired = false;
}

std::vector<std::pair<ObjectId, Object>> AllRegistered() {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mu);
  std::vector<std::pair<ObjectId, Object>> all;
  registry.objects.ForEach([&all](ObjectId id, const Object& object) { all.emplace_back(id, object); });
  return all;
}

std::string NameOfObject(ObjectId id) {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mu);
  const Object* const object = registry.objects.Find(id);
  return object == nullptr ? std::string() : object->name;
}

Object RegisteredAs(ObjectId id) {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mu);
  const Object* const object = registry.objects.Find(id);
  return object == nullptr ? Object() : *object;
}

Site SiteWith(SiteId id) {
  if (id == kUnknownSite || id >= internal::kSiteSlots) return {};
  if (internal::site_slots[id].key.load(std::memory_order_acquire) == 0) return {};
  return SiteOfSlot(internal::site_slots[id]);
}

void LockRegistry() { TheRegistry().mu.lock(); }
void UnlockRegistry() { TheRegistry().mu.unlock(); }

void JournalTo(std::shared_ptr<LiveFile> file) {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mu);
  registry.journal = std::move(file);
  if (registry.journal == nullptr) return;
  registry.objects.ForEach(
      [&registry](ObjectId id, const Object& object) { registry.journal->JournalObject(id, object); });
  for (uint32_t slot = 0; slot < internal::kSiteSlots; ++slot) {
    if (internal::site_slots[slot].key.load(std::memory_order_relaxed) == 0) continue;
    registry.journal->JournalSite(slot, SiteOfSlot(internal::site_slots[slot]));
  }
}

}  // namespace lockscope::trace
