// The floor under the daemon's speed: what a message costs that makes the four hops of the model and nothing else. From the
// client to the loop's thread over a Unix socket, to a worker through a condition variable, back to the loop's thread
// through an eventfd, and to the client.
//
// No protocol, no model, no recording: a message is 28 bytes, the shortest that libvirt's protocol has, and is sent back as
// it came. So the same load can be put on it (rpc_load --echo). Threads and poll(2) as in the daemon; what the model asks
// for besides (client locks, the scan, references, decoding) is what the daemon costs more.
//
// Usage: four_hops SOCKET [WORKERS]; ends by a signal.
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/sync/native_condition.h"

namespace {

constexpr size_t kBytes = 28;
struct Block {
  int fd = -1;
  std::array<std::byte, kBytes> bytes{};
};

class FourHops {
 public:
  explicit FourHops(const std::string& path) : wake_fd_(::eventfd(0, EFD_NONBLOCK)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    listener_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
    ::unlink(path.c_str());
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, SOMAXCONN) != 0) {
      std::perror(path.c_str());
      std::exit(2);
    }
    polled_ = {{wake_fd_, POLLIN, 0}, {listener_, POLLIN, 0}};
  }

  void Work() {
    while (true) {
      Block block;
      {
        const std::lock_guard lock(mu_);
        while (calls_.empty()) call_.Wait(mu_);
        block = calls_.front();
        calls_.pop_front();
      }
      {
        const std::lock_guard lock(mu_);
        replies_.push_back(block);
        if (!std::exchange(asleep_, false)) continue;
      }
      const uint64_t one = 1;
      [[maybe_unused]] const ssize_t written = ::write(wake_fd_, &one, sizeof one);
    }
  }

  void Loop() {
    while (true) {
      ::poll(polled_.data(), polled_.size(), -1);
      std::vector<Block> replies;
      {
        const std::lock_guard lock(mu_);
        asleep_ = false;
      }
      if (polled_[0].revents != 0) {
        uint64_t count = 0;
        [[maybe_unused]] const ssize_t got = ::read(wake_fd_, &count, sizeof count);
      }
      if (polled_[1].revents != 0) polled_.push_back({::accept(listener_, nullptr, nullptr), POLLIN, 0});
      for (size_t i = 2; i < polled_.size(); ++i) {
        if (polled_[i].revents != 0) Read(polled_[i].fd);
      }
      std::erase_if(polled_, [](const pollfd& polled) { return polled.fd < 0; });
      do {
        for (const Block& reply : replies) ::send(reply.fd, reply.bytes.data(), kBytes, MSG_NOSIGNAL);
        replies.clear();
        const std::lock_guard lock(mu_);
        replies.swap(replies_);
        asleep_ = replies.empty();
      } while (!replies.empty());
    }
  }

 private:
  void Read(int& fd) {
    std::array<Block, 64> blocks;
    std::array<std::byte, 64 * kBytes> bytes;
    const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got <= 0) {
      ::close(std::exchange(fd, -1));
      return;
    }
    // A client sends whole messages, and few of them at a time: what arrives is whole, too.
    for (size_t at = 0; at + kBytes <= static_cast<size_t>(got); at += kBytes) {
      Block block{fd, {}};
      std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(at), kBytes, block.bytes.begin());
      {
        const std::lock_guard lock(mu_);
        calls_.push_back(block);
      }
      call_.Signal();
    }
  }

  const int wake_fd_;
  int listener_ = -1;
  std::vector<pollfd> polled_;             // The loop's thread only.
  lockscope::sync::NativeMutex mu_;        // Guards what follows.
  lockscope::sync::NativeCondition call_;  // The C library's is no floor: see there.
  std::deque<Block> calls_;
  std::vector<Block> replies_;
  bool asleep_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: four_hops SOCKET [WORKERS]\n", stderr);
    return 2;
  }
  FourHops hops(argv[1]);
  for (int i = argc > 2 ? std::atoi(argv[2]) : 3; i > 0; --i) std::thread([&] { hops.Work(); }).detach();
  hops.Loop();
}
