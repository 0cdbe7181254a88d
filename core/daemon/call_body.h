// CallBody: the arguments and the result of one call, in the types of its procedure; and how a handler, which is a plain
// function, becomes one.
//
// There are two kinds of handlers. One with a driver among its parameters makes the driver call: Run(), with no lock held.
// One with a ConnectionState needs no driver: Finish(), with the client's lock. Both take decoded arguments and fill the
// result, which is all zero before; or they say why not. HandlerOf<&Function> is the rest: how the arguments are decoded
// and the result encoded follows from the function's own types.
//
// Used by the dispatcher and the table of procedures (procedures.h). A body belongs to the worker that has the call.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/daemon/connection_state.h"
#include "core/daemon/driver.h"
#include "core/rpc/xdr.h"

namespace lockscope::daemon {

// What the worker has to do, or to know, besides sending the reply.
enum class Effect {
  kNone,
  kOpened,           // The ConnectionState says open from now on.
  kCloseAfterReply,  // The client said good-bye: end the connection once the reply is written.
};

class CallBody {
 public:
  virtual ~CallBody() = default;
  virtual DriverResult<void> Run(Driver& /*driver*/) LS_DRIVER_CALL { return {}; }
  virtual DriverResult<void> Finish(ConnectionState& /*state*/) { return {}; }
  virtual Result<void> AppendResult(std::vector<std::byte>& bytes) = 0;

  Effect effect = Effect::kNone;  // If the call goes well.
  bool open_read_only = false;    // With kOpened.
  DomainEvents events;            // What the driver call caused, whether it went well or not.
};

// Null if the payload holds no such arguments.
using DecodeBody = std::unique_ptr<CallBody> (*)(std::span<const std::byte> payload);

template <typename Args, typename Reply>
class BodyOf : public CallBody {
 public:
  Result<void> AppendResult(std::vector<std::byte>& bytes) final { return rpc::AppendXdr(reply, bytes); }

  rpc::XdrValue<Args> args;
  rpc::XdrValue<Reply> reply;
};

template <typename Body, typename Args>
std::unique_ptr<CallBody> MakeBody(std::span<const std::byte> payload) {
  Result<rpc::XdrValue<Args>> args = rpc::DecodeXdr<Args>(payload);
  if (!args) return nullptr;
  auto body = std::make_unique<Body>();
  body->args = *std::move(args);
  return body;
}

template <auto kHandler, typename Signature = decltype(kHandler)>
struct HandlerOf;

template <auto kHandler, typename Args, typename Reply>
struct HandlerOf<kHandler, DriverResult<void> (*)(Driver&, CallBody&, const Args&, Reply&)> {
  static constexpr bool kCallsDriver = true;
  struct Body final : BodyOf<Args, Reply> {
    DriverResult<void> Run(Driver& driver) override LS_DRIVER_CALL {
      return kHandler(driver, *this, *this->args, *this->reply);
    }
  };
  static constexpr DecodeBody kDecode = &MakeBody<Body, Args>;
};

template <auto kHandler, typename Args, typename Reply>
struct HandlerOf<kHandler, DriverResult<void> (*)(ConnectionState&, CallBody&, const Args&, Reply&)> {
  static constexpr bool kCallsDriver = false;
  struct Body final : BodyOf<Args, Reply> {
    DriverResult<void> Finish(ConnectionState& state) override {
      return kHandler(state, *this, *this->args, *this->reply);
    }
  };
  static constexpr DecodeBody kDecode = &MakeBody<Body, Args>;
};

}  // namespace lockscope::daemon
