#include "core/daemon/domain_table.h"

#include <algorithm>
#include <utility>

namespace lockscope::daemon {
namespace {

DomainRef RefOf(const Domain* domain) { return domain->ref; }

}  // namespace

DomainTable::DomainTable(std::vector<Domain> domains) : domains_(std::move(domains)) {
  for (const Domain& domain : domains_) last_id_ = std::max(last_id_, domain.ref.id);
  first_started_ = last_id_ + 1;
}

bool DomainTable::HasStarted() const {
  return std::ranges::any_of(domains_, [this](const Domain& domain) { return domain.ref.id >= first_started_; });
}

// The first domain that matches; `wanted` is what the error says was looked for.
template <typename Matches>
DriverResult<const Domain*> DomainTable::FindWhere(const Matches& matches, std::string_view wanted) const {
  const auto found = std::ranges::find_if(domains_, matches);
  if (found != domains_.end()) return &*found;
  return tl::make_unexpected(DriverError{rpc::ErrorCode::kNoDomain, rpc::ErrorOrigin::kDriver,
                                         fmt::format("Domain not found: no domain with {}", wanted)});
}

DriverResult<const Domain*> DomainTable::Find(const DomainRef& domain) const {
  return FindWhere([&](const Domain& other) { return other.ref.uuid == domain.uuid; },
                   fmt::format("the uuid {} ({})", rpc::UuidText(domain.uuid), domain.name));
}

DriverResult<DomainRef> DomainTable::FindByName(std::string_view name) const {
  return FindWhere([&](const Domain& other) { return other.ref.name == name; }, fmt::format("the name '{}'", name))
      .map(RefOf);
}

DriverResult<DomainRef> DomainTable::FindByUuid(const Uuid& uuid) const {
  return FindWhere([&](const Domain& other) { return other.ref.uuid == uuid; },
                   fmt::format("the uuid {}", rpc::UuidText(uuid)))
      .map(RefOf);
}

DriverResult<DomainRef> DomainTable::FindById(int32_t id) const {
  // -1 is not an id but the lack of one.
  return FindWhere([&](const Domain& other) { return other.active() && other.ref.id == id; },
                   fmt::format("the id {}", id))
      .map(RefOf);
}

DriverResult<Domain*> DomainTable::FindToChange(const DomainRef& domain, DomainState wanted, std::string_view refusal) {
  const DriverResult<const Domain*> found = Find(domain);
  if (!found) return tl::make_unexpected(found.error());
  const bool fits = wanted == DomainState::kNoState ? (*found)->active() : (*found)->status.state == wanted;
  if (fits) return &domains_[static_cast<size_t>(*found - domains_.data())];
  return tl::make_unexpected(DriverError{rpc::ErrorCode::kWrongState, rpc::ErrorOrigin::kDriver,
                                         fmt::format("Requested operation is not valid: {}", refusal)});
}

DriverResult<DomainEvent> DomainTable::Suspend(const DomainRef& domain) {
  return FindToChange(domain, DomainState::kRunning, "domain is not running").map([](Domain* found) {
    found->status = {DomainState::kPaused, kPausedByUser};
    return DomainEvent{found->ref, Lifecycle::kSuspended, 0};
  });
}

DriverResult<DomainEvent> DomainTable::Resume(const DomainRef& domain) {
  return FindToChange(domain, DomainState::kPaused, "domain is not paused").map([](Domain* found) {
    found->status = {DomainState::kRunning, kRunningUnpaused};
    return DomainEvent{found->ref, Lifecycle::kResumed, 0};
  });
}

DriverResult<DomainEvent> DomainTable::Start(const DomainRef& domain) {
  return FindToChange(domain, DomainState::kShutOff, "domain is already running").map([this](Domain* found) {
    found->ref.id = ++last_id_;
    found->status = {DomainState::kRunning, kRunningBooted};
    return DomainEvent{found->ref, Lifecycle::kStarted, 0};
  });
}

DriverResult<DomainEvent> DomainTable::Destroy(const DomainRef& domain) {
  return FindToChange(domain, DomainState::kNoState, "domain is not running").map([this](Domain* found) {
    found->ref.id = -1;
    found->status = {DomainState::kShutOff, kShutOffDestroyed};
    const DomainEvent event{found->ref, Lifecycle::kStopped, kStoppedDestroyed};
    if (!found->persistent) domains_.erase(domains_.begin() + (found - domains_.data()));
    return event;
  });
}

}  // namespace lockscope::daemon
