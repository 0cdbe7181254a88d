#include "core/rpc/message.h"

#include <algorithm>

#include "core/base/check.h"

namespace lockscope::rpc {
namespace {

// Holds nearly every call and reply without a second allocation: a header, and the room that AppendXdr first tries.
constexpr size_t kUsualBytes = kMinMessageBytes + 256;
constexpr size_t kTrustedBytes = 64 << 10;  // Allocated on a peer's word; more only as fast as it really sends.

}  // namespace

Message::Message() {
  buffer_.reserve(kUsualBytes);
  buffer_.resize(kLengthBytes);
}

std::span<std::byte> Message::space() {
  LS_CHECK(state_ == State::kReading, "space() of a message that is not being read");
  if (done_ == buffer_.size()) buffer_.resize(std::min(expected_, std::max(kTrustedBytes, 2 * done_)));
  return std::span(buffer_).subspan(done_);
}

Result<bool> Message::Filled(size_t n) {
  LS_CHECK(state_ == State::kReading, "Filled() of a message that is not being read");
  LS_CHECK(n <= buffer_.size() - done_, "{} bytes filled where there is space for {}", n, buffer_.size() - done_);
  done_ += n;
  if (done_ < expected_) return false;
  if (expected_ > kLengthBytes) {
    state_ = State::kComplete;
    return true;
  }
  const uint32_t length = LoadWord(std::span(buffer_).first<kLengthBytes>());
  if (length < kMinMessageBytes || length > kMaxMessageBytes) {
    state_ = State::kBroken;
    return Fail("packet length {} is not between {} and {}", length, kMinMessageBytes, kMaxMessageBytes);
  }
  expected_ = length;
  return false;
}

PacketHeader Message::header() const {
  LS_CHECK(complete(), "header() of an incomplete message");
  return LoadHeader(std::span(buffer_).subspan<kLengthBytes, kHeaderBytes>());
}

std::span<const std::byte> Message::payload() const {
  LS_CHECK(complete(), "payload() of an incomplete message");
  return std::span(buffer_).subspan(kMinMessageBytes);
}

Result<void> Message::Compose(const PacketHeader& header, const Append& append) {
  state_ = State::kComplete;
  done_ = 0;
  buffer_.resize(kMinMessageBytes);
  Result<void> appended = append(buffer_);
  LS_CHECK(buffer_.size() >= kMinMessageBytes, "a payload's encoder removed the header");
  if (appended && buffer_.size() > kMaxMessageBytes)
    appended = Fail("packet of {} bytes is longer than {}", buffer_.size(), kMaxMessageBytes);
  if (!appended) buffer_.resize(kMinMessageBytes);

  StoreWord(std::span(buffer_).first<kLengthBytes>(), static_cast<uint32_t>(buffer_.size()));
  StoreHeader(std::span(buffer_).subspan<kLengthBytes, kHeaderBytes>(), header);
  if (appended) state_ = State::kWriting;
  return appended;
}

void Message::Compose(const PacketHeader& header) {
  const Result<void> composed = Compose(header, [](std::vector<std::byte>&) { return Result<void>(); });
  LS_CHECK(composed.has_value(), "a packet without payload is always short enough");
}

std::span<const std::byte> Message::unsent() const {
  LS_CHECK(state_ == State::kWriting, "unsent() of a message that was not composed");
  return std::span(buffer_).subspan(done_);
}

bool Message::Sent(size_t n) {
  LS_CHECK(n <= unsent().size(), "{} bytes sent of {} unsent ones", n, unsent().size());
  done_ += n;
  return done_ == buffer_.size();
}

}  // namespace lockscope::rpc
