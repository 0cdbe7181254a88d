// LoadConnection: one client of the load generator. Speaks the protocol on a blocking Unix socket, keeps a number of calls
// under way, and notes how long each took.
//
// Cheap on purpose, as it shares the machine with the daemon that is measured: calls are patched into bytes made once,
// all replies that are there are taken in one read, and all calls that may be sent go in one write. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "core/rpc/packet_header.h"

namespace lockscope::bench {

class LoadConnection {
 public:
  // Connects. `depth`: the calls under way at a time.
  static Result<LoadConnection> Connect(const std::string& path, size_t depth);

  // What every client does first: asks for the ways to authenticate, and opens `uri`.
  Result<void> Open(std::string_view uri);
  // The other end sends back what it is sent, without looking at it.
  void ExpectEcho() { echo_ = true; }

  // Sends the first calls.
  Result<void> Begin();
  // Takes the replies that are there (waiting for one if there is none), adds the nanoseconds that each took, and sends as
  // many calls.
  Result<void> Continue(std::vector<uint32_t>& latencies_ns);
  // Takes the replies to all calls under way; no more are sent.
  Result<void> End();

  int fd() const { return fd_.get(); }

 private:
  struct UnderWay {
    uint32_t serial = 0;
    int64_t sent_ns = 0;
  };
  LoadConnection(unique_fd fd, size_t depth);
  Result<void> Exchange(int32_t procedure, const std::vector<std::byte>& payload);
  Result<void> SendAll(const std::byte* bytes, size_t size);
  Result<void> SendCalls();
  Result<void> TakeReplies(std::vector<uint32_t>& latencies_ns);
  Result<void> TakeReply(const rpc::PacketHeader& header, int64_t now_ns, std::vector<uint32_t>& latencies_ns);

  unique_fd fd_;
  size_t depth_;
  bool echo_ = false;
  uint32_t next_serial_ = 0;
  std::vector<UnderWay> under_way_;
  std::vector<std::byte> calls_;  // `depth_` calls that lack their serials.
  std::vector<std::byte> input_;
  size_t filled_ = 0;  // Of input_: less than a packet, between two reads.
};

}  // namespace lockscope::bench
