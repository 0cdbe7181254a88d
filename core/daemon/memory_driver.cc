#include "core/daemon/memory_driver.h"

#include <utility>

#include "core/base/check.h"
#include "core/daemon/domain_xml.h"
#include "core/sync/lock_order.h"
#include "core/sync/thread.h"

namespace lockscope::daemon {
namespace {

constexpr uint64_t kVersion = 2;         // 0.0.2, that of libvirt's test driver.
constexpr uint64_t kLibVersion = 1'000;  // 0.1.0: the daemon's own.

std::set<std::string, std::less<>> AwaitedIn(const CallScript& script) {
  std::set<std::string, std::less<>> awaited;
  for (const auto& [procedure, steps] : script) {
    for (const CallStep& step : steps) {
      if (!step.waits_for.empty()) awaited.insert(step.waits_for);
    }
  }
  return awaited;
}

void CheckEvents(const CallScript& script) {
  const std::set<std::string_view> report = {"domain_suspend", "domain_resume", "domain_start", "domain_destroy"};
  for (const auto& [procedure, steps] : script) {
    for (const CallStep& step : steps) {
      LS_CHECK(step.events.empty() || report.contains(procedure), "calls of {} report no events", procedure);
    }
  }
}

}  // namespace

std::vector<Domain> DefaultDomains() {
  const Uuid uuid = {0x66, 0x95, 0xeb, 0x01, 0xf6, 0xa4, 0x83, 0x04, 0x79, 0xaa, 0x97, 0xf2, 0x50, 0x2e, 0x19, 0x3f};
  return {{.ref = {.name = "test", .uuid = uuid, .id = 1}, .status = {DomainState::kRunning, 0}}};
}

MemoryDriver::MemoryDriver(MemoryDriverConfig config, Sleep sleep)
    : mu_(sync::kDriverLock, "driver"),
      call_begun_("call begun", mu_),
      hostname_(std::move(config.hostname)),
      uri_(std::move(config.uri)),
      node_(std::move(config.node)),
      script_(std::move(config.script)),
      sleep_(std::move(sleep)),
      wait_limit_ns_(config.wait_limit_ns),
      awaited_(AwaitedIn(script_)),
      domains_(std::move(config.domains)) {
  LS_CHECK(sleep_ != nullptr, "the driver needs a way to sleep");
  CheckEvents(script_);
}

CallStep MemoryDriver::NextStep(std::string_view procedure) {
  auto steps = script_.find(procedure);
  if (steps == script_.end()) steps = script_.find("*");
  if (steps == script_.end() || steps->second.empty()) return {};
  uint64_t call = 0;
  {
    sync::MutexLock lock(mu_);
    call = calls_[steps->first]++;
  }
  return steps->second[call % steps->second.size()];
}

uint64_t MemoryDriver::CallsBegun(std::string_view procedure) const {
  const auto found = begun_.find(procedure);
  return found == begun_.end() ? 0 : found->second;
}

void MemoryDriver::NoteBegun(std::string_view procedure) {
  const sync::MutexLock lock(mu_);
  ++begun_[std::string(procedure)];
  call_begun_.broadcast();
}

DriverResult<void> MemoryDriver::AwaitOther(std::string_view procedure) {
  const sync::MutexLock lock(mu_);
  if (AwaitCall(procedure, CallsBegun(procedure))) return {};
  return tl::make_unexpected(DriverError{rpc::ErrorCode::kOperationTimeout, rpc::ErrorOrigin::kDriver,
                                         fmt::format("Timed out during operation: no call of {} has begun within {} ms",
                                                     procedure, wait_limit_ns_ / 1'000'000)});
}

// The other call needs a worker of its own, and there may be none: without a limit this call, too, could wait for ever.
bool MemoryDriver::AwaitCall(std::string_view procedure, uint64_t already_begun) {
  const int64_t end_ns = sync::NowNs() + wait_limit_ns_;
  while (CallsBegun(procedure) == already_begun) {
    const int64_t left_ns = end_ns - sync::NowNs();
    if (left_ns <= 0) return false;
    call_begun_.wait_for(mu_, left_ns);
  }
  return true;
}

DriverResult<void> MemoryDriver::Begin(std::string_view procedure) {
  DomainEvents nobody_asks;
  return Begin(procedure, nobody_asks);
}

DriverResult<void> MemoryDriver::Begin(std::string_view procedure, DomainEvents& events) {
  CallStep step = NextStep(procedure);
  if (awaited_.contains(procedure)) NoteBegun(procedure);
  if (!step.waits_for.empty()) {
    if (DriverResult<void> other = AwaitOther(step.waits_for); !other) return other;
  }
  if (step.delay_ns > 0) sleep_(step.delay_ns);
  events.insert(events.end(), step.events.begin(), step.events.end());
  if (step.failure) return tl::make_unexpected(*std::move(step.failure));
  return {};
}

DriverResult<void> MemoryDriver::Open(std::string_view uri, bool /*read_only*/) {
  return Begin("connect_open").and_then([&]() -> DriverResult<void> {
    if (uri.empty() || uri == uri_) return {};
    return tl::make_unexpected(DriverError{rpc::ErrorCode::kNoConnect, rpc::ErrorOrigin::kNone,
                                           fmt::format("no connection driver available for {}", uri)});
  });
}

DriverResult<std::string> MemoryDriver::Hostname() {
  return Begin("hostname").map([this] { return hostname_; });
}

DriverResult<std::string> MemoryDriver::Type() {
  return Begin("type").map([] { return std::string("TEST"); });
}

DriverResult<std::string> MemoryDriver::Uri() {
  return Begin("uri").map([this] { return uri_; });
}

DriverResult<uint64_t> MemoryDriver::Version() {
  return Begin("version").map([] { return kVersion; });
}

DriverResult<uint64_t> MemoryDriver::LibVersion() {
  return Begin("lib_version").map([] { return kLibVersion; });
}

DriverResult<std::vector<DomainRef>> MemoryDriver::ListDomains(DomainFilter filter) {
  if (DriverResult<void> begun = Begin("domain_list"); !begun) return tl::make_unexpected(begun.error());
  std::vector<DomainRef> found;
  sync::MutexLock lock(mu_);
  for (const Domain& domain : domains_.all()) {
    if (filter.Admits(domain)) found.push_back(domain.ref);
  }
  return found;
}

DriverResult<Domain> MemoryDriver::Look(std::string_view procedure, const DomainRef& domain) {
  if (DriverResult<void> begun = Begin(procedure); !begun) return tl::make_unexpected(begun.error());
  const sync::MutexLock lock(mu_);
  return domains_.Find(domain).map([](const Domain* found) { return *found; });
}

DriverResult<DomainStatus> MemoryDriver::DomainStatusOf(const DomainRef& domain) {
  return Look("domain_state", domain).map([](const Domain& found) { return found.status; });
}

DriverResult<DomainRef> MemoryDriver::DomainByName(std::string_view name) {
  if (DriverResult<void> begun = Begin("domain_by_name"); !begun) return tl::make_unexpected(begun.error());
  const sync::MutexLock lock(mu_);
  return domains_.FindByName(name);
}

DriverResult<DomainRef> MemoryDriver::DomainByUuid(const Uuid& uuid) {
  if (DriverResult<void> begun = Begin("domain_by_uuid"); !begun) return tl::make_unexpected(begun.error());
  const sync::MutexLock lock(mu_);
  return domains_.FindByUuid(uuid);
}

DriverResult<DomainRef> MemoryDriver::DomainById(int32_t id) {
  if (DriverResult<void> begun = Begin("domain_by_id"); !begun) return tl::make_unexpected(begun.error());
  const sync::MutexLock lock(mu_);
  return domains_.FindById(id);
}

DriverResult<std::string> MemoryDriver::DomainOsType(const DomainRef& domain) {
  return Look("domain_os_type", domain).map([](const Domain& found) { return found.os_type; });
}

DriverResult<DomainInfo> MemoryDriver::DomainInfoOf(const DomainRef& domain) {
  return Look("domain_info", domain).map([](const Domain& found) {
    return DomainInfo{found.status.state, found.hardware.max_memory_kib, found.hardware.memory_kib,
                      found.hardware.vcpus, found.cpu_time_ns};
  });
}

DriverResult<bool> MemoryDriver::DomainIsActive(const DomainRef& domain) {
  return Look("domain_is_active", domain).map([](const Domain& found) { return found.active(); });
}

DriverResult<bool> MemoryDriver::DomainIsPersistent(const DomainRef& domain) {
  return Look("domain_is_persistent", domain).map([](const Domain& found) { return found.persistent; });
}

DriverResult<bool> MemoryDriver::DomainAutostart(const DomainRef& domain) {
  return Look("domain_autostart", domain).map([](const Domain& found) { return found.autostart; });
}

DriverResult<bool> MemoryDriver::DomainHasManagedSave(const DomainRef& domain) {
  return Look("domain_managed_save", domain).map([](const Domain& found) { return found.managed_save; });
}

DriverResult<std::vector<std::string>> MemoryDriver::DomainMessages(const DomainRef& domain) {
  return Look("domain_messages", domain).map([](const Domain& found) { return found.messages; });
}

DriverResult<std::string> MemoryDriver::DomainXml(const DomainRef& domain, DomainForm form) {
  return Look("domain_xml", domain).map([form](const Domain& found) { return daemon::DomainXml(found, form); });
}

// The change and its place among all events are decided under the driver's lock; telling anybody is not this class's.
DriverResult<void> MemoryDriver::Make(Change change, std::string_view procedure, const DomainRef& domain,
                                      DomainEvents& events) {
  if (DriverResult<void> begun = Begin(procedure, events); !begun) return begun;
  const sync::MutexLock lock(mu_);
  const DriverResult<DomainEvent> event = (domains_.*change)(domain);
  if (!event) return tl::make_unexpected(event.error());
  active_.store(domains_.HasStarted(), std::memory_order_relaxed);
  events.push_back(*event);
  return {};
}

DriverResult<void> MemoryDriver::SuspendDomain(const DomainRef& domain, DomainEvents& events) {
  return Make(&DomainTable::Suspend, "domain_suspend", domain, events);
}

DriverResult<void> MemoryDriver::ResumeDomain(const DomainRef& domain, DomainEvents& events) {
  return Make(&DomainTable::Resume, "domain_resume", domain, events);
}

DriverResult<void> MemoryDriver::StartDomain(const DomainRef& domain, DomainEvents& events) {
  return Make(&DomainTable::Start, "domain_start", domain, events);
}

DriverResult<void> MemoryDriver::DestroyDomain(const DomainRef& domain, DomainEvents& events) {
  return Make(&DomainTable::Destroy, "domain_destroy", domain, events);
}

DriverResult<HostNode> MemoryDriver::NodeInfo() {
  return Begin("node_info").map([this] { return node_; });
}

DriverResult<std::string> MemoryDriver::Capabilities() {
  return Begin("capabilities").map([this] { return CapabilitiesXml(node_); });
}

}  // namespace lockscope::daemon
