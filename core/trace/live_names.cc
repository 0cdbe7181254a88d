#include "core/trace/live_names.h"

#include <algorithm>
#include <tuple>

namespace lockscope::trace {
namespace {

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

namespace {

// The ids that a recording speaks of, and what they become. Those of one run lie close together: a table. The few that lie
// far from the first ones (a damaged file names any) have a map.
template <typename Id>
class Ids {
 public:
  void Use(Id id) {
    if (id == Id{0} || used(id)) return;
    if (table_.empty()) first_ = id;
    const Id from = std::min(first_, id);
    const uint64_t length = std::max<uint64_t>(first_ + uint64_t{table_.size()}, uint64_t{id} + 1) - from;
    if (length > kLongestTable) {
      far_.emplace(id, Id{0});
      return;
    }
    if (from < first_) table_.insert(table_.begin(), first_ - from, kUnused);
    first_ = from;
    if (length > table_.size()) table_.resize(length, kUnused);
    table_[id - first_] = Id{0};
  }
  bool used(Id id) const { return InTable(id) ? table_[id - first_] != kUnused : far_.contains(id); }
  void Become(Id id, Id dense) { (InTable(id) ? table_[id - first_] : far_[id]) = dense; }
  Id Dense(Id id) const {
    if (!used(id)) return Id{0};
    return InTable(id) ? table_[id - first_] : far_.at(id);
  }

 private:
  static constexpr Id kUnused = ~Id{0};
  static constexpr uint64_t kLongestTable = 1 << 20;
  bool InTable(Id id) const { return id >= first_ && uint64_t{id} - first_ < table_.size(); }

  std::vector<Id> table_;  // Of the ids from first_ on: what each becomes; 0 as long as that is not known.
  Id first_ = 0;
  std::map<Id, Id> far_;
};

}  // namespace

void LiveNames::Renumber(TraceParts& parts) const {
  Ids<ObjectId> objects;
  Ids<SiteId> sites;
  for (const auto& log : parts.threads) {
    objects.Use(log.thread);
    for (const Event& event : log.events) {
      objects.Use(event.object());
      objects.Use(ObjectInArg(event, FindKind(event.kind())));
      sites.Use(event.site());
    }
  }
  // Parents of those, and theirs: a parent is older than its children, so one pass from the youngest reaches all.
  for (auto object = objects_.rbegin(); object != objects_.rend(); ++object) {
    if (objects.used(object->first)) objects.Use(object->second.parent);
  }
  for (const auto& [raw, object] : objects_) {
    if (!objects.used(raw)) continue;
    parts.objects.push_back(object);
    objects.Become(raw, static_cast<ObjectId>(parts.objects.size()));
  }
  // A thread without a name (its journal record did not fit on the disk) still has its events.
  for (const auto& log : parts.threads) {
    if (objects.Dense(log.thread) != kNoObject) continue;
    parts.objects.push_back({ObjectType::kThread, "a thread without a name", "", kNoObject});
    objects.Become(log.thread, static_cast<ObjectId>(parts.objects.size()));
  }
  for (Object& object : parts.objects) object.parent = objects.Dense(object.parent);

  std::vector<std::pair<Site, SiteId>> found;
  for (const auto& [raw, site] : sites_) {
    if (sites.used(raw)) found.emplace_back(site, raw);
  }
  const auto place = [](const auto& entry) {
    return std::tie(entry.first.file, entry.first.line, entry.first.function);
  };
  std::sort(found.begin(), found.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  for (auto& [site, raw] : found) {
    if (parts.sites.empty() || !(parts.sites.back() == site)) parts.sites.push_back(std::move(site));
    sites.Become(raw, static_cast<SiteId>(parts.sites.size()));
  }

  for (auto& log : parts.threads) {
    log.thread = objects.Dense(log.thread);
    for (Event& event : log.events) {
      const KindInfo* kind = FindKind(event.kind());
      uint32_t arg = event.arg();
      if (kind != nullptr && kind->arg == ArgType::kObject) arg = objects.Dense(arg);
      if (kind != nullptr && kind->arg == ArgType::kRuleAndObject) {
        arg = PackRuleAndObject(RuleOf(arg), objects.Dense(ObjectOfRule(arg)));
      }
      event = Event::Make(event.ticks(), event.kind(), objects.Dense(event.object()), arg, sites.Dense(event.site()));
    }
  }
  std::sort(parts.threads.begin(), parts.threads.end(),
            [](const auto& a, const auto& b) { return a.thread < b.thread; });
}

}  // namespace lockscope::trace
