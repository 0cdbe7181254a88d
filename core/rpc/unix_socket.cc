#include "core/rpc/unix_socket.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "core/base/check.h"

namespace lockscope::rpc {
namespace {

constexpr std::string_view kPrefix = "lockscope/";  // Then the process, '/', the connection, '/', the name.
constexpr size_t kMaxNameBytes = 32;
constexpr size_t kPathOffset = offsetof(sockaddr_un, sun_path);

struct UnixAddress {
  sockaddr_un address{};
  socklen_t length = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

// The address of a file, or with `abstract` one that is a name only: a zero byte, then the name without an end mark.
Result<UnixAddress> MakeAddress(std::string_view path, bool abstract) {
  UnixAddress result;
  result.address.sun_family = AF_UNIX;
  if (path.size() + 1 > sizeof result.address.sun_path)
    return Fail("socket path '{}' has {} bytes, at most {} fit", path, path.size(), sizeof result.address.sun_path - 1);
  std::memcpy(result.address.sun_path + (abstract ? 1 : 0), path.data(), path.size());
  result.length = static_cast<socklen_t>(kPathOffset + path.size() + 1);
  return result;
}

Result<void> BindToName(int fd, std::string_view own_name) {
  static std::atomic<uint32_t> connections{0};
  // The number makes the address unique in this process; another one in a PID namespace of its own may have the same
  // process id, hence more than one try.
  for (int attempt = 0; attempt < 100; ++attempt) {
    const std::string name = fmt::format("{}{}/{}/{}", kPrefix, ::getpid(), connections.fetch_add(1), own_name);
    const Result<UnixAddress> address = MakeAddress(name, true);
    LS_CHECK(address.has_value(), "{}", address.error().message);
    if (::bind(fd, address->get(), address->length) == 0) return {};
    if (errno != EADDRINUSE) break;
  }
  return Fail("cannot take the name '{}': {}", own_name, ErrnoText(errno));
}

}  // namespace

bool IsPeerName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  });
}

Result<std::unique_ptr<FdTransport>> ConnectUnix(const std::string& path, std::string_view own_name) {
  if (!own_name.empty() && !IsPeerName(own_name))
    return Fail("'{}' cannot be a client's name: use 1 to {} letters, digits, '_', '.', '-'", own_name, kMaxNameBytes);
  const Result<UnixAddress> address = MakeAddress(path, false);
  if (!address) return tl::make_unexpected(address.error());

  unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return Fail("cannot make a socket: {}", ErrnoText(errno));
  if (!own_name.empty()) {
    if (Result<void> bound = BindToName(fd.get(), own_name); !bound) return tl::make_unexpected(bound.error());
  }
  int outcome = -1;
  do {
    outcome = ::connect(fd.get(), address->get(), address->length);
  } while (outcome != 0 && errno == EINTR);
  if (outcome != 0) return Fail("cannot connect to '{}': {}", path, ErrnoText(errno));
  return std::make_unique<FdTransport>(std::move(fd));
}

std::string PeerNameOf(const sockaddr_un& address, socklen_t length) {
  if (length <= kPathOffset + 1 || length > sizeof address || address.sun_family != AF_UNIX) return "";
  if (address.sun_path[0] != '\0') return "";
  std::string_view text(address.sun_path + 1, length - kPathOffset - 1);
  if (!text.starts_with(kPrefix)) return "";
  text.remove_prefix(text.rfind('/') + 1);
  return IsPeerName(text) ? std::string(text) : "";
}

}  // namespace lockscope::rpc
