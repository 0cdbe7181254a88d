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

daemon::DriverResult<daemon::DomainRef> LatchDriver::DomainByName(std::string_view name) {
  const std::string key(name);
  std::unique_lock lock(mu_);
  inside_.insert(key);
  changed_.notify_all();
  changed_.wait(lock, [&] { return released_.contains(key); });
  inside_.erase(key);
  return daemon::DomainRef{.name = key, .uuid = {}, .id = 7};
}

}  // namespace lockscope::testing
