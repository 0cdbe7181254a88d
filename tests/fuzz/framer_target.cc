// Bytes into packets. The input says in which pieces they come (first byte: how many sizes, 1 to 8; then the sizes, which
// are used in turn), and then what comes:
//   0 N  N bytes as they stand        2 N  N KiB of filling
//   1 N  a packet with N bytes behind its length word, which is right        3 a length word, which may be anything
// What the framer makes of it is held against the plainest way to read the same bytes, and so is what it allocates.
#include <algorithm>
#include <iterator>
#include <optional>
#include <vector>

#include "core/base/check.h"
#include "core/rpc/caller.h"
#include "core/rpc/memory_transport.h"
#include "tests/core/rpc/bytes.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/targets.h"

namespace lockscope::fuzz {
namespace {

using rpc::Bytes;
using rpc::Message;

constexpr size_t kLongest = 256 << 10;  // Of all bytes together.
constexpr size_t kClosely =
    2 << 10;  // So many come in the pieces that the input says; then they are larger, for speed.
constexpr size_t kTrusted = 64 << 10;  // What may be allocated on a peer's word.
constexpr size_t kLargePiece = 16 << 10;

uint32_t WordAt(const Bytes& bytes, size_t at) {
  uint32_t word = 0;
  for (size_t i = at; i < at + 4; ++i) word = word << 8 | std::to_integer<uint32_t>(bytes[i]);
  return word;
}

// The sizes of pieces, used in turn.
class Pieces {
 public:
  explicit Pieces(FuzzInput& input) {
    for (size_t left = 1 + input.Below(8); left > 0; --left) {
      const size_t size = input.Byte();
      sizes_.push_back(size == 255 ? kLargePiece : 1 + size);
    }
  }
  // Where so many bytes have come, or gone, before.
  size_t Next(size_t before) { return sizes_[next_++ % sizes_.size()] * (before < kClosely ? 1 : 256); }

 private:
  std::vector<size_t> sizes_;
  size_t next_ = 0;
};

Bytes StreamOf(FuzzInput& input) {
  Bytes stream;
  const auto append = [&](std::span<const std::byte> bytes) {
    stream.insert(stream.end(), bytes.begin(), bytes.end());
  };
  while (!input.empty() && stream.size() < kLongest) {
    switch (input.Below(4)) {
      case 0:
        append(input.Bytes(input.Byte()));
        break;
      case 1: {
        const auto rest = input.Bytes(input.Byte());
        append(rpc::NaiveXdr().Word(static_cast<uint32_t>(rest.size() + 4)).bytes());
        append(rest);
        break;
      }
      case 2:
        stream.resize(stream.size() + (size_t{input.Byte()} << 10), std::byte{0x5a});
        break;
      case 3:
        append(input.Bytes(4));
        break;
    }
  }
  return stream;
}

struct Packet {
  size_t begin = 0;
  size_t bytes = 0;
};

// How many packets the stream holds, one behind the other, and where the first length word stands that none can have.
struct Expected {
  std::vector<Packet> packets;
  bool broken = false;
};

Expected ReadPlainly(const Bytes& stream) {
  Expected expected;
  for (size_t at = 0; at + 4 <= stream.size();) {
    const uint32_t length = WordAt(stream, at);
    expected.broken = length < 28 || length > 0x0200'0004;
    if (expected.broken || length > stream.size() - at) break;
    expected.packets.push_back({at, length});
    at += length;
  }
  return expected;
}

void CheckPacket(Message& message, const Bytes& stream, const Packet& packet, Pieces& pieces) {
  const rpc::PacketHeader header = message.header();
  const uint32_t words[] = {header.program,
                            header.version,
                            static_cast<uint32_t>(header.procedure),
                            static_cast<uint32_t>(header.type),
                            header.serial,
                            static_cast<uint32_t>(header.status)};
  for (size_t i = 0; i < std::size(words); ++i) LS_CHECK(words[i] == WordAt(stream, packet.begin + 4 + 4 * i));
  const Bytes payload = rpc::Copy(message.payload());
  LS_CHECK(std::ranges::equal(payload, std::span(stream).subspan(packet.begin + 28, packet.bytes - 28)));

  // Composed again and written in pieces, it is what it was.
  const Result<void> composed = message.Compose(header, [&](Bytes& bytes) -> Result<void> {
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return {};
  });
  LS_CHECK(composed.has_value());
  Bytes written;
  for (bool all = false; !all;) {
    const auto piece = message.unsent().first(std::min(pieces.Next(written.size()), message.unsent().size()));
    written.insert(written.end(), piece.begin(), piece.end());
    all = message.Sent(piece.size());
  }
  LS_CHECK(std::ranges::equal(written, std::span(stream).subspan(packet.begin, packet.bytes)));
}

void ReadAsDaemon(const Bytes& stream, Pieces& pieces) {
  const Expected expected = ReadPlainly(stream);
  size_t complete = 0;
  size_t at = 0;
  Message message;
  size_t came = 0;  // Of this message.
  while (at < stream.size()) {
    const std::span<std::byte> space = message.space();
    LS_CHECK(!space.empty());
    LS_CHECK(came + space.size() <= std::max(kTrusted, 2 * came), "{} bytes on a peer's word", space.size());
    if (complete < expected.packets.size()) LS_CHECK(came + space.size() <= expected.packets[complete].bytes);
    const size_t n = std::min({space.size(), stream.size() - at, pieces.Next(at)});
    std::copy_n(stream.begin() + static_cast<std::ptrdiff_t>(at), n, space.begin());
    at += n;
    came += n;
    const Result<bool> filled = message.Filled(n);
    if (!filled) {
      LS_CHECK(expected.broken && complete == expected.packets.size(), "a good length was refused");
      LS_CHECK(came == 4, "a length word is judged as soon as it is there");
      return;
    }
    if (!*filled) continue;
    LS_CHECK(complete < expected.packets.size(), "a packet from nowhere");
    CheckPacket(message, stream, expected.packets[complete], pieces);
    ++complete;
    message = Message();
    came = 0;
  }
  LS_CHECK(!expected.broken, "a bad length was taken");
  LS_CHECK(complete == expected.packets.size(), "{} packets of {}", complete, expected.packets.size());
}

// The same bytes from a daemon that has gone mad: a client must live through it, too.
void ReadAsClient(const Bytes& stream, Pieces& pieces) {
  rpc::MemoryTransport::Pair ends = rpc::MemoryTransport::MakePair();
  ends.first->SetLimits({.read_at_most = pieces.Next(stream.size()), .capacity = 1 << 10});
  rpc::Caller caller(std::move(ends.first));
  if (!stream.empty()) LS_CHECK(ends.second->Write(stream).bytes == stream.size());
  ends.second->CloseWriting();
  for (uint32_t serial = 0; serial < 4; ++serial) {
    const Result<std::optional<Message>> reply = caller.TryReceive(serial);
    if (!reply) break;
  }
  for (int event = 0; event < 4; ++event) {
    const Result<std::optional<rpc::LifecycleEvent>> next = caller.TryNextEvent();
    if (next && !next->has_value()) break;
  }
}

}  // namespace

void FuzzFramer(std::span<const std::byte> bytes) {
  FuzzInput input(bytes);
  Pieces pieces(input);
  const Bytes stream = StreamOf(input);
  ReadAsDaemon(stream, pieces);
  ReadAsClient(stream, pieces);
}

}  // namespace lockscope::fuzz
