#include "core/trace/registry.h"

#include <map>
#include <mutex>
#include <utility>

#include "core/trace/live_file.h"

namespace lockscope::trace {
namespace {

struct Registry {
  std::mutex mu;
  ObjectId last_id = kNoObject;
  std::map<ObjectId, Object> live;
  std::shared_ptr<LiveFile> journal;
  bool keep_retired = false;
  std::vector<ObjectId> retired;  // Gone, and kept.

  void Forget() {
    for (const ObjectId id : retired) live.erase(id);
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

SiteId SiteForSlow(const SourcePlace& place, uint64_t key, uint32_t first) {
  if (place.file == nullptr || *place.file == '\0') return kUnknownSite;
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mu);
  for (uint32_t probe = 0; probe < kSiteSlots; ++probe) {
    const uint32_t slot = (first + probe) % kSiteSlots;
    if (slot == kUnknownSite) continue;
    const uint64_t found = site_slots[slot].key.load(std::memory_order_relaxed);
    if (found == key) return slot;
    if (found != 0) continue;
    site_slots[slot].function.store(place.function, std::memory_order_relaxed);
    site_slots[slot].key.store(key, std::memory_order_release);
    if (registry.journal != nullptr) registry.journal->JournalSite(slot, SiteOfSlot(site_slots[slot]));
    return slot;
  }
  return kUnknownSite;
}

}  // namespace internal

ObjectId RegisterObject(ObjectType type, std::string name, std::string lock_class, ObjectId parent) {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mu);
  if (registry.last_id == kMaxObjectId) return kNoObject;
  const ObjectId id = ++registry.last_id;
  const auto [entry, added] = registry.live.emplace(id, Object{type, std::move(name), std::move(lock_class), parent});
  if (registry.journal != nullptr) registry.journal->JournalObject(id, entry->second);
  return id;
}

void RetireObject(ObjectId id) {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mu);
  if (registry.keep_retired) return registry.retired.push_back(id);
  registry.live.erase(id);
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
  return {registry.live.begin(), registry.live.end()};
}

std::string NameOfObject(ObjectId id) {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mu);
  const auto found = registry.live.find(id);
  return found == registry.live.end() ? std::string() : found->second.name;
}

Object RegisteredAs(ObjectId id) {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mu);
  const auto found = registry.live.find(id);
  return found == registry.live.end() ? Object() : found->second;
}

Site SiteWith(SiteId id) {
  if (id == kUnknownSite || id >= internal::kSiteSlots) return {};
  if (internal::site_slots[id].key.load(std::memory_order_acquire) == 0) return {};
  return SiteOfSlot(internal::site_slots[id]);
}

void JournalTo(std::shared_ptr<LiveFile> file) {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mu);
  registry.journal = std::move(file);
  if (registry.journal == nullptr) return;
  for (const auto& [id, object] : registry.live) registry.journal->JournalObject(id, object);
  for (uint32_t slot = 0; slot < internal::kSiteSlots; ++slot) {
    if (internal::site_slots[slot].key.load(std::memory_order_relaxed) == 0) continue;
    registry.journal->JournalSite(slot, SiteOfSlot(internal::site_slots[slot]));
  }
}

}  // namespace lockscope::trace
