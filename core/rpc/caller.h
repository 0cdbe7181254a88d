// Caller: the client's side of a connection. Sends calls, and matches replies to them by serial number.
//
// Used by scenarios' client threads and by tests. With a blocking FdTransport each typed method waits for its reply;
// with a MemoryTransport the test lets the other side work between Send() and TryReceive(). Several calls may be under
// way, and their replies may come in any order. Keep-alive pings are answered while waiting; events are kept for
// NextEvent().
//
// One thread at a time. Errors are one line: what the daemon answered ("connect_open: error 5: …"), or how the
// connection failed; after the latter the Caller is of no more use.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/rpc/message.h"
#include "core/rpc/transport.h"
#include "core/rpc/wire_values.h"

namespace lockscope::rpc {

inline constexpr uint32_t kListActive = 1;
inline constexpr uint32_t kListInactive = 2;

// As it came: which subscription it is for, and what has happened to which domain.
struct LifecycleEvent {
  int32_t subscription = 0;
  DomainRef domain;
  int32_t event = 0;
  int32_t detail = 0;
  bool operator==(const LifecycleEvent&) const = default;
};

class Caller {
 public:
  explicit Caller(std::unique_ptr<Transport> transport);

  // Over a Unix socket; own_name tells the daemon who is calling, see unix_socket.h.
  static Result<Caller> Connect(const std::string& path, std::string_view own_name);

  Result<std::vector<int32_t>> AuthList();
  Result<bool> SupportsFeature(int32_t feature);
  Result<void> Open(std::string_view uri, bool read_only = false);
  Result<void> Close();  // The call of that name; the daemon then ends the connection.
  Result<std::string> Hostname();
  Result<std::string> Type();
  Result<std::string> Uri();
  Result<uint64_t> Version();
  Result<uint64_t> LibVersion();
  Result<std::vector<DomainRef>> ListAllDomains(uint32_t flags = kListActive | kListInactive);
  Result<ls_domain_state> DomainState(const DomainRef& domain);
  Result<DomainRef> DomainByName(std::string_view name);
  Result<DomainRef> DomainByUuid(const Uuid& uuid);
  Result<DomainRef> DomainById(int32_t id);
  Result<void> Suspend(const DomainRef& domain);
  Result<void> Resume(const DomainRef& domain);
  Result<void> Start(const DomainRef& domain);
  Result<void> Destroy(const DomainRef& domain);

  // Asks for lifecycle events, of this domain or of all; gives the number under which they come.
  Result<int32_t> Subscribe(const DomainRef* domain = nullptr);
  Result<void> Unsubscribe(int32_t number);
  // The oldest event that has not been given yet; waits for one.
  Result<LifecycleEvent> NextEvent();
  // The same, or nothing if a read would block before one is there.
  Result<std::optional<LifecycleEvent>> TryNextEvent();

  // The parts the methods above are made of. Send() returns the call's serial.
  Result<uint32_t> Send(int32_t procedure, std::span<const std::byte> payload = {});
  // The reply to that call, whatever its status. TryReceive gives nothing if a read would block before it is there.
  Result<Message> Receive(uint32_t serial);
  Result<std::optional<Message>> TryReceive(uint32_t serial);
  // Sends a packet with any header and no care for serials; for tests.
  Result<void> SendPacket(const PacketHeader& header, std::span<const std::byte> payload = {});
  // Writes what a Write would not take before; true if nothing is left. Send and TryReceive do it, too.
  Result<bool> Flush();

  Transport& transport() { return *transport_; }

 private:
  template <typename Reply, typename Args>
  Result<XdrValue<Reply>> Call(std::string_view name, int32_t procedure, XdrValue<Args> args);
  Result<bool> ReadSome();
  Result<void> Sort(Message message);

  std::unique_ptr<Transport> transport_;
  uint32_t next_serial_ = 0;
  Message incoming_;
  std::optional<Error> lost_;  // Why nothing more can be read: where a packet begins is not known any more.
  std::deque<Message> outgoing_;
  std::map<uint32_t, Message> replies_;  // Came, and not asked for yet.
  std::deque<Message> events_;           // Likewise.
};

}  // namespace lockscope::rpc
