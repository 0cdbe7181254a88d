// DomainFilter: which domains a list is to hold. Plain data; any thread.
#pragma once

#include <cstdint>

#include "core/daemon/domain.h"

namespace lockscope::daemon {

// The kinds come in groups (active or not, each state, persistent or not …), with the numbers that virsh asks by (libvirt's
// virConnectListAllDomainsFlags). A group of which no kind is wanted lets all pass.
struct DomainFilter {
  uint32_t wanted = 0;

  bool Admits(const Domain& domain) const;
};

}  // namespace lockscope::daemon
