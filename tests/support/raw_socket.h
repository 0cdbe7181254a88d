// RawSocket: a client's end of a Unix socket with nothing between the test and its bytes. It blocks. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/unique_fd.h"
#include "core/rpc/message.h"

namespace lockscope::testing {

class RawSocket {
 public:
  explicit RawSocket(const std::string& path);

  // All of it; false once the daemon has closed the connection.
  bool Send(std::span<const std::byte> bytes);
  // Each byte is sent when the daemon has read the one before: so each of its reads gives one.
  bool SendByteByByte(std::span<const std::byte> bytes);
  // Until the daemon has read all that was sent. It must: this waits for ever.
  void AwaitRead() const;
  void HalfClose();     // No more will be sent.
  void CloseReading();  // No more will be read.

  // The next whole packet, read so many bytes at a time; none where the connection ends before.
  std::optional<rpc::Message> Receive(size_t piece = SIZE_MAX);

 private:
  unique_fd fd_;
};

}  // namespace lockscope::testing
