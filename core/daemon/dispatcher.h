// Dispatcher: turns a call into its reply, in the same message, in three steps that fit between the worker's locks.
//
//   step     | caller holds      | does
//   Decode() | the client lock   | looks the procedure up, decodes its arguments; decides on a refusal
//   Run()    | no lock at all    | the driver call, which may take long (rule R3, no-lock-across-a-call)
//   Encode() | the client lock   | puts the reply, or the refusal, into the message; updates the connection's state
//
//   Call call = dispatcher.Decode(message, client.state());
//   if (!call.wants_reply()) …release the message: it was no call…
//   …drop the client lock…   dispatcher.Run(call);   …server lock, client lock, drop the server lock…
//   Effect effect = dispatcher.Encode(std::move(call), message, client.state());
//
// Where Call::needs_driver() is false (a refusal, a keep-alive ping, a call that needs nothing but this class), Run()
// does nothing and may be left out. So the loop thread can answer a ping itself, and should, as a ping asks whether the
// daemon is alive and not whether a worker is free: when a message whose header has rpc::kKeepaliveProgram is complete,
// it calls Decode() and, if wants_reply(), Encode() under the client lock, and moves the message to tx instead of dx. A
// worker that gets one does right, too.
//
// A refusal is a reply: nothing that a client sends in a whole packet ends its connection.
// The class is constant after construction; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/daemon/call_body.h"
#include "core/daemon/connection_state.h"
#include "core/daemon/driver.h"
#include "core/rpc/message.h"

namespace lockscope::daemon {

// One call between Decode() and Encode(). Owned by the worker that took the message.
class Call {
 public:
  Call(Call&&) noexcept;
  Call& operator=(Call&&) noexcept;
  ~Call();

  bool wants_reply() const { return wants_reply_; }
  bool needs_driver() const { return needs_driver_; }
  std::string_view name() const { return name_; }  // As ProcedureName() gives it; lives for ever.
  uint32_t serial() const { return reply_header_.serial; }
  // What the driver call has caused; empty before Run(). To be delivered with no lock held.
  const DomainEvents& events() const { return events_; }

 private:
  friend class Dispatcher;
  Call(const rpc::PacketHeader& call_header, std::string_view name);
  void Refuse(rpc::WireError error);

  std::string_view name_;
  rpc::PacketHeader reply_header_;
  bool wants_reply_ = false;
  bool needs_driver_ = false;
  DomainEvents events_;
  std::unique_ptr<CallBody> body_;         // Null: the reply has no payload, or there is a refusal.
  std::optional<rpc::WireError> refusal_;  // Of this class, or of the driver.
};

class Dispatcher {
 public:
  // The driver must outlive the dispatcher.
  explicit Dispatcher(Driver& driver) : driver_(driver) {}

  // `message` is complete.
  Call Decode(const rpc::Message& message, const ConnectionState& state) const;
  void Run(Call& call) const LS_DRIVER_CALL;
  // Composes the reply in `message`. Call::wants_reply() must be true, and Run() done if it needs the driver.
  Effect Encode(Call&& call, rpc::Message& message, ConnectionState& state) const;

  // See Driver::active.
  bool DriverIsActive() const { return driver_.active(); }

  // "hostname", "domain_list", "keepalive_ping", …; "unknown" for what the daemon does not know.
  static std::string_view ProcedureName(uint32_t program, int32_t procedure);
  // The names of all procedures that call the driver, in the order of their numbers: what a script can give delays for.
  static std::vector<std::string_view> DriverProcedureNames();

 private:
  Driver& driver_;
};

}  // namespace lockscope::daemon
