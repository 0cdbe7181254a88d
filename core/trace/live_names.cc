#include "core/trace/live_names.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace lockscope::trace {
namespace {

template <typename Id>
Id Lookup(const std::map<Id, Id>& ids, Id raw) {
  const auto found = ids.find(raw);
  return found == ids.end() ? Id{0} : found->second;
}

// What the argument of an event names besides its object; kNoObject where it is no object.
ObjectId ObjectInArg(const Event& event, const KindInfo* kind) {
  if (kind == nullptr) return kNoObject;
  if (kind->arg == ArgType::kObject) return event.arg();
  if (kind->arg == ArgType::kRuleAndObject) return ObjectOfRule(event.arg());
  return kNoObject;
}

}  // namespace

Object LiveNames::ReadObject(ByteReader& in) {
  Object object;
  const uint32_t type = in.U32();
  object.type = type < 255 ? static_cast<ObjectType>(type) : ObjectType::kNone;
  object.parent = in.U32();
  object.name = in.Text();
  object.lock_class = in.Text();
  return object;
}

Site LiveNames::ReadSite(ByteReader& in) {
  Site site;
  site.line = static_cast<int>(in.U32());
  site.file = in.Text();
  site.function = in.Text();
  return site;
}

void LiveNames::Add(format::SectionType type, ByteReader& in) {
  if (type == format::SectionType::kObjects) {
    const ObjectId id = in.U32();
    objects_[id] = ReadObject(in);
  } else if (type == format::SectionType::kSites) {
    const SiteId id = in.U32();
    sites_[id] = ReadSite(in);
  }
}

void LiveNames::Renumber(TraceParts& parts) const {
  std::set<ObjectId> spoken_of;
  for (const auto& log : parts.threads) {
    spoken_of.insert(log.thread);
    for (const Event& event : log.events) {
      spoken_of.insert(event.object());
      spoken_of.insert(ObjectInArg(event, FindKind(event.kind())));
    }
  }
  // Parents of those, and theirs: a parent is older than its children, so one pass from the youngest reaches all.
  for (auto object = objects_.rbegin(); object != objects_.rend(); ++object) {
    if (spoken_of.contains(object->first)) spoken_of.insert(object->second.parent);
  }
  std::map<ObjectId, ObjectId> object_ids;
  for (const auto& [raw, object] : objects_) {
    if (!spoken_of.contains(raw)) continue;
    parts.objects.push_back(object);
    object_ids[raw] = static_cast<ObjectId>(parts.objects.size());
  }
  // A thread without a name (its journal record did not fit on the disk) still has its events.
  for (const auto& log : parts.threads) {
    if (object_ids.contains(log.thread)) continue;
    parts.objects.push_back({ObjectType::kThread, "a thread without a name", "", kNoObject});
    object_ids[log.thread] = static_cast<ObjectId>(parts.objects.size());
  }
  for (Object& object : parts.objects) object.parent = Lookup(object_ids, object.parent);

  std::vector<std::pair<Site, SiteId>> sites;
  for (const auto& [raw, site] : sites_) sites.emplace_back(site, raw);
  auto place = [](const auto& entry) { return std::tie(entry.first.file, entry.first.line, entry.first.function); };
  std::sort(sites.begin(), sites.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  std::set<SiteId> sites_used;
  for (const auto& log : parts.threads) {
    for (const Event& event : log.events) sites_used.insert(event.site());
  }
  std::map<SiteId, SiteId> site_ids;
  for (const auto& [site, raw] : sites) {
    if (!sites_used.contains(raw)) continue;
    if (parts.sites.empty() || !(parts.sites.back() == site)) parts.sites.push_back(site);
    site_ids[raw] = static_cast<SiteId>(parts.sites.size());
  }

  for (auto& log : parts.threads) {
    log.thread = Lookup(object_ids, log.thread);
    for (Event& event : log.events) {
      const KindInfo* kind = FindKind(event.kind());
      uint32_t arg = event.arg();
      if (kind != nullptr && kind->arg == ArgType::kObject) arg = Lookup(object_ids, arg);
      if (kind != nullptr && kind->arg == ArgType::kRuleAndObject) {
        arg = PackRuleAndObject(RuleOf(arg), Lookup(object_ids, ObjectOfRule(arg)));
      }
      event = Event::Make(event.ticks(), event.kind(), Lookup(object_ids, event.object()), arg,
                          Lookup(site_ids, event.site()));
    }
  }
  std::sort(parts.threads.begin(), parts.threads.end(),
            [](const auto& a, const auto& b) { return a.thread < b.thread; });
}

}  // namespace lockscope::trace
