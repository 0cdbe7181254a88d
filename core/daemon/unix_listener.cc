#include "core/daemon/unix_listener.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/rpc/fd_transport.h"
#include "core/rpc/unix_socket.h"

namespace lockscope::daemon {
namespace {

// Whether the path is a socket that nobody listens on any more.
bool IsLeftBehind(const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(address.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  const unique_fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
         errno == ECONNREFUSED;
}

int BindPrivately(int fd, const sockaddr_un& address) {
  const mode_t before = ::umask(0177);  // The file must never be there with more rights, not even for a moment.
  const int result = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::umask(before);
  errno = error;
  return result;
}

}  // namespace

Result<std::unique_ptr<UnixListener>> UnixListener::Bind(const std::string& path, loop::PollPoller& poller) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return Fail("{}: a socket's path has 1 to {} bytes, this has {}", path, sizeof address.sun_path - 1, path.size());
  }
  path.copy(address.sun_path, path.size());
  unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return Fail("{}: cannot make a socket: {}", path, ErrnoText(errno));
  int bound = BindPrivately(fd.get(), address);
  if (bound != 0 && errno == EADDRINUSE && IsLeftBehind(address)) {
    ::unlink(path.c_str());
    bound = BindPrivately(fd.get(), address);
  }
  if (bound != 0) {
    return Fail("{}: cannot listen there: {}", path,
                errno == EADDRINUSE ? "another daemon does, or the file is no socket" : ErrnoText(errno));
  }
  if (::listen(fd.get(), SOMAXCONN) != 0) return Fail("{}: cannot listen there: {}", path, ErrnoText(errno));
  return std::unique_ptr<UnixListener>(new UnixListener(path, std::move(fd), poller));
}

UnixListener::UnixListener(std::string path, unique_fd fd, loop::PollPoller& poller)
    : path_(std::move(path)), poller_(poller), fd_(std::move(fd)), handle_(poller.Add(fd_.get())) {}

UnixListener::~UnixListener() { Close(); }

void UnixListener::Close() {
  if (!fd_.valid()) return;
  ::unlink(path_.c_str());
  fd_.reset();
}

Result<std::unique_ptr<rpc::Transport>> UnixListener::Accept() {
  sockaddr_un peer{};
  socklen_t length = sizeof peer;
  unique_fd fd;
  do {
    length = sizeof peer;
    fd.reset(::accept4(fd_.get(), reinterpret_cast<sockaddr*>(&peer), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
  } while (!fd.valid() && (errno == EINTR || errno == ECONNABORTED));
  if (!fd.valid()) {
    if (errno == EAGAIN) return nullptr;
    return Fail("{}: cannot accept a connection: {}", path_, ErrnoText(errno));
  }
  const Handle handle = poller_.Add(fd.get());
  return std::make_unique<rpc::FdTransport>(std::move(fd), rpc::PeerNameOf(peer, length), handle);
}

}  // namespace lockscope::daemon
