#include "core/rpc/fd_transport.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/check.h"

namespace lockscope::rpc {
namespace {

constexpr size_t kReadAheadBytes =
    1024;  // Several usual calls; of a longer message most goes where it belongs at once.

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

FdTransport::FdTransport(unique_fd fd, Peer peer, Handle handle, Reading reading)
    : fd_(std::move(fd)),
      peer_(std::move(peer)),
      handle_(handle),
      buffer_(reading == Reading::kReadAhead ? kReadAheadBytes : 0) {
  LS_CHECK(fd_.valid(), "a transport needs an open descriptor");
}

IoResult FdTransport::Read(std::span<std::byte> into) {
  LS_CHECK(!into.empty(), "an empty read could not be told from the end of the stream");
  if (!fd_.valid()) return {.status = IoStatus::kClosed};
  if (unread_.empty()) {
    if (std::exchange(was_emptied_, false)) return {.status = IoStatus::kWouldBlock};
    const std::span<std::byte> target = into.size() < buffer_.size() ? std::span(buffer_) : into;
    const IoResult result = Outcome([&] { return ::recv(fd_.get(), target.data(), target.size(), 0); });
    was_emptied_ = !buffer_.empty() && result.status == IoStatus::kOk && result.bytes < target.size();
    if (target.data() == into.data() || result.status != IoStatus::kOk) return result;
    unread_ = std::span(buffer_).first(result.bytes);
  }
  const size_t count = std::min(into.size(), unread_.size());
  std::copy_n(unread_.begin(), count, into.begin());
  unread_ = unread_.subspan(count);
  return {.status = IoStatus::kOk, .bytes = count};
}

IoResult FdTransport::Write(std::span<const std::byte> from) {
  LS_CHECK(!from.empty(), "an empty write has no outcome");
  if (!fd_.valid()) return {.status = IoStatus::kClosed};
  was_emptied_ = false;  // The peer may answer at once.
  return Outcome([&] { return ::send(fd_.get(), from.data(), from.size(), MSG_NOSIGNAL); });
}

void FdTransport::CloseWriting() {
  if (fd_.valid()) ::shutdown(fd_.get(), SHUT_WR);
}

void FdTransport::Close() {
  fd_.reset();
  unread_ = {};
}

}  // namespace lockscope::rpc
