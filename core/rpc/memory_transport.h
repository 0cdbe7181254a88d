// MemoryTransport: one end of a connection that exists in memory only. For tests and controlled runs.
//
// Both ends are made together and outlive each other in any order. No threads, clocks or locks: both ends belong to one
// thread at a time. Nothing ever blocks; what a socket would do under load is scripted with Limits, and a fake Poller
// learns of readiness from the observer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "core/rpc/transport.h"

namespace lockscope::rpc {

class MemoryTransport final : public Transport {
 public:
  // How many bytes this end's calls move at most. 0 makes the call report kWouldBlock.
  struct Limits {
    size_t read_at_most = SIZE_MAX;   // A Read delivers no more.
    size_t write_at_most = SIZE_MAX;  // A Write accepts no more.
    size_t capacity = SIZE_MAX;       // What this end sent and its peer has not read; Write accepts up to it.
  };

  struct Pair;
  // Each end's peer_name() is the other one's name.
  static Pair MakePair(std::string first_name = "", std::string second_name = "", Handle first = {},
                       Handle second = {});
  ~MemoryTransport() override;

  IoResult Read(std::span<std::byte> into) override;
  IoResult Write(std::span<const std::byte> from) override;
  void Close() override;
  Handle handle() const override { return handle_; }
  std::string_view peer_name() const override { return peer_name_; }

  // Half-close: the peer reads what was sent, then kClosed; this end can still read.
  void CloseWriting() override;
  // From now on Read and Write of this end report kError with this number.
  void FailWith(int error_number);
  // May change readiness; the observer is told.
  void SetLimits(const Limits& limits);

  // Whether the next call would do anything but kWouldBlock.
  bool readable() const;
  bool writable() const;
  // Called whenever this end may have become readable or writable, from inside the call that made it so, with that
  // call's effect complete. It may call readable() and writable(), nothing else.
  void SetObserver(std::function<void()> observer) { observer_ = std::move(observer); }

 private:
  struct Pipe;  // One direction.
  MemoryTransport(std::string peer_name, Handle handle, std::shared_ptr<Pipe> in, std::shared_ptr<Pipe> out);
  void Notify() const;

  const std::string peer_name_;
  const Handle handle_;
  const std::shared_ptr<Pipe> in_;
  const std::shared_ptr<Pipe> out_;
  Limits limits_;
  int fault_ = 0;
  bool closed_ = false;
  std::function<void()> observer_;
};

struct MemoryTransport::Pair {
  std::unique_ptr<MemoryTransport> first;
  std::unique_ptr<MemoryTransport> second;
};

}  // namespace lockscope::rpc
