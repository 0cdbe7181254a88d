// Two threads that take two locks in opposite orders, and meet: a real deadlock. The initial thread looks at the recording
// while it is being made, until it shows both as waiting; then it kills the program, as somebody would who has had enough.
#include <lockscope/lockscope.h>

#include <csignal>
#include <cstdio>
#include <latch>
#include <thread>

namespace {

// One class: the order of its locks among themselves is nobody's, which is what the guard would say.
inline constexpr lockscope::LockClass kAccountLock{"account", 10};

size_t ThreadsThatWait(const char* file) {
  const lockscope::Result<lockscope::Trace> trace = lockscope::ReadTrace(file);
  size_t waiting = 0;
  for (size_t step = 0; trace && step < trace->size(); ++step) {
    if (trace->event(step).kind() == lockscope::trace::EventKind::kLockRequested) ++waiting;
  }
  return waiting;
}

}  // namespace

int main(int argc, char** argv) {
  const char* const file = argc > 1 ? argv[1] : "hang.lockscope";
  lockscope::SetGuardPolicy(lockscope::GuardPolicy::kRecord);
  auto recorder = lockscope::Recorder::Start(file, {{"title", "Two accounts"}});
  if (!recorder) {
    std::fprintf(stderr, "%s\n", recorder.error().message.c_str());
    return 1;
  }
  const lockscope::NamedThread self("main");
  lockscope::Mutex first(kAccountLock, "account 1");
  lockscope::Mutex second(kAccountLock, "account 2");
  std::latch both_hold_one(2);
  const auto transfer = [&](lockscope::Mutex& from, lockscope::Mutex& to) {
    const lockscope::MutexLock from_lock(from);
    both_hold_one.arrive_and_wait();
    const lockscope::MutexLock to_lock(to);
  };
  lockscope::Thread one("teller-1", [&] { transfer(first, second); });
  lockscope::Thread two("teller-2", [&] { transfer(second, first); });
  while (ThreadsThatWait(file) < 2) std::this_thread::yield();
  std::raise(SIGKILL);
}
