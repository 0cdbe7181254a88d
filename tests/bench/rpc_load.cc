// Load for a daemon that speaks libvirt's protocol on a Unix socket: CONNECT_GET_HOSTNAME, over and over, after the ways to
// authenticate were asked for and a connection was opened.
//
// Prints one line of numbers, and in front of it, on standard error, what they are: calls a second, how long the middle
// one and the slowest in a hundred took (µs), and the processor time that the daemon had for each (µs), all its threads
// together.
//
// One thread. A single connection is read as a blocking client does; more of them are watched with epoll(7), so that what
// this program needs does not grow with their number.
//
// Usage: rpc_load --socket PATH --pid PID [--connections N] [--depth N] [--idle N] [--seconds S | --calls N]
//                 [--uri URI | --echo]
#include <fmt/format.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "tests/bench/load_connection.h"

namespace lockscope::bench {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

struct Options {
  std::string socket;
  std::string uri = "test:///default";
  pid_t pid = 0;           // Whose processor time is read; 0: nobody's.
  size_t connections = 1;  // That call.
  size_t depth = 1;        // Calls under way on each of them.
  size_t idle = 0;         // Connections that say nothing; made before those that call.
  double seconds = 1;      // After as much again, at most a quarter of a second, that does not count.
  size_t calls = 0;        // Or so many of them instead, and none before.
  bool echo = false;       // The other end is no daemon: it sends back what it is sent.
};

template <typename Number>
bool Parse(std::string_view text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size();
}

Result<Options> ParseOptions(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--echo") {
      options.echo = true;
      continue;
    }
    if (i + 1 == argc) return Fail("{}: no such option, or it lacks its value", name);
    const std::string_view value = argv[++i];
    bool good = true;
    if (name == "--socket") {
      options.socket = value;
    } else if (name == "--uri") {
      options.uri = value;
    } else if (name == "--pid") {
      good = Parse(value, options.pid) && options.pid > 0;
    } else if (name == "--connections") {
      good = Parse(value, options.connections) && options.connections > 0;
    } else if (name == "--depth") {
      good = Parse(value, options.depth) && options.depth > 0;
    } else if (name == "--idle") {
      good = Parse(value, options.idle);
    } else if (name == "--seconds") {
      good = Parse(value, options.seconds) && options.seconds > 0;
    } else if (name == "--calls") {
      good = Parse(value, options.calls) && options.calls > 0;
    } else {
      return Fail("{}: no such option", name);
    }
    if (!good) return Fail("{} {}: not a number that can be used", name, value);
  }
  if (options.socket.empty()) return Fail("--socket PATH is missing");
  return options;
}

// A descriptor for each connection, and a few besides.
Result<void> AllowOpenFiles(size_t connections) {
  const rlim_t needed = connections + 16;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= needed) return {};
  if (limit.rlim_max < needed) {
    return Fail("{} connections need {} open files, and this process may have {}", connections, needed, limit.rlim_max);
  }
  limit.rlim_cur = needed;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return Fail("cannot have {} open files: {}", needed, ErrnoText(errno));
  return {};
}

// What all threads of a process have had, those that have ended included.
class CpuClock {
 public:
  static Result<CpuClock> Of(pid_t pid) {
    CpuClock clock;
    if (pid == 0) return clock;
    clock.known_ = ::clock_getcpuclockid(pid, &clock.id_) == 0;
    if (!clock.known_) return Fail("--pid {}: there is no such process", pid);
    return clock;
  }
  int64_t NowNs() const {
    timespec now{};
    if (known_) ::clock_gettime(id_, &now);
    return now.tv_sec * kSecond + now.tv_nsec;
  }

 private:
  bool known_ = false;
  clockid_t id_ = CLOCK_MONOTONIC;
};

class Load {
 public:
  explicit Load(Options options) : options_(std::move(options)) {}

