#include "tests/support/raw_socket.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "core/base/check.h"

namespace lockscope::testing {

RawSocket::RawSocket(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  LS_CHECK(fd_.valid() && path.size() < sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  const int connected = ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  LS_CHECK(connected == 0, "{}: {}", path, ErrnoText(errno));
}

bool RawSocket::Send(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    bytes = bytes.subspan(static_cast<size_t>(sent));
  }
  return true;
}

bool RawSocket::SendByteByByte(std::span<const std::byte> bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (!Send(bytes.subspan(i, 1))) return false;
    AwaitRead();
  }
  return true;
}

void RawSocket::AwaitRead() const {
  for (int unread = 1; unread > 0;) {
    LS_CHECK(::ioctl(fd_.get(), SIOCOUTQ, &unread) == 0, "{}", ErrnoText(errno));
    if (unread > 0) std::this_thread::yield();
  }
}

void RawSocket::HalfClose() { LS_CHECK(::shutdown(fd_.get(), SHUT_WR) == 0); }

void RawSocket::CloseReading() { LS_CHECK(::shutdown(fd_.get(), SHUT_RD) == 0); }

std::optional<rpc::Message> RawSocket::Receive(size_t piece) {
  rpc::Message message;
  for (bool complete = false; !complete;) {
    const std::span<std::byte> space = message.space();
    const ssize_t came = ::recv(fd_.get(), space.data(), std::min(piece, space.size()), 0);
    if (came < 0 && errno == EINTR) continue;
    if (came <= 0) return std::nullopt;
    const Result<bool> filled = message.Filled(static_cast<size_t>(came));
    LS_CHECK(filled.has_value(), "{}", filled.error().message);
    complete = *filled;
  }
  return message;
}

}  // namespace lockscope::testing
