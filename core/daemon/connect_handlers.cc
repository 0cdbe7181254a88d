// The handlers about the connection, and about the machine at its other end.
#include <algorithm>

#include "core/daemon/handlers.h"

namespace lockscope::daemon::handlers {

// No ways to authenticate are offered: whoever can reach the socket may call.
DriverResult<void> AuthList(ConnectionState&, CallBody&, const Nothing&, ls_auth_types&) { return {}; }

DriverResult<void> ConnectFeature(ConnectionState&, CallBody&, const ls_int_value& args, ls_int_value& reply) {
  constexpr int kKeepalive = 10;       // Pings are answered.
  constexpr int kEventCallbacks = 14;  // Events can be asked for one kind and one domain at a time.
  constexpr int kCloseCallback = 15;   // The client can ask to be told when the driver's connection ends.
  reply.value = args.value == kKeepalive || args.value == kEventCallbacks || args.value == kCloseCallback ? 1 : 0;
  return {};
}

DriverResult<void> ConnectOpen(Driver& driver, CallBody& call, const ls_open_args& args, Nothing&) {
  constexpr unsigned kReadOnly = 1;
  call.effect = Effect::kOpened;
  call.open_read_only = (args.flags & kReadOnly) != 0;
  return driver.Open(args.uri == nullptr ? "" : *args.uri, call.open_read_only);
}

DriverResult<void> ConnectClose(ConnectionState&, CallBody& call, const Nothing&, Nothing&) {
  call.effect = Effect::kCloseAfterReply;
  return {};
}

DriverResult<void> Hostname(Driver& driver, CallBody&, const Nothing&, ls_text_value& reply) {
  return StoreText(driver.Hostname(), reply);
}

DriverResult<void> Type(Driver& driver, CallBody&, const Nothing&, ls_text_value& reply) {
  return StoreText(driver.Type(), reply);
}

DriverResult<void> Uri(Driver& driver, CallBody&, const Nothing&, ls_text_value& reply) {
  return StoreText(driver.Uri(), reply);
}

DriverResult<void> Version(Driver& driver, CallBody&, const Nothing&, ls_big_value& reply) {
  return StoreResult(driver.Version(), [&](uint64_t version) { reply.value = version; });
}

DriverResult<void> LibVersion(Driver& driver, CallBody&, const Nothing&, ls_big_value& reply) {
  return StoreResult(driver.LibVersion(), [&](uint64_t version) { reply.value = version; });
}

DriverResult<void> NodeInfo(Driver& driver, CallBody&, const Nothing&, ls_node_info& reply) {
  return StoreResult(driver.NodeInfo(), [&](const HostNode& node) {
    const size_t letters = std::min<size_t>(node.model.size(), LS_MODEL_CHARACTERS - 1);  // And a zero behind them.
    std::copy_n(node.model.begin(), letters, reply.model);
    reply.memory = node.memory_kib;
    reply.cpus = static_cast<int>(node.cpus());
    reply.mhz = static_cast<int>(node.mhz);
    reply.nodes = static_cast<int>(node.cells.size());
    reply.sockets = static_cast<int>(node.sockets);
    reply.cores = static_cast<int>(node.cores);
    reply.threads = static_cast<int>(node.threads);
  });
}

DriverResult<void> Capabilities(Driver& driver, CallBody&, const Nothing&, ls_text_value& reply) {
  return StoreText(driver.Capabilities(), reply);
}

DriverResult<void> SecurityModel(Driver& driver, CallBody&, const Nothing&, Nothing&) { return driver.SecurityModel(); }

}  // namespace lockscope::daemon::handlers
