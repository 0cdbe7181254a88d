// The handlers: one plain function a procedure (see call_body.h), by subject: connection, domain, event. For the table in
// procedures.cc alone. Pure but for the driver and the state that they are given; any thread.
#pragma once

#include "core/daemon/call_body.h"

namespace lockscope::daemon::handlers {

using rpc::Nothing;

// Puts a driver's value where it belongs in the result, or passes its error on.
template <typename T, typename Store>
DriverResult<void> StoreResult(DriverResult<T> value, const Store& store) {
  if (!value) return tl::make_unexpected(std::move(value).error());
  store(*value);
  return {};
}
inline DriverResult<void> StoreText(DriverResult<std::string> text, ls_text_value& reply) {
  return StoreResult(std::move(text), [&](const std::string& value) { reply.value = rpc::CopyText(value); });
}

#define LS_DRIVER_HANDLER(name, Args, Reply) \
  DriverResult<void> name(Driver& driver, CallBody& call, const Args& args, Reply& reply) LS_DRIVER_CALL
#define LS_STATE_HANDLER(name, Args, Reply) \
  DriverResult<void> name(ConnectionState& state, CallBody& call, const Args& args, Reply& reply)

// connect_handlers.cc
LS_STATE_HANDLER(AuthList, Nothing, ls_auth_types);
LS_STATE_HANDLER(ConnectFeature, ls_int_value, ls_int_value);
LS_DRIVER_HANDLER(ConnectOpen, ls_open_args, Nothing);
LS_STATE_HANDLER(ConnectClose, Nothing, Nothing);
LS_DRIVER_HANDLER(Hostname, Nothing, ls_text_value);
LS_DRIVER_HANDLER(Type, Nothing, ls_text_value);
LS_DRIVER_HANDLER(Uri, Nothing, ls_text_value);
LS_DRIVER_HANDLER(Version, Nothing, ls_big_value);
LS_DRIVER_HANDLER(LibVersion, Nothing, ls_big_value);
LS_DRIVER_HANDLER(NodeInfo, Nothing, ls_node_info);
LS_DRIVER_HANDLER(Capabilities, Nothing, ls_text_value);
LS_DRIVER_HANDLER(SecurityModel, Nothing, Nothing);

// domain_handlers.cc
LS_DRIVER_HANDLER(DomainList, ls_list_args, ls_domain_list);
LS_DRIVER_HANDLER(DomainStateOf, ls_domain_flags_args, ls_domain_state);
LS_DRIVER_HANDLER(DomainByName, ls_text_value, ls_domain_value);
LS_DRIVER_HANDLER(DomainByUuid, ls_uuid_value, ls_domain_value);
LS_DRIVER_HANDLER(DomainById, ls_int_value, ls_domain_value);
LS_DRIVER_HANDLER(DomainOsType, ls_domain_value, ls_text_value);
LS_DRIVER_HANDLER(DomainInfoOf, ls_domain_value, ls_domain_info);
LS_DRIVER_HANDLER(DomainIsActive, ls_domain_value, ls_int_value);
LS_DRIVER_HANDLER(DomainIsPersistent, ls_domain_value, ls_int_value);
LS_DRIVER_HANDLER(DomainAutostart, ls_domain_value, ls_int_value);
LS_DRIVER_HANDLER(DomainHasManagedSave, ls_domain_flags_args, ls_int_value);
LS_DRIVER_HANDLER(DomainMessages, ls_domain_flags_args, ls_text_list);
LS_DRIVER_HANDLER(DomainXml, ls_domain_flags_args, ls_text_value);
LS_DRIVER_HANDLER(SuspendDomain, ls_domain_value, Nothing);
LS_DRIVER_HANDLER(ResumeDomain, ls_domain_value, Nothing);
LS_DRIVER_HANDLER(StartDomain, ls_domain_value, Nothing);
LS_DRIVER_HANDLER(DestroyDomain, ls_domain_value, Nothing);

// event_handlers.cc
LS_STATE_HANDLER(EventSubscribe, ls_subscribe_args, ls_int_value);
LS_STATE_HANDLER(EventUnsubscribe, ls_int_value, Nothing);
LS_STATE_HANDLER(CloseCallbackOn, Nothing, Nothing);
LS_STATE_HANDLER(CloseCallbackOff, Nothing, Nothing);

#undef LS_DRIVER_HANDLER
#undef LS_STATE_HANDLER

}  // namespace lockscope::daemon::handlers
