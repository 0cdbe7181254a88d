#include "core/daemon/domain_filter.h"

namespace lockscope::daemon {
namespace {

uint32_t StateKind(DomainState state) {
  constexpr uint32_t kRunning = 1 << 4;
  constexpr uint32_t kPaused = 1 << 5;
  constexpr uint32_t kShutOff = 1 << 6;
  constexpr uint32_t kOther = 1 << 7;
  switch (state) {
    case DomainState::kRunning:
      return kRunning;
    case DomainState::kPaused:
      return kPaused;
    case DomainState::kShutOff:
      return kShutOff;
    default:
      return kOther;
  }
}

// A pair of kinds, of which each domain is one or the other.
struct Pair {
  uint32_t yes;
  uint32_t no;
  bool (*is)(const Domain& domain);
};
constexpr Pair kPairs[] = {
    {1 << 0, 1 << 1, [](const Domain& domain) { return domain.active(); }},
    {1 << 2, 1 << 3, [](const Domain& domain) { return domain.persistent; }},
    {1 << 8, 1 << 9, [](const Domain& domain) { return domain.managed_save; }},
    {1 << 10, 1 << 11, [](const Domain& domain) { return domain.autostart; }},
    {1 << 12, 1 << 13, [](const Domain&) { return false; }},  // Snapshots, which there are none of;
    {1 << 14, 1 << 15, [](const Domain&) { return false; }},  // nor checkpoints.
};
constexpr uint32_t kAllStates = 0xf0;

}  // namespace

bool DomainFilter::Admits(const Domain& domain) const {
  if ((wanted & kAllStates) != 0 && (wanted & StateKind(domain.status.state)) == 0) return false;
  for (const Pair& pair : kPairs) {
    const bool any = (wanted & (pair.yes | pair.no)) != 0;
    if (any && (wanted & (pair.is(domain) ? pair.yes : pair.no)) == 0) return false;
  }
  return true;
}

}  // namespace lockscope::daemon
