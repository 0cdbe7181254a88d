// A queue with a condition, and threads of the standard library that only lend themselves a name: nothing is wrong here.
#include <lockscope/lockscope.h>

#include <cstdio>
#include <deque>
#include <string>
#include <thread>
#include <vector>

namespace {

inline constexpr lockscope::LockClass kQueueLock{"queue", 10};

class Queue {
 public:
  void Put(int job) {
    const lockscope::MutexLock lock(mutex_);
    jobs_.push_back(job);
    not_empty_.signal();
  }
  int Take() {
    const lockscope::MutexLock lock(mutex_);
    while (jobs_.empty()) not_empty_.wait(mutex_);
    const int job = jobs_.front();
    jobs_.pop_front();
    return job;
  }

 private:
  lockscope::Mutex mutex_{kQueueLock, "jobs"};
  lockscope::ConditionVariable not_empty_{"not empty", mutex_};
  std::deque<int> jobs_;  // Guarded by mutex_.
};

}  // namespace

int main() {
  constexpr int kWorkers = 3;
  constexpr int kJobs = 300;
  auto recorder = lockscope::Recorder::Start("jobs.lockscope", {{"title", "A queue of jobs"}});
  if (!recorder) return 1;
  const lockscope::NamedThread self("main");
  Queue queue;
  std::vector<std::thread> workers;
  for (int i = 1; i <= kWorkers; ++i) {
    workers.emplace_back([&queue, i] {
      const lockscope::NamedThread worker("worker-" + std::to_string(i));
      for (int taken = 0; taken < kJobs / kWorkers; ++taken) queue.Take();
    });
  }
  for (int job = 0; job < kJobs; ++job) queue.Put(job);
  for (std::thread& worker : workers) worker.join();
  const lockscope::Result<lockscope::Trace> trace = (*recorder)->Finish();
  return trace && trace->info().finished ? 0 : 1;
}
