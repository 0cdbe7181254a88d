// FdTransport: a Transport over one connected stream socket.
//
// Blocks if the socket does; the daemon gives it non-blocking ones, a client (caller.h) blocking ones. Interrupted
// calls are repeated, a write to a peer that has gone raises no signal.
//
// A message is read in parts, first its length, and behind its end another one may follow; with kReadAhead that is one
// system call and not three: what is there is taken into a buffer, and when that is empty, and was not filled to its
// end, nothing more is there either. (If something has come since, the Poller says so.) Only for a socket that does not
// block. Threads: see transport.h.
#pragma once

#include <string>
#include <vector>

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
  enum class Reading { kAsAsked, kReadAhead };
  // `handle` is what the Poller called this descriptor, if one watches it.
  explicit FdTransport(unique_fd fd, Peer peer = {}, Handle handle = {}, Reading reading = Reading::kAsAsked);

  IoResult Read(std::span<std::byte> into) override;
  IoResult Write(std::span<const std::byte> from) override;
  bool has_buffered_input() const override { return !unread_.empty(); }
  void Close() override;
  void CloseWriting() override;
  Handle handle() const override { return handle_; }
  std::string_view peer_name() const override { return peer_.name; }
  std::string_view peer_address() const override { return peer_.address; }

 private:
  unique_fd fd_;
  const Peer peer_;
  const Handle handle_;

  std::vector<std::byte> buffer_;      // Empty: nothing is read ahead.
  std::span<const std::byte> unread_;  // Of buffer_.
  bool was_emptied_ = false;           // By the last call of recv(2): it found less than it had room for.
};

}  // namespace lockscope::rpc
