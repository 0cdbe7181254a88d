// A domain, and the machine under it, as the XML that virsh prints: the shape is what libvirt's own test driver gives,
// the values are those of the arguments. Pure functions; any thread.
#pragma once

#include <string>

#include "core/daemon/domain.h"

namespace lockscope::daemon {

std::string DomainXml(const Domain& domain, DomainForm form = DomainForm::kNow);
std::string CapabilitiesXml(const HostNode& node);

}  // namespace lockscope::daemon
