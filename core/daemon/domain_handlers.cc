// The handlers about domains.
#include <cstdlib>

#include "core/base/check.h"
#include "core/daemon/handlers.h"

namespace lockscope::daemon::handlers {
namespace {

DriverResult<void> StoreDomain(DriverResult<DomainRef> domain, ls_domain_value& reply) {
  return StoreResult(std::move(domain), [&](const DomainRef& value) { reply.domain = rpc::ToXdr(value); });
}

DriverResult<void> StoreFlag(DriverResult<bool> flag, ls_int_value& reply) {
  return StoreResult(std::move(flag), [&](bool value) { reply.value = value ? 1 : 0; });
}

// Zeros, to be freed with the XDR value that they become part of.
template <typename T>
T* Allocate(size_t count) {
  T* const memory = static_cast<T*>(std::calloc(count, sizeof(T)));
  LS_CHECK(memory != nullptr, "out of memory for {} bytes", count * sizeof(T));
  return memory;
}

}  // namespace

DriverResult<void> DomainList(Driver& driver, CallBody&, const ls_list_args& args, ls_domain_list& reply) {
  return StoreResult(driver.ListDomains({.wanted = args.flags}), [&](const std::vector<DomainRef>& domains) {
    reply.count = static_cast<u_int>(domains.size());
    if (args.need_results == 0 || domains.empty()) return;
    reply.domains.domains_val = Allocate<ls_domain>(domains.size());
    for (const DomainRef& domain : domains) reply.domains.domains_val[reply.domains.domains_len++] = rpc::ToXdr(domain);
  });
}

DriverResult<void> DomainStateOf(Driver& driver, CallBody&, const ls_domain_flags_args& args, ls_domain_state& reply) {
  return StoreResult(driver.DomainStatusOf(rpc::FromXdr(args.domain)), [&](const DomainStatus& status) {
    reply.state = static_cast<int>(status.state);
    reply.reason = status.reason;
  });
}

DriverResult<void> DomainByName(Driver& driver, CallBody&, const ls_text_value& args, ls_domain_value& reply) {
  return StoreDomain(driver.DomainByName(args.value), reply);
}

DriverResult<void> DomainByUuid(Driver& driver, CallBody&, const ls_uuid_value& args, ls_domain_value& reply) {
  return StoreDomain(driver.DomainByUuid(rpc::FromXdr(args.value)), reply);
}

DriverResult<void> DomainById(Driver& driver, CallBody&, const ls_int_value& args, ls_domain_value& reply) {
  return StoreDomain(driver.DomainById(args.value), reply);
}

DriverResult<void> DomainOsType(Driver& driver, CallBody&, const ls_domain_value& args, ls_text_value& reply) {
  return StoreText(driver.DomainOsType(rpc::FromXdr(args.domain)), reply);
}

DriverResult<void> DomainInfoOf(Driver& driver, CallBody&, const ls_domain_value& args, ls_domain_info& reply) {
  return StoreResult(driver.DomainInfoOf(rpc::FromXdr(args.domain)), [&](const DomainInfo& info) {
    reply.state = static_cast<u_int>(info.state);
    reply.max_memory = info.max_memory_kib;
    reply.memory = info.memory_kib;
    reply.vcpus = info.vcpus;
    reply.cpu_time = info.cpu_time_ns;
  });
}

DriverResult<void> DomainIsActive(Driver& driver, CallBody&, const ls_domain_value& args, ls_int_value& reply) {
  return StoreFlag(driver.DomainIsActive(rpc::FromXdr(args.domain)), reply);
}

DriverResult<void> DomainIsPersistent(Driver& driver, CallBody&, const ls_domain_value& args, ls_int_value& reply) {
  return StoreFlag(driver.DomainIsPersistent(rpc::FromXdr(args.domain)), reply);
}

DriverResult<void> DomainAutostart(Driver& driver, CallBody&, const ls_domain_value& args, ls_int_value& reply) {
  return StoreFlag(driver.DomainAutostart(rpc::FromXdr(args.domain)), reply);
}

DriverResult<void> DomainHasManagedSave(Driver& driver, CallBody&, const ls_domain_flags_args& args,
                                        ls_int_value& reply) {
  return StoreFlag(driver.DomainHasManagedSave(rpc::FromXdr(args.domain)), reply);
}

DriverResult<void> DomainMessages(Driver& driver, CallBody&, const ls_domain_flags_args& args, ls_text_list& reply) {
  return StoreResult(driver.DomainMessages(rpc::FromXdr(args.domain)), [&](const std::vector<std::string>& messages) {
    if (messages.empty()) return;
    reply.values.values_val = Allocate<ls_text>(messages.size());
    for (const std::string& message : messages) {
      reply.values.values_val[reply.values.values_len++] = rpc::CopyText(message);
    }
  });
}

DriverResult<void> DomainXml(Driver& driver, CallBody&, const ls_domain_flags_args& args, ls_text_value& reply) {
  constexpr u_int kInactive = 2;  // libvirt's VIR_DOMAIN_XML_INACTIVE.
  const DomainForm form = (args.flags & kInactive) != 0 ? DomainForm::kNextStart : DomainForm::kNow;
  return StoreText(driver.DomainXml(rpc::FromXdr(args.domain), form), reply);
}

DriverResult<void> SuspendDomain(Driver& driver, CallBody& call, const ls_domain_value& args, Nothing&) {
  return driver.SuspendDomain(rpc::FromXdr(args.domain), call.events);
}

DriverResult<void> ResumeDomain(Driver& driver, CallBody& call, const ls_domain_value& args, Nothing&) {
  return driver.ResumeDomain(rpc::FromXdr(args.domain), call.events);
}

DriverResult<void> StartDomain(Driver& driver, CallBody& call, const ls_domain_value& args, Nothing&) {
  return driver.StartDomain(rpc::FromXdr(args.domain), call.events);
}

DriverResult<void> DestroyDomain(Driver& driver, CallBody& call, const ls_domain_value& args, Nothing&) {
  return driver.DestroyDomain(rpc::FromXdr(args.domain), call.events);
}

}  // namespace lockscope::daemon::handlers
