// The argument of core/daemon/THREADING.md that no wake-up is lost, held against every order of things, one after the other:
// what it claims is true in each, and each of the changes that it warns of is wrong in some.
#include <gtest/gtest.h>

#include "core/base/check.h"
#include "core/daemon/job_scan.h"
#include "core/sched/controlled_runtime.h"
#include "core/sync/guard.h"
#include "core/trace/run_log.h"
#include "tests/core/daemon/loopless_pool.h"
#include "tests/support/every_order.h"
#include "tests/support/record_breaches.h"

namespace lockscope::daemon {
namespace {

using sched::RunEnd;
using testing::EveryOrder;
using trace::EventKind;

class InstantDriver final : public Driver {
 public:
  DriverResult<std::string> Hostname() override LS_DRIVER_CALL { return "at once"; }
};

// Looks on at a run, event by event, and leaves the choices to another strategy. No condition is waited on but `job`.
class Onlooker final : public sched::Strategy {
 public:
  explicit Onlooker(sched::Strategy& chooser) : chooser_(chooser) {}

  uint32_t Choose(const sched::Question& question) override { return chooser_.Choose(question); }
  bool wants_spurious_wakeups() const override { return chooser_.wants_spurious_wakeups(); }
  bool wants_events() const override { return true; }
  void OnEvent(ObjectId /*thread*/, EventKind kind, ObjectId /*object*/, uint32_t /*arg*/) override {
    if (kind == EventKind::kJobQueued) ++queued_;
    if (kind == EventKind::kJobTaken) ++taken_;
    if (kind == EventKind::kWaitBegan && queued_ != taken_) ++sleeps_beside_a_job_;
  }

  uint32_t queued() const { return queued_; }
  uint32_t taken() const { return taken_; }
  uint32_t sleeps_beside_a_job() const { return sleeps_beside_a_job_; }

 private:
  sched::Strategy& chooser_;
  uint32_t queued_ = 0;
  uint32_t taken_ = 0;
  uint32_t sleeps_beside_a_job_ = 0;  // Waits that began while some dx was not empty.
};

struct Shape {
  int workers = 1;
  int clients = 1;
  int pushes = 1;
  int max_interruptions = EveryOrder::kUnlimited;
  LooplessPool::MakeWorker make_worker = LooplessPool::MakeCorrectWorker;
  void (*push)(LooplessPool& pool, int client) = [](LooplessPool& pool, int client) {
    sync::AssertNothingHeld();
    pool.Push(client);
  };
};

// What came of all orders. Every run ends when nobody can go on.
struct Orders {
  int all = 0;
  int untrue_snapshots = 0;  // In which a worker began to sleep beside a job.
  int lost = 0;              // In which everybody sleeps in the end, and a job is left.
};

Orders TryAll(const Shape& shape) {
  Orders orders;
  EveryOrder order(shape.max_interruptions);
  trace::RunLog log;
  do {
    Onlooker onlooker(order);
    LS_CHECK(log.Start().has_value());
    {
      sched::ControlledRuntime runtime(onlooker, {.log = &log});
      const RunEnd end = runtime.Run("event loop", sync::Role::kEventLoop, [&] {
        sync::AssertNothingHeld();
        InstantDriver driver;
        LooplessPool pool(driver, shape.workers, shape.clients, shape.make_worker);
        for (int i = 0; i < shape.pushes; ++i) shape.push(pool, i % shape.clients);
        pool.StandStill();
      });
      LS_CHECK(end == RunEnd::kStuck, "order {} has ended otherwise", orders.all);
    }
    log.Stop();
    EXPECT_EQ(onlooker.queued(), static_cast<uint32_t>(shape.pushes));
    ++orders.all;
    orders.untrue_snapshots += onlooker.sleeps_beside_a_job() > 0 ? 1 : 0;
    orders.lost += onlooker.taken() < onlooker.queued() ? 1 : 0;
  } while (order.Next());
  return orders;
}

// ---- What is claimed.

class EveryOrderTest : public ::testing::TestWithParam<Shape> {};

TEST_P(EveryOrderTest, NobodySleepsBesideAJobAndEachIsTaken) {
  const Orders orders = TryAll(GetParam());
  EXPECT_EQ(orders.untrue_snapshots, 0) << "of " << orders.all;
  EXPECT_EQ(orders.lost, 0) << "of " << orders.all;
  EXPECT_GT(orders.all, 100) << "a search of fewer shows little";
}

INSTANTIATE_TEST_SUITE_P(Shapes, EveryOrderTest,
                         ::testing::Values(Shape{.workers = 1, .clients = 1, .pushes = 1},
                                           Shape{.workers = 1, .clients = 2, .pushes = 2, .max_interruptions = 3},
                                           Shape{.workers = 2, .clients = 1, .pushes = 1, .max_interruptions = 2},
                                           Shape{.workers = 2, .clients = 2, .pushes = 2, .max_interruptions = 1}),
                         [](const auto& test) {
                           return fmt::format("{}Workers{}Clients{}Pushes", test.param.workers, test.param.clients,
                                              test.param.pushes);
                         });

// ---- What breaks it.

// "Whoever holds that client's lock is busy with it anyway: I look at the others instead of waiting."
class SkippingWorker final : public Worker {
 public:
  SkippingWorker(std::string name, SharedState& shared, const std::vector<sync::Mutex*>& client_locks)
      : Worker(std::move(name), shared), client_locks_(client_locks) {}

