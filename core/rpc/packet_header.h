// The six words at the head of every packet, and the numbers that may stand in them.
//
// A packet on the wire is a 4-byte length word, which counts itself; the six words of PacketHeader; then the payload.
// All words are big-endian. This file knows the header only: message.h reads and writes whole packets.
// Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace lockscope::rpc {

inline constexpr size_t kLengthBytes = 4;
inline constexpr size_t kHeaderBytes = 24;
inline constexpr uint32_t kMinMessageBytes = kLengthBytes + kHeaderBytes;  // 28: no payload.
inline constexpr uint32_t kMaxMessageBytes = 0x0200'0004;                  // The largest valid length word.

inline constexpr uint32_t kRemoteProgram = 0x2000'8086;
inline constexpr uint32_t kRemoteVersion = 1;

// Keep-alive packets are messages without payload; either side may send them at any time, serial 0.
inline constexpr uint32_t kKeepaliveProgram = 0x6b65'6570;
inline constexpr uint32_t kKeepaliveVersion = 1;
inline constexpr int32_t kKeepalivePing = 1;
inline constexpr int32_t kKeepalivePong = 2;

// What arrives may hold any number: an enumerator that is not listed here is valid to hold and to compare.
enum class MessageType : int32_t {
  kCall = 0,
  kReply = 1,
  kMessage = 2,  // An event: neither asked for nor answered.
  kStream = 3,
  kCallWithFds = 4,
  kReplyWithFds = 5,
};
enum class MessageStatus : int32_t { kOk = 0, kError = 1, kContinue = 2 };

struct PacketHeader {
  uint32_t program = kRemoteProgram;
  uint32_t version = kRemoteVersion;
  int32_t procedure = 0;
  MessageType type = MessageType::kCall;
  uint32_t serial = 0;  // Chosen by the caller, repeated in the reply: the only match between the two.
  MessageStatus status = MessageStatus::kOk;

  bool operator==(const PacketHeader&) const = default;
};

// One big-endian word.
uint32_t LoadWord(std::span<const std::byte, 4> bytes);
void StoreWord(std::span<std::byte, 4> bytes, uint32_t word);

PacketHeader LoadHeader(std::span<const std::byte, kHeaderBytes> bytes);
void StoreHeader(std::span<std::byte, kHeaderBytes> bytes, const PacketHeader& header);

}  // namespace lockscope::rpc
