#include "core/daemon/memory_driver.h"

#include <utility>

#include "core/base/check.h"
#include "core/sync/lock_order.h"
#include "core/sync/thread.h"

namespace lockscope::daemon {
namespace {

constexpr uint64_t kVersion = 1'000;  // 0.1.0

std::string UuidText(const Uuid& uuid) {
  std::string text;
  for (size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", uuid[i]);
  }
  return text;
}

std::set<std::string, std::less<>> AwaitedIn(const CallScript& script) {
  std::set<std::string, std::less<>> awaited;
  for (const auto& [procedure, steps] : script) {
    for (const CallStep& step : steps) {
      if (!step.waits_for.empty()) awaited.insert(step.waits_for);
    }
  }
  return awaited;
}

}  // namespace

std::vector<Domain> DefaultDomains() {
  const Uuid uuid = {0x10, 0xc5, 0xc0, 0x9e, 0x00, 0x00, 0x40, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01};
  return {{.ref = {.name = "test", .uuid = uuid, .id = 1}, .status = {DomainState::kRunning, 0}}};
}

MemoryDriver::MemoryDriver(MemoryDriverConfig config, Sleep sleep)
    : mu_(sync::kDriverLock, "driver"),
      call_begun_("call begun", mu_),
      hostname_(std::move(config.hostname)),
      uri_(std::move(config.uri)),
      script_(std::move(config.script)),
      sleep_(std::move(sleep)),
      wait_limit_ns_(config.wait_limit_ns),
      awaited_(AwaitedIn(script_)),
      domains_(std::move(config.domains)) {
  LS_CHECK(sleep_ != nullptr, "the driver needs a way to sleep");
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

// Every call starts here: what the script makes it wait for, with no lock held, and the script's failure.
DriverResult<void> MemoryDriver::Begin(std::string_view procedure) {
  CallStep step = NextStep(procedure);
  if (awaited_.contains(procedure)) NoteBegun(procedure);
  if (!step.waits_for.empty()) {
    if (DriverResult<void> other = AwaitOther(step.waits_for); !other) return other;
  }
  if (step.delay_ns > 0) sleep_(step.delay_ns);
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
  return Begin("lib_version").map([] { return kVersion; });
}

DriverResult<std::vector<DomainRef>> MemoryDriver::ListDomains(DomainFilter filter) {
  if (DriverResult<void> begun = Begin("domain_list"); !begun) return tl::make_unexpected(begun.error());
  std::vector<DomainRef> found;
  sync::MutexLock lock(mu_);
  for (const Domain& domain : domains_) {
    if (domain.active() ? filter.active : filter.inactive) found.push_back(domain.ref);
  }
  return found;
}

// The first domain that matches; `wanted` is what the error says was looked for.
template <typename Matches>
DriverResult<Domain> MemoryDriver::Find(const Matches& matches, std::string_view wanted) {
  {
    sync::MutexLock lock(mu_);
    for (const Domain& domain : domains_) {
      if (matches(domain)) return domain;
    }
  }
  return tl::make_unexpected(DriverError{rpc::ErrorCode::kNoDomain, rpc::ErrorOrigin::kDriver,
                                         fmt::format("Domain not found: no domain with {}", wanted)});
}

DriverResult<DomainStatus> MemoryDriver::DomainStatusOf(const DomainRef& domain) {
  if (DriverResult<void> begun = Begin("domain_state"); !begun) return tl::make_unexpected(begun.error());
  return Find([&](const Domain& other) { return other.ref.uuid == domain.uuid; },
              fmt::format("the uuid {} ({})", UuidText(domain.uuid), domain.name))
      .map([](const Domain& found) { return found.status; });
}

DriverResult<DomainRef> MemoryDriver::DomainByName(std::string_view name) {
  if (DriverResult<void> begun = Begin("domain_by_name"); !begun) return tl::make_unexpected(begun.error());
  return Find([&](const Domain& other) { return other.ref.name == name; }, fmt::format("the name '{}'", name))
      .map([](const Domain& found) { return found.ref; });
}

DriverResult<DomainRef> MemoryDriver::DomainByUuid(const Uuid& uuid) {
  if (DriverResult<void> begun = Begin("domain_by_uuid"); !begun) return tl::make_unexpected(begun.error());
  return Find([&](const Domain& other) { return other.ref.uuid == uuid; }, fmt::format("the uuid {}", UuidText(uuid)))
      .map([](const Domain& found) { return found.ref; });
}

DriverResult<DomainRef> MemoryDriver::DomainById(int32_t id) {
  if (DriverResult<void> begun = Begin("domain_by_id"); !begun) return tl::make_unexpected(begun.error());
  // -1 is not an id but the lack of one.
  return Find([&](const Domain& other) { return other.active() && other.ref.id == id; }, fmt::format("the id {}", id))
      .map([](const Domain& found) { return found.ref; });
}

}  // namespace lockscope::daemon
