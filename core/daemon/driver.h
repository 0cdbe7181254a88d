// Driver: what a call does, once the daemon has read and decoded it. A seam.
//
// Every method may take as long as it likes: workers call it, several at once, and never with the server lock or a
// client lock held (rule R3, no-lock-across-a-call). A driver has locks of its own, which it takes and lets go inside
// the call; it must not call out, and not sleep, while it holds them.
//
// What a call changes it reports as events, in the list that it is given; it calls nobody (domain_event.h).
//
// A driver overrides what it can do; the rest answers "not supported", which virsh understands. The calls come from
// Dispatcher::Run and from nowhere else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "core/daemon/domain.h"
#include "core/daemon/domain_event.h"
#include "core/daemon/domain_filter.h"
#include "core/rpc/wire_values.h"
#include "core/sync/lock_order.h"

// On a driver's method, and on every function on the way to one: the compiler then proves rule R3.
#define LS_DRIVER_CALL LS_REQUIRES(!::lockscope::sync::server_held, !::lockscope::sync::client_held)

namespace lockscope::daemon {

// A call's failure is an answer like any other: it is sent to the client, which prints the message.
using DriverError = rpc::WireError;

template <typename T>
using DriverResult = tl::expected<T, DriverError>;

inline tl::unexpected<DriverError> NotSupported(std::string_view procedure) {
  return tl::make_unexpected(
      DriverError{rpc::ErrorCode::kNotSupported, rpc::ErrorOrigin::kDriver,
                  fmt::format("this function is not supported by the connection driver: {}", procedure)});
}

class Driver {
 public:
  Driver() = default;
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  virtual ~Driver() = default;

  // Whether it keeps something that nobody is connected for and that must not be left alone: then the daemon does not end
  // for want of clients. No driver call: any thread, and it waits for nothing.
  virtual bool active() const { return false; }

  // Whether a connection to this address may be made; "" is the driver's own choice. Error kNoConnect if it may not.
  virtual DriverResult<void> Open(std::string_view /*uri*/, bool /*read_only*/) LS_DRIVER_CALL {
    return NotSupported("connect_open");
  }

  virtual DriverResult<std::string> Hostname() LS_DRIVER_CALL { return NotSupported("hostname"); }
  virtual DriverResult<std::string> Type() LS_DRIVER_CALL { return NotSupported("type"); }
  virtual DriverResult<std::string> Uri() LS_DRIVER_CALL { return NotSupported("uri"); }
  // Versions are 1'000'000 * major + 1'000 * minor + release.
  virtual DriverResult<uint64_t> Version() LS_DRIVER_CALL { return NotSupported("version"); }
  virtual DriverResult<uint64_t> LibVersion() LS_DRIVER_CALL { return NotSupported("lib_version"); }

  virtual DriverResult<std::vector<DomainRef>> ListDomains(DomainFilter /*filter*/) LS_DRIVER_CALL {
    return NotSupported("domain_list");
  }

  // The uuid says which domain is meant. Error kNoDomain if there is none, here and below.
  virtual DriverResult<DomainStatus> DomainStatusOf(const DomainRef& /*domain*/) LS_DRIVER_CALL {
    return NotSupported("domain_state");
  }
  virtual DriverResult<DomainRef> DomainByName(std::string_view /*name*/) LS_DRIVER_CALL {
    return NotSupported("domain_by_name");
  }
  virtual DriverResult<DomainRef> DomainByUuid(const Uuid& /*uuid*/) LS_DRIVER_CALL {
    return NotSupported("domain_by_uuid");
  }
  virtual DriverResult<DomainRef> DomainById(int32_t /*id*/) LS_DRIVER_CALL { return NotSupported("domain_by_id"); }

  virtual DriverResult<std::string> DomainOsType(const DomainRef& /*domain*/) LS_DRIVER_CALL {
    return NotSupported("domain_os_type");
  }
  virtual DriverResult<DomainInfo> DomainInfoOf(const DomainRef& /*domain*/) LS_DRIVER_CALL {
    return NotSupported("domain_info");
  }
  virtual DriverResult<bool> DomainIsActive(const DomainRef& /*domain*/) LS_DRIVER_CALL {
    return NotSupported("domain_is_active");
  }
  virtual DriverResult<bool> DomainIsPersistent(const DomainRef& /*domain*/) LS_DRIVER_CALL {
    return NotSupported("domain_is_persistent");
  }
  virtual DriverResult<bool> DomainAutostart(const DomainRef& /*domain*/) LS_DRIVER_CALL {
    return NotSupported("domain_autostart");
  }
  virtual DriverResult<bool> DomainHasManagedSave(const DomainRef& /*domain*/) LS_DRIVER_CALL {
    return NotSupported("domain_managed_save");
  }
  virtual DriverResult<std::vector<std::string>> DomainMessages(const DomainRef& /*domain*/) LS_DRIVER_CALL {
    return NotSupported("domain_messages");
  }
  virtual DriverResult<std::string> DomainXml(const DomainRef& /*domain*/, DomainForm /*form*/) LS_DRIVER_CALL {
    return NotSupported("domain_xml");
  }

  // Error kWrongState where no such way leads from the domain's state.
  virtual DriverResult<void> SuspendDomain(const DomainRef& /*domain*/, DomainEvents& /*events*/) LS_DRIVER_CALL {
    return NotSupported("domain_suspend");
  }
  virtual DriverResult<void> ResumeDomain(const DomainRef& /*domain*/, DomainEvents& /*events*/) LS_DRIVER_CALL {
    return NotSupported("domain_resume");
  }
  virtual DriverResult<void> StartDomain(const DomainRef& /*domain*/, DomainEvents& /*events*/) LS_DRIVER_CALL {
    return NotSupported("domain_start");
  }
  virtual DriverResult<void> DestroyDomain(const DomainRef& /*domain*/, DomainEvents& /*events*/) LS_DRIVER_CALL {
    return NotSupported("domain_destroy");
  }

  virtual DriverResult<HostNode> NodeInfo() LS_DRIVER_CALL { return NotSupported("node_info"); }
  virtual DriverResult<std::string> Capabilities() LS_DRIVER_CALL { return NotSupported("capabilities"); }
  virtual DriverResult<void> SecurityModel() LS_DRIVER_CALL { return NotSupported("security_model"); }  // Always.
};

}  // namespace lockscope::daemon