  Result<void> Prepare() {
    if (Result<void> allowed = AllowOpenFiles(options_.idle + options_.connections); !allowed) return allowed;
    for (size_t i = 0; i < options_.idle + options_.connections; ++i) {
      std::vector<LoadConnection>& into = i < options_.idle ? idle_ : calling_;
      Result<LoadConnection> connection = LoadConnection::Connect(options_.socket, options_.depth);
      if (!connection) return tl::make_unexpected(connection.error());
      into.push_back(std::move(*connection));
      if (options_.echo) into.back().ExpectEcho();
      if (options_.echo || i < options_.idle) continue;
      if (Result<void> opened = into.back().Open(options_.uri); !opened) return opened;
    }
    latencies_ns_.reserve(4'000'000);
    if (calling_.size() == 1) return {};
    epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
    for (size_t i = 0; i < calling_.size(); ++i) {
      epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, calling_[i].fd(), &event);
    }
    return {};
  }

  Result<void> Run() {
    const Result<CpuClock> cpu = CpuClock::Of(options_.pid);
    if (!cpu) return tl::make_unexpected(cpu.error());
    for (LoadConnection& connection : calling_) {
      if (Result<void> begun = connection.Begin(); !begun) return begun;
    }
    const auto length_ns = static_cast<int64_t>(options_.seconds * kSecond);
    if (options_.calls == 0) {
      if (Result<void> ran = RunUntil(MonotonicNs() + std::min(length_ns, kSecond / 4), SIZE_MAX); !ran) return ran;
    }
    latencies_ns_.clear();
    const int64_t began_ns = MonotonicNs(), cpu_began_ns = cpu->NowNs();
    const Result<void> ran =
        options_.calls == 0 ? RunUntil(began_ns + length_ns, SIZE_MAX) : RunUntil(INT64_MAX, options_.calls);
    if (!ran) return ran;
    const int64_t took_ns = MonotonicNs() - began_ns, cpu_ns = cpu->NowNs() - cpu_began_ns;
    for (LoadConnection& connection : calling_) {
      if (Result<void> ended = connection.End(); !ended) return ended;
    }
    Print(took_ns, cpu_ns);
    return {};
  }

 private:
  Result<void> RunUntil(int64_t end_ns, size_t calls) {
    std::vector<epoll_event> ready(calling_.size());
    while (MonotonicNs() < end_ns && latencies_ns_.size() < calls) {
      if (calling_.size() == 1) {
        if (Result<void> done = calling_[0].Continue(latencies_ns_); !done) return done;
        continue;
      }
      const int count = ::epoll_wait(epoll_.get(), ready.data(), static_cast<int>(ready.size()), -1);
      for (int i = 0; i < count; ++i) {
        LoadConnection& connection = calling_[ready[static_cast<size_t>(i)].data.u64];
        if (Result<void> done = connection.Continue(latencies_ns_); !done) return done;
      }
    }
    return {};
  }

  double Quantile(double part) {
    const auto at = static_cast<ptrdiff_t>(part * static_cast<double>(latencies_ns_.size() - 1));
    std::ranges::nth_element(latencies_ns_, latencies_ns_.begin() + at);
    return latencies_ns_[static_cast<size_t>(at)] / 1e3;
  }

  void Print(int64_t took_ns, int64_t cpu_ns) {
    const auto count = static_cast<double>(latencies_ns_.size());
    fmt::print(stderr, "calls/s p50_us p99_us cpu_us\n");
    fmt::print("{:.0f} {:.1f} {:.1f} {:.2f}\n", count / (static_cast<double>(took_ns) / kSecond), Quantile(0.5),
               Quantile(0.99), static_cast<double>(cpu_ns) / 1e3 / count);
  }

  const Options options_;
  std::vector<LoadConnection> idle_;
  std::vector<LoadConnection> calling_;
  unique_fd epoll_;
  std::vector<uint32_t> latencies_ns_;
};

int Main(int argc, char** argv) {
  const Result<Options> options = ParseOptions(argc, argv);
  Result<void> ran;
  if (options) {
    Load load(*options);
    ran = load.Prepare();
    if (ran) ran = load.Run();
    if (ran) return 0;
  }
  fmt::print(stderr, "rpc_load: {}\n", options ? ran.error().message : options.error().message);
  return 2;
}

}  // namespace
}  // namespace lockscope::bench

int main(int argc, char** argv) { return lockscope::bench::Main(argc, argv); }
