// LatchDriver: a Driver whose call domain_by_name(NAME) lasts until the test lets NAME go. Other calls answer at once.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>

#include "core/daemon/driver.h"

namespace lockscope::testing {

class LatchDriver final : public daemon::Driver {
 public:
  // The test's side.
  void AwaitCall(const std::string& name);  // Until a worker is in that call.
  void Release(const std::string& name);
  size_t inside() const;  // How many calls are held.

  daemon::DriverResult<void> Open(std::string_view uri, bool read_only) override LS_DRIVER_CALL;
  daemon::DriverResult<std::string> Hostname() override LS_DRIVER_CALL;
  daemon::DriverResult<daemon::DomainRef> DomainByName(std::string_view name) override LS_DRIVER_CALL;

 private:
  mutable std::mutex mu_;  // Private, never traced.
  std::condition_variable changed_;
  std::set<std::string> inside_;
  std::set<std::string> released_;
};

}  // namespace lockscope::testing
