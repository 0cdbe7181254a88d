#include "tests/support/latch_driver.h"

namespace lockscope::testing {

void LatchDriver::AwaitCall(const std::string& name) {
  std::unique_lock lock(mu_);
  changed_.wait(lock, [&] { return inside_.contains(name); });
}

void LatchDriver::Release(const std::string& name) {
  const std::lock_guard lock(mu_);
  released_.insert(name);
  changed_.notify_all();
}

size_t LatchDriver::inside() const {
  const std::lock_guard lock(mu_);
  return inside_.size();
}

daemon::DriverResult<void> LatchDriver::Open(std::string_view /*uri*/, bool /*read_only*/) { return {}; }

daemon::DriverResult<std::string> LatchDriver::Hostname() { return "latch"; }

void LatchDriver::Hold(const std::string& name) {
  std::unique_lock lock(mu_);
  inside_.insert(name);
  changed_.notify_all();
  changed_.wait(lock, [&] { return released_.contains(name); });
  inside_.erase(name);
}

daemon::DriverResult<daemon::DomainRef> LatchDriver::DomainByName(std::string_view name) {
  Hold(std::string(name));
  return daemon::DomainRef{.name = std::string(name), .uuid = {}, .id = 7};
}

daemon::DriverResult<void> LatchDriver::SuspendDomain(const daemon::DomainRef& domain, daemon::DomainEvents& events) {
  Hold(domain.name);
  events.push_back({domain, daemon::Lifecycle::kSuspended, 0});
  return {};
}

daemon::DriverResult<void> LatchDriver::ResumeDomain(const daemon::DomainRef& domain, daemon::DomainEvents& events) {
  events.push_back({domain, daemon::Lifecycle::kResumed, 0});
  return {};
}

}  // namespace lockscope::testing
