#include "core/daemon/unix_listener.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

#include "core/rpc/unix_socket.h"

namespace lockscope::daemon {
namespace {

bool IsSocket(const char* path) {
  struct stat status {};
  return ::lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

// Whether nobody listens on that socket any more.
bool IsLeftBehind(const sockaddr_un& address) {
  const unique_fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
         errno == ECONNREFUSED;
}

int BindWithMode(int fd, const sockaddr_un& address, mode_t mode) {
  const mode_t before = ::umask(0777 & ~mode);  // Not chmod(2) afterwards: somebody may be quicker.
  const int result = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::umask(before);
  errno = error;
  return result;
}

}  // namespace

Result<std::unique_ptr<UnixListener>> UnixListener::Bind(const std::string& path, loop::PollPoller& poller,
                                                         mode_t mode) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return Fail("{}: a socket's path has 1 to {} bytes, this has {}", path, sizeof address.sun_path - 1, path.size());
  }
  path.copy(address.sun_path, path.size());
  unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return Fail("{}: cannot make a socket: {}", path, ErrnoText(errno));
  int bound = BindWithMode(fd.get(), address, mode);
  if (bound != 0 && errno == EADDRINUSE) {
    if (!IsSocket(address.sun_path)) {
      return Fail("{}: cannot listen there: something else than a socket has that name", path);
    }
    if (!IsLeftBehind(address)) return Fail("{}: cannot listen there: another daemon does", path);
    if (::unlink(path.c_str()) != 0) {
      return Fail("{}: cannot listen there: a socket that nobody uses is in the way, and cannot be removed: {}", path,
                  ErrnoText(errno));
    }
    bound = BindWithMode(fd.get(), address, mode);
  }
  if (bound != 0) return Fail("{}: cannot listen there: {}", path, ErrnoText(errno));
  std::unique_ptr<UnixListener> listener(new UnixListener(path, std::move(fd), poller));
  if (Result<void> listens = listener->Listen(); !listens) return tl::make_unexpected(listens.error());
  return listener;
}

UnixListener::UnixListener(std::string path, unique_fd fd, loop::PollPoller& poller)
    : SocketListener(std::move(path), std::move(fd), poller) {
  ::lstat(where().c_str(), &file_);
}

UnixListener::~UnixListener() { UnixListener::Close(); }

void UnixListener::Close() {
  if (!listening()) return;
  // While this socket is open nobody else's file can have its inode number.
  struct stat now {};
  if (::lstat(where().c_str(), &now) == 0 && now.st_dev == file_.st_dev && now.st_ino == file_.st_ino) {
    ::unlink(where().c_str());
  }
  SocketListener::Close();
}

rpc::Peer UnixListener::Welcome(int /*connection*/, const sockaddr_storage& address, socklen_t length) const {
  return {.name = rpc::PeerNameOf(reinterpret_cast<const sockaddr_un&>(address), length)};
}

}  // namespace lockscope::daemon