 private:
  bool TakeJob() override;

  const std::vector<sync::Mutex*>& client_locks_;
};

// Without the exemption: "calling function 'AddReference' requires holding held-lock class 'client_held' exclusively".
bool SkippingWorker::TakeJob() LS_NO_THREAD_SAFETY_ANALYSIS {
  ServerLock server_lock(shared_.mu());
  while (!quit_) {
    for (size_t i = 0; i < client_locks_.size(); ++i) {
      if (!client_locks_[i]->try_lock()) continue;
      Client& client = *shared_.clients[i];
      if (client.has_job()) {
        server_lock.unlock();
        client.AddReference();
        TakeJobOf(client);
        client_locks_[i]->unlock();
        return true;
      }
      client_locks_[i]->unlock();
    }
    shared_.job.wait();
  }
  return false;
}

// "I have found nothing and am about to sleep: others may have the server lock meanwhile."
class LettingGoWorker final : public Worker {
 public:
  using Worker::Worker;

 private:
  bool TakeJob() override LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);
};

bool LettingGoWorker::TakeJob() {
  while (true) {
    JobScan scan;
    {
      ServerLock server_lock(shared_.mu());
      if (quit_) return false;
      if (scan.LockClientWithJob(shared_.clients, shared_.turn)) {
        server_lock.unlock();
        scan.client().AddReference();
        TakeJobOf(scan.client());
        scan.unlock();
        return true;
      }
    }
    const ServerLock server_lock(shared_.mu());
    shared_.job.wait();
  }
}

TEST(TemptingChangeTest, AScanThatSkipsALockThatIsTakenLosesAWakeUpInSomeOrder) {
  const Orders orders = TryAll({.max_interruptions = 2, .make_worker = [](auto name, auto& shared, const auto& locks) {
                                  return std::make_unique<SkippingWorker>(std::move(name), shared, locks);
                                }});
  EXPECT_GT(orders.lost, 0);
  EXPECT_LT(orders.lost, orders.all) << "most orders are harmless: a test by luck would not see it";
}

TEST(TemptingChangeTest, AServerLockThatIsLetGoBetweenScanAndWaitLosesAWakeUpInSomeOrder) {
  const Orders orders = TryAll({.max_interruptions = 2, .make_worker = [](auto name, auto& shared, const auto&) {
                                  return std::make_unique<LettingGoWorker>(std::move(name), shared);
                                }});
  EXPECT_GT(orders.lost, 0);
  EXPECT_LT(orders.lost, orders.all);
}

TEST(TemptingChangeTest, AClientThatIsReachedPastTheServerLockLosesAWakeUpInSomeOrder) {
  const testing::RecordBreaches record;
  const Orders orders = TryAll(
      {.max_interruptions = 2, .push = [](LooplessPool& pool, int client) { pool.PushPastTheServerLock(client); }});
  EXPECT_GT(orders.lost, 0);
  EXPECT_LT(orders.lost, orders.all);
}

// ---- The end of one worker.

// A job is pushed, and one of two workers is sent home, be it the one whom the signal has woken. How many orders do not
// end as they should: that worker gone, the job done by one of them, the other one asleep.
Orders TryToShrink(bool broadcast) {
  Orders orders;
  EveryOrder order(1);
  trace::RunLog log;
  do {
    Onlooker onlooker(order);
    bool gone = false;
    LS_CHECK(log.Start().has_value());
    {
      sched::ControlledRuntime runtime(onlooker, {.log = &log});
      runtime.Run("event loop", sync::Role::kEventLoop, [&] {
        sync::AssertNothingHeld();
        InstantDriver driver;
        LooplessPool pool(driver, 2, 1);
        pool.Push(0);
        pool.EndFirst(broadcast);
        gone = true;
        pool.StandStill();
      });
    }
    log.Stop();
    ++orders.all;
    orders.untrue_snapshots += onlooker.sleeps_beside_a_job() > 0 ? 1 : 0;
    orders.lost += !gone || onlooker.taken() != 1 ? 1 : 0;
  } while (order.Next());
  return orders;
}

TEST(QuitTest, ABroadcastEndsTheWorkerAndWastesNoSignalInAnyOrder) {
  const Orders orders = TryToShrink(true);
  EXPECT_EQ(orders.untrue_snapshots, 0) << "of " << orders.all;
  EXPECT_EQ(orders.lost, 0) << "of " << orders.all;
}

TEST(QuitTest, ASignalInItsPlaceWakesTheWrongOneInSomeOrder) {
  const Orders orders = TryToShrink(false);
  EXPECT_GT(orders.lost, 0);
  EXPECT_LT(orders.lost, orders.all);
}

}  // namespace
}  // namespace lockscope::daemon
