#include "tests/bench/load_connection.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/base/check.h"
#include "core/base/clock.h"
#include "core/rpc/message.h"
#include "core/rpc/wire_values.h"
#include "core/rpc/xdr.h"

namespace lockscope::bench {
namespace {

constexpr size_t kInputBytes = 64 << 10;
constexpr size_t kCallBytes = rpc::kMinMessageBytes;  // CONNECT_GET_HOSTNAME takes no arguments.
constexpr size_t kSerialAt = rpc::kLengthBytes + 16;  // Behind program, version, procedure and type.

std::vector<std::byte> BytesOfCalls(size_t count) {
  rpc::Message call;
  call.Compose(rpc::PacketHeader{.procedure = LS_CONNECT_HOSTNAME});
  const std::span<const std::byte> one = call.unsent();
  LS_CHECK(one.size() == kCallBytes, "a call without arguments has {} bytes", one.size());
  std::vector<std::byte> all;
  for (size_t i = 0; i < count; ++i) all.insert(all.end(), one.begin(), one.end());
  return all;
}

}  // namespace

Result<LoadConnection> LoadConnection::Connect(const std::string& path, size_t depth) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return Fail("{}: no path of a socket", path);
  path.copy(address.sun_path, path.size());
  unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return Fail("cannot make a socket: {}", ErrnoText(errno));
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return Fail("{}: cannot connect: {}", path, ErrnoText(errno));
  }
  return LoadConnection(std::move(fd), depth);
}

LoadConnection::LoadConnection(unique_fd fd, size_t depth)
    : fd_(std::move(fd)), depth_(depth), calls_(BytesOfCalls(depth)) {
  under_way_.reserve(depth);
}

Result<void> LoadConnection::Open(std::string_view uri) {
  if (Result<void> listed = Exchange(LS_AUTH_LIST, {}); !listed) return listed;
  rpc::XdrValue<ls_open_args> args;
  args->uri = rpc::CopyMaybeText(uri);
  std::vector<std::byte> payload;
  if (Result<void> appended = rpc::AppendXdr(args, payload); !appended) return appended;
  return Exchange(LS_CONNECT_OPEN, payload);
}

Result<void> LoadConnection::Exchange(int32_t procedure, const std::vector<std::byte>& payload) {
  rpc::Message message;
  const Result<void> composed =
      message.Compose({.procedure = procedure, .serial = next_serial_++}, [&](std::vector<std::byte>& bytes) {
        bytes.insert(bytes.end(), payload.begin(), payload.end());
        return Result<void>();
      });
  if (!composed) return composed;
  if (Result<void> sent = SendAll(message.unsent().data(), message.unsent().size()); !sent) return sent;
  message = rpc::Message();
  while (!message.complete()) {
    const std::span<std::byte> space = message.space();
    const ssize_t got = ::recv(fd_.get(), space.data(), space.size(), 0);
    if (got <= 0) return Fail("the connection ended while it was opened");
    if (const Result<bool> filled = message.Filled(static_cast<size_t>(got)); !filled) {
      return tl::make_unexpected(filled.error());
    }
  }
  if (message.header().status == rpc::MessageStatus::kOk) return {};
  const Result<rpc::XdrValue<ls_error>> error = rpc::DecodeXdr<ls_error>(message.payload());
  return Fail("procedure {} was refused: {}", procedure, error ? rpc::FromXdr(**error).message : "it does not say why");
}

Result<void> LoadConnection::SendAll(const std::byte* bytes, size_t size) {
  while (size > 0) {
    const ssize_t sent = ::send(fd_.get(), bytes, size, MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) return Fail("cannot send: {}", ErrnoText(errno));
    if (sent <= 0) continue;
    bytes += sent;
    size -= static_cast<size_t>(sent);
  }
  return {};
}

Result<void> LoadConnection::Begin() {
  input_.resize(kInputBytes);
  return SendCalls();
}

Result<void> LoadConnection::Continue(std::vector<uint32_t>& latencies_ns) {
  if (Result<void> taken = TakeReplies(latencies_ns); !taken) return taken;
  return SendCalls();
}

Result<void> LoadConnection::End() {
  std::vector<uint32_t> latencies_ns;
  while (!under_way_.empty()) {
    if (Result<void> taken = TakeReplies(latencies_ns); !taken) return taken;
  }
  return {};
}

Result<void> LoadConnection::SendCalls() {
  const size_t count = depth_ - under_way_.size();
  if (count == 0) return {};
  const int64_t now_ns = MonotonicNs();
  for (size_t i = 0; i < count; ++i) {
    rpc::StoreWord(std::span(calls_).subspan(i * kCallBytes + kSerialAt).first<4>(), next_serial_);
    under_way_.push_back({next_serial_++, now_ns});
  }
  return SendAll(calls_.data(), count * kCallBytes);
}

Result<void> LoadConnection::TakeReplies(std::vector<uint32_t>& latencies_ns) {
  const size_t before = under_way_.size();
  while (under_way_.size() == before) {
    const ssize_t got = ::recv(fd_.get(), input_.data() + filled_, input_.size() - filled_, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Fail("the connection ended with {} calls under way", under_way_.size());
    filled_ += static_cast<size_t>(got);
    const int64_t now_ns = MonotonicNs();
    size_t at = 0;
    while (filled_ - at >= rpc::kMinMessageBytes) {
      const std::span<const std::byte> packet = std::span(input_).subspan(at, filled_ - at);
      const uint32_t length = rpc::LoadWord(packet.first<rpc::kLengthBytes>());
      if (length < rpc::kMinMessageBytes || length > kInputBytes) return Fail("a reply of {} bytes", length);
      if (length > packet.size()) break;
      const auto header = rpc::LoadHeader(packet.subspan<rpc::kLengthBytes, rpc::kHeaderBytes>());
      if (Result<void> taken = TakeReply(header, now_ns, latencies_ns); !taken) return taken;
      at += length;
    }
    std::memmove(input_.data(), input_.data() + at, filled_ - at);
    filled_ -= at;
  }
  return {};
}

Result<void> LoadConnection::TakeReply(const rpc::PacketHeader& header, int64_t now_ns,
                                       std::vector<uint32_t>& latencies_ns) {
  if (!echo_ && (header.type != rpc::MessageType::kReply || header.status != rpc::MessageStatus::kOk)) {
    return Fail("a call is answered with type {}, status {}", static_cast<int32_t>(header.type),
                static_cast<int32_t>(header.status));
  }
  const auto call = std::ranges::find(under_way_, header.serial, &UnderWay::serial);
  if (call == under_way_.end()) return Fail("a reply to serial {}, which is not under way", header.serial);
  latencies_ns.push_back(static_cast<uint32_t>(now_ns - call->sent_ns));
  *call = under_way_.back();
  under_way_.pop_back();
  return {};
}

}  // namespace lockscope::bench
