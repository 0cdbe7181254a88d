#include "core/trace/run_log.h"

#include <array>
#include <map>

#include "core/trace/live_names.h"
#include "core/trace/registry.h"
#include "core/trace/session.h"

namespace lockscope::trace {

RunLog::~RunLog() {
  Stop();
  ForgetRetired();
}

Result<void> RunLog::Start() {
  if (!internal::BeginSession()) return Fail("the run cannot be recorded: another recording is on");
  entries_.Clear();
  KeepRetired();
  on_ = true;
  return {};
}

void RunLog::Stop() {
  if (!on_) return;
  on_ = false;
  internal::EndSession();
}

Result<Trace> RunLog::Build(Meta meta) const {
  TraceParts parts;
  parts.info.ticks_per_second = 1'000'000'000;
  parts.info.meta = std::move(meta);
  parts.info.meta.insert(parts.info.meta.begin(), {"clock", "virtual"});
  std::map<ObjectId, size_t> place;
  for (const RunEntry& entry : entries_.values()) {
    const auto [found, added] = place.emplace(entry.thread, parts.threads.size());
    if (added) parts.threads.push_back({entry.thread, {}});
    parts.threads[found->second].events.push_back(entry.event);
  }
  LiveNames names;
  for (const auto& [id, object] : AllRegistered()) names.AddObject(id, object);
  std::array<bool, kMaxSiteId + 1> used{};
  for (const RunEntry& entry : entries_.values()) used[entry.event.site()] = true;
  for (SiteId site = 1; site <= kMaxSiteId; ++site) {
    if (used[site]) names.AddSite(site, SiteWith(site));
  }
  names.Renumber(parts);
  return Trace::Build(std::move(parts));
}

}  // namespace lockscope::trace
