// DomainTable: the domains of the memory driver, and what can become of them.
//
//   state    | suspend | resume  | start   | destroy  | its id
//   running  | paused  | refused | refused | shut off | given when it starts, counting up, never twice
//   paused   | refused | running | refused | shut off | keeps it
//   shut off | refused | refused | running | refused  | -1
//
// A domain that is not persistent is gone once it is shut off. What is refused changes nothing, and reports nothing.
// Errors: kNoDomain, kWrongState. Not synchronised: the memory driver's lock guards it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/daemon/driver.h"

namespace lockscope::daemon {

class DomainTable {
 public:
  explicit DomainTable(std::vector<Domain> domains);

  const std::vector<Domain>& all() const { return domains_; }
  // Whether one is active that was started here. Those that were active from the beginning are there for show.
  bool HasStarted() const;

  // The domain with this uuid; the name is for the error.
  DriverResult<const Domain*> Find(const DomainRef& domain) const;
  DriverResult<DomainRef> FindByName(std::string_view name) const;
  DriverResult<DomainRef> FindByUuid(const Uuid& uuid) const;
  DriverResult<DomainRef> FindById(int32_t id) const;

  // What has happened, where it is not refused.
  DriverResult<DomainEvent> Suspend(const DomainRef& domain);
  DriverResult<DomainEvent> Resume(const DomainRef& domain);
  DriverResult<DomainEvent> Start(const DomainRef& domain);
  DriverResult<DomainEvent> Destroy(const DomainRef& domain);

 private:
  // The domain, if it may be changed now: it is `wanted`, or active at all where `wanted` is kNoState.
  DriverResult<Domain*> FindToChange(const DomainRef& domain, DomainState wanted, std::string_view refusal);
  template <typename Matches>
  DriverResult<const Domain*> FindWhere(const Matches& matches, std::string_view wanted) const;

  std::vector<Domain> domains_;
  int32_t last_id_ = 0;
  int32_t first_started_ = 0;  // Its id is this or more.
};

}  // namespace lockscope::daemon
