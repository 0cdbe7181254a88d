// The handlers about what a connection wants to be told without asking. They need no driver: a subscription is the
// connection's own affair.
#include "core/daemon/handlers.h"

namespace lockscope::daemon::handlers {
namespace {

tl::unexpected<DriverError> Refuse(rpc::ErrorCode code, std::string message) {
  return tl::make_unexpected(DriverError{code, rpc::ErrorOrigin::kRpc, std::move(message)});
}

}  // namespace

DriverResult<void> EventSubscribe(ConnectionState& state, CallBody&, const ls_subscribe_args& args,
                                  ls_int_value& reply) {
  if (args.event < 0 || args.event >= Subscriptions::kKinds) {
    return Refuse(rpc::ErrorCode::kInternal, fmt::format("internal error: unsupported event ID {}", args.event));
  }
  std::optional<Uuid> domain;
  if (args.domain != nullptr) domain = rpc::FromXdr(args.domain->uuid);
  const std::optional<int32_t> number = state.subscriptions.Add(args.event, domain);
  if (!number) {
    return Refuse(rpc::ErrorCode::kInternal,
                  fmt::format("internal error: more than {} event callbacks on one connection", Subscriptions::kMost));
  }
  reply.value = *number;
  return {};
}

DriverResult<void> EventUnsubscribe(ConnectionState& state, CallBody&, const ls_int_value& args, Nothing&) {
  if (state.subscriptions.Remove(args.value)) return {};
  return Refuse(rpc::ErrorCode::kInternal,
                fmt::format("internal error: domain event callback {} not registered", args.value));
}

DriverResult<void> CloseCallbackOn(ConnectionState& state, CallBody&, const Nothing&, Nothing&) {
  if (std::exchange(state.close_callback, true)) {
    return Refuse(rpc::ErrorCode::kWrongState,
                  "Requested operation is not valid: a close callback is already registered");
  }
  return {};
}

DriverResult<void> CloseCallbackOff(ConnectionState& state, CallBody&, const Nothing&, Nothing&) {
  if (!std::exchange(state.close_callback, false)) {
    return Refuse(rpc::ErrorCode::kWrongState, "Requested operation is not valid: a close callback is not registered");
  }
  return {};
}

}  // namespace lockscope::daemon::handlers
