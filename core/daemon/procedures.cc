#include "core/daemon/procedures.h"

#include <algorithm>
#include <iterator>

#include "core/daemon/handlers.h"

namespace lockscope::daemon {
namespace {

template <auto kHandler>
constexpr Procedure Early(int32_t number, std::string_view name) {  // May come before the connection is open.
  using Handler = HandlerOf<kHandler>;
  return {number, name, false, Handler::kCallsDriver, Handler::kDecode};
}

template <auto kHandler>
constexpr Procedure Reading(int32_t number, std::string_view name) {
  using Handler = HandlerOf<kHandler>;
  return {number, name, true, Handler::kCallsDriver, Handler::kDecode};
}

// `as` is the function of libvirt's API that sends this call: virsh prints it.
template <auto kHandler>
constexpr Procedure Writing(int32_t number, std::string_view name, std::string_view as) {
  using Handler = HandlerOf<kHandler>;
  return {number, name, true, Handler::kCallsDriver, Handler::kDecode, as};
}

namespace h = handlers;

constexpr Procedure kProcedures[] = {
    Early<&h::ConnectOpen>(LS_CONNECT_OPEN, "connect_open"),
    Early<&h::ConnectClose>(LS_CONNECT_CLOSE, "connect_close"),
    Reading<&h::Type>(LS_CONNECT_TYPE, "type"),
    Reading<&h::Version>(LS_CONNECT_VERSION, "version"),
    Reading<&h::NodeInfo>(LS_NODE_INFO, "node_info"),
    Reading<&h::Capabilities>(LS_CAPABILITIES, "capabilities"),
    Writing<&h::StartDomain>(LS_DOMAIN_START, "domain_start", "virDomainCreate"),
    Writing<&h::DestroyDomain>(LS_DOMAIN_DESTROY, "domain_destroy", "virDomainDestroy"),
    Reading<&h::DomainXml>(LS_DOMAIN_XML, "domain_xml"),
    Reading<&h::DomainAutostart>(LS_DOMAIN_AUTOSTART, "domain_autostart"),
    Reading<&h::DomainInfoOf>(LS_DOMAIN_INFO, "domain_info"),
    Reading<&h::DomainOsType>(LS_DOMAIN_OS_TYPE, "domain_os_type"),
    Reading<&h::DomainById>(LS_DOMAIN_BY_ID, "domain_by_id"),
    Reading<&h::DomainByName>(LS_DOMAIN_BY_NAME, "domain_by_name"),
    Reading<&h::DomainByUuid>(LS_DOMAIN_BY_UUID, "domain_by_uuid"),
    Writing<&h::ResumeDomain>(LS_DOMAIN_RESUME, "domain_resume", "virDomainResume"),
    Writing<&h::SuspendDomain>(LS_DOMAIN_SUSPEND, "domain_suspend", "virDomainSuspend"),
    Reading<&h::Hostname>(LS_CONNECT_HOSTNAME, "hostname"),
    Early<&h::ConnectFeature>(LS_CONNECT_FEATURE, "connect_feature"),
    Early<&h::AuthList>(LS_AUTH_LIST, "auth_list"),
    Reading<&h::Uri>(LS_CONNECT_URI, "uri"),
    Reading<&h::SecurityModel>(LS_SECURITY_MODEL, "security_model"),
    Reading<&h::DomainIsActive>(LS_DOMAIN_IS_ACTIVE, "domain_is_active"),
    Reading<&h::DomainIsPersistent>(LS_DOMAIN_IS_PERSISTENT, "domain_is_persistent"),
    Reading<&h::LibVersion>(LS_CONNECT_LIB_VERSION, "lib_version"),
    Reading<&h::DomainHasManagedSave>(LS_DOMAIN_MANAGED_SAVE, "domain_managed_save"),
    Reading<&h::DomainStateOf>(LS_DOMAIN_STATE, "domain_state"),
    Reading<&h::DomainList>(LS_DOMAIN_LIST, "domain_list"),
    Reading<&h::EventSubscribe>(LS_EVENT_SUBSCRIBE, "event_subscribe"),
    Reading<&h::EventUnsubscribe>(LS_EVENT_UNSUBSCRIBE, "event_unsubscribe"),
    Reading<&h::CloseCallbackOn>(LS_CLOSE_CALLBACK_ON, "close_callback_on"),
    Reading<&h::CloseCallbackOff>(LS_CLOSE_CALLBACK_OFF, "close_callback_off"),
    Reading<&h::DomainMessages>(LS_DOMAIN_MESSAGES, "domain_messages"),
};
static_assert(std::ranges::is_sorted(kProcedures, {}, &Procedure::number));

}  // namespace

std::span<const Procedure> AllProcedures() { return kProcedures; }

const Procedure* FindProcedure(int32_t number) {
  const Procedure* const found = std::ranges::lower_bound(kProcedures, number, {}, &Procedure::number);
  return found != std::end(kProcedures) && found->number == number ? found : nullptr;
}

}  // namespace lockscope::daemon
