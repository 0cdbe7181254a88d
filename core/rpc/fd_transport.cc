#include "core/rpc/fd_transport.h"

#include <sys/socket.h>

#include <cerrno>

#include "core/base/check.h"

namespace lockscope::rpc {
namespace {

// Runs one system call, again if a signal interrupted it, and says what came of it.
template <typename SystemCall>
IoResult Outcome(const SystemCall& system_call) {
  ssize_t n = -1;
  do {
    n = system_call();
  } while (n < 0 && errno == EINTR);
  if (n > 0) return {.status = IoStatus::kOk, .bytes = static_cast<size_t>(n)};
  if (n == 0) return {.status = IoStatus::kClosed};
  switch (errno) {
    case EAGAIN:
      return {.status = IoStatus::kWouldBlock};
    case EPIPE:
    case ECONNRESET:  // The peer closed without reading what we had sent: closed all the same.
      return {.status = IoStatus::kClosed};
    default:
      return {.status = IoStatus::kError, .error_number = errno};
  }
}

}  // namespace

FdTransport::FdTransport(unique_fd fd, Peer peer, Handle handle)
    : fd_(std::move(fd)), peer_(std::move(peer)), handle_(handle) {
  LS_CHECK(fd_.valid(), "a transport needs an open descriptor");
}

IoResult FdTransport::Read(std::span<std::byte> into) {
  LS_CHECK(!into.empty(), "an empty read could not be told from the end of the stream");
  if (!fd_.valid()) return {.status = IoStatus::kClosed};
  return Outcome([&] { return ::recv(fd_.get(), into.data(), into.size(), 0); });
}

IoResult FdTransport::Write(std::span<const std::byte> from) {
  LS_CHECK(!from.empty(), "an empty write has no outcome");
  if (!fd_.valid()) return {.status = IoStatus::kClosed};
  return Outcome([&] { return ::send(fd_.get(), from.data(), from.size(), MSG_NOSIGNAL); });
}

void FdTransport::Close() { fd_.reset(); }

}  // namespace lockscope::rpc
