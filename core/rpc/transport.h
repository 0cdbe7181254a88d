// Transport: how the bytes of one connection move. A seam.
//
// Implementations: FdTransport (a socket), MemoryTransport (a pair in memory), TlsTransport (encrypted, over one of them). A
// transport moves bytes and nothing else: it does not frame (message.h does) and does not wait for readiness (the event
// loop does).
// In the daemon every method is for the loop thread only (rule R7); a client uses its own from one thread at a time.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "core/base/handle.h"

namespace lockscope::rpc {

enum class IoStatus {
  kOk,          // `bytes` moved, at least one.
  kWouldBlock,  // Nothing can move now; the Poller says when to try again.
  kClosed,      // The peer has ended the connection, or this end was closed.
  kError,       // The connection is of no more use; `error_number` says why.
};

struct [[nodiscard]] IoResult {
  IoStatus status = IoStatus::kOk;
  size_t bytes = 0;      // With kOk.
  int error_number = 0;  // With kError: an errno value.

  bool operator==(const IoResult&) const = default;
};

// What a handshake needs next. Only then is it asked again.
enum class HandshakeStep {
  kDone,        // Read and Write may be called.
  kWantsRead,   // Go on when the handle is readable,
  kWantsWrite,  // … or writable.
  kFailed,      // The connection is of no more use.
};

class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  // Does as much of the handshake as can be done now; it never waits. Called until it is done or has failed, before the
  // first Read or Write. Most transports have none.
  virtual HandshakeStep Handshake() { return HandshakeStep::kDone; }
  // Why it failed, in words that say nothing of this one peer: "its certificate has expired". Known, perhaps, while the peer is
  // still being told: then it wants to read until that has gone. "" as long as it goes well.
  virtual std::string_view failure() const { return ""; }

  // Moves between one byte and all that the span holds; the span must not be empty.
  virtual IoResult Read(std::span<std::byte> into) = 0;
  virtual IoResult Write(std::span<const std::byte> from) = 0;

  // The next Read delivers something that has left the handle already: the handle is not readable for it, and a Poller is
  // silent. Bytes can be decrypted in blocks only, and a block may hold more than one message.
  virtual bool has_buffered_input() const { return false; }
  // What is read has been decrypted.
  virtual bool encrypted() const { return false; }

  // Ends the connection in both directions; later Reads and Writes report kClosed. May be called again. Take the handle
  // off its Poller first.
  virtual void Close() = 0;

  // Nothing more will be written, which the peer reads as the end. Not every transport can: there it takes Close.
  virtual void CloseWriting() {}

  // What the Poller watches; the same for the transport's whole life, not valid if there is no Poller (a blocking
  // client).
  virtual Handle handle() const = 0;

  // What the peer called itself, "" if nothing; safe to print, see unix_socket.h.
  virtual std::string_view peer_name() const = 0;
  // Where the peer is, for messages: "127.0.0.1:4711"; "" where that says nothing.
  virtual std::string_view peer_address() const { return ""; }
};

}  // namespace lockscope::rpc
