// FdTransport: a Transport over one connected stream socket.
//
// Blocks if the socket does; the daemon gives it non-blocking ones, a client (caller.h) blocking ones. Interrupted
// calls are repeated, a write to a peer that has gone raises no signal. Threads: see transport.h.
#pragma once

#include <string>

#include "core/base/unique_fd.h"
#include "core/rpc/transport.h"

namespace lockscope::rpc {

// Who is at the other end; what is not known is "".
struct Peer {
  std::string name;     // What it calls itself, see unix_socket.h.
  std::string address;  // Where it is, for messages.
};

class FdTransport final : public Transport {
 public:
  // `handle` is what the Poller called this descriptor, if one watches it.
  explicit FdTransport(unique_fd fd, Peer peer = {}, Handle handle = {});

  IoResult Read(std::span<std::byte> into) override;
  IoResult Write(std::span<const std::byte> from) override;
  void Close() override;
  Handle handle() const override { return handle_; }
  std::string_view peer_name() const override { return peer_.name; }
  std::string_view peer_address() const override { return peer_.address; }

 private:
  unique_fd fd_;
  const Peer peer_;
  const Handle handle_;
};

}  // namespace lockscope::rpc
