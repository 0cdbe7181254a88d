// Message: one packet in one buffer, from the first byte read to the last byte written.
//
// The daemon reads a call into a Message, hands the same object from rx to dx, lets a worker take it, and composes the
// reply in it on its way to tx. There is no I/O in here: whoever owns the message moves the bytes.
//
//   state     | what may be called                    | goes on to
//   reading   | space(), Filled()                     | complete, when the bytes that the length word promises are in;
//             |                                       | broken, when the length word is out of bounds
//   complete  | header(), payload(), Compose()        | writing
//   writing   | unsent(), Sent(), header(), payload(), Compose()
//   broken    | nothing but destroying it: the stream cannot be followed any more, so its connection has to be closed
//
// A new Message is reading; Compose() may be its first call, too. Not self-synchronised: the daemon guards a message
// with the lock of the client whose rx, dx or tx holds it, and a worker that took it out of dx owns it.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "core/base/result.h"
#include "core/rpc/packet_header.h"

namespace lockscope::rpc {

class Message {
 public:
  Message();
  Message(Message&&) = default;
  Message& operator=(Message&&) = default;

  // Reading. space() is where the next bytes belong, first the length word, then the rest; never empty while reading.
  // It may be shorter than what is missing: the buffer grows with the bytes that came, not with what a peer promises.
  std::span<std::byte> space();
  // Says that the first n bytes of space() are filled. True once the message is complete; an error, before anything is
  // allocated for it, if the length word is under kMinMessageBytes or over kMaxMessageBytes.
  Result<bool> Filled(size_t n);
  bool complete() const { return state_ != State::kReading && state_ != State::kBroken; }

  PacketHeader header() const;
  std::span<const std::byte> payload() const;

  // Replaces the content by this header and what `append` puts behind it (see AppendXdr in xdr.h); decode what the
  // payload holds before. An error if append reports one or the packet would be too long; the message is then
  // complete, and empty: Compose() something shorter.
  using Append = std::function<Result<void>(std::vector<std::byte>& bytes)>;
  Result<void> Compose(const PacketHeader& header, const Append& append);
  void Compose(const PacketHeader& header);  // No payload.

  // Writing. What is still to be sent; Sent(n) takes the first n bytes off, and is true when nothing is left.
  std::span<const std::byte> unsent() const;
  bool Sent(size_t n);

 private:
  enum class State { kReading, kBroken, kComplete, kWriting };

  State state_ = State::kReading;
  std::vector<std::byte> buffer_;   // While reading: as long as has been asked for so far. Later: the packet.
  size_t expected_ = kLengthBytes;  // Reading: the packet's length as far as it is known.
  size_t done_ = 0;                 // Reading: bytes that came. Writing: bytes that went.
};

}  // namespace lockscope::rpc
