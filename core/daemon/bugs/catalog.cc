#include "core/daemon/bugs/catalog.h"

#include <algorithm>
#include <array>

#include "core/daemon/bugs/install.h"

namespace lockscope::daemon {

namespace {

constexpr std::string_view kWorker = "core/daemon/worker.cc";
constexpr std::string_view kServer = "core/daemon/server.cc";

constexpr std::array kBugs{
    Bug{"reply-locks-client-first",
        "The reply takes the client's lock before the server's",
        "R1 server-before-client",
        {"core/daemon/bugs/reply_locks_client_first.cc", "ClientFirstWorker::Reply"},
        {kWorker, "Worker::Reply"},
        bugs::InstallReplyLocksClientFirst},
    Bug{"callback-under-loop-lock",
        "The event loop runs callbacks with its own lock held",
        "R2 loop-lock-is-a-leaf",
        {"core/daemon/bugs/callback_under_loop_lock.cc", "LockedCallbacksLoop::RunCallback"},
        {"core/loop/event_loop.cc", "EventLoop::RunCallback"},
        bugs::InstallCallbackUnderLoopLock},
    Bug{"driver-call-under-locks",
        "The worker makes the driver call with the server's and the client's lock held",
        "R3 no-lock-across-a-call",
        {"core/daemon/bugs/driver_call_under_locks.cc", "LockingWorker::MakeCall"},
        {kWorker, "Worker::MakeCall"},
        bugs::InstallDriverCallUnderLocks},
    Bug{"client-without-server-lock",
        "The event loop locks a client without the server lock, and a wake-up is lost",
        "R1 server-before-client",
        {"core/daemon/bugs/client_without_server_lock.cc", "ShortCutServer::OnClientReady"},
        {kServer, "Server::OnClientReady"},
        bugs::InstallClientWithoutServerLock},
    Bug{"signal-at-shutdown",
        "At the end one worker is woken where all must be, and the daemon never ends",
        "",
        {"core/daemon/bugs/signal_at_shutdown.cc", "OneSignalServer::MarkWorkers"},
        {kServer, "Server::MarkWorkers"},
        bugs::InstallSignalAtShutdown},
    Bug{"wait-without-while",
        "A worker that wakes up takes it that there is a job",
        "R6 every-job-taken-once",
        {"core/daemon/bugs/wait_without_while.cc", "TrustingWorker::TakeJob"},
        {kWorker, "Worker::TakeJob"},
        bugs::InstallWaitWithoutWhile},
    Bug{"log-under-client-lock",
        "The reply writes a slow line of the log with the client's lock held",
        "R4 short-holds",
        {"core/daemon/bugs/log_under_client_lock.cc", "LoggingWorker::Reply"},
        {kWorker, "Worker::Reply"},
        bugs::InstallLogUnderClientLock},
    Bug{"pool-never-grows",
        "The pool stays as small as it began, and all wait behind one slow call",
        "",
        {"core/daemon/bugs/pool_never_grows.cc", "FixedPoolServer::WantsWorker"},
        {kServer, "Server::WantsWorker"},
        bugs::InstallPoolNeverGrows},
    Bug{"waits-for-ever-in-a-call",
        "A driver call waits without a limit for another one, which finds no worker",
        "R6 every-job-taken-once",
        {"core/daemon/bugs/waits_for_ever_in_a_call.cc", "PatientDriver::AwaitCall"},
        {"core/daemon/memory_driver.cc", "MemoryDriver::AwaitCall"},
        bugs::InstallWaitsForEverInACall},
    Bug{"no-reference",
        "A worker takes no reference on its client, which is freed while the call runs",
        "",
        {"core/daemon/bugs/no_reference.cc", "CarelessWorker::TakeJob"},
        {kWorker, "Worker::TakeJob"},
        bugs::InstallNoReference},
    Bug{"no-throttle",
        "A client is read on however many of its requests are under way",
        "",
        {"core/daemon/bugs/no_throttle.cc", "UnthrottledClient::MayReadOn"},
        {"core/daemon/client.cc", "Client::MayReadOn"},
        bugs::InstallNoThrottle},
    Bug{"watch-not-updated",
        "The worker queues a reply and does not tell the sleeping loop",
        "",
        {"core/daemon/bugs/watch_not_updated.cc", "QuietWorker::Reply"},
        {kWorker, "Worker::Reply"},
        bugs::InstallWatchNotUpdated},
    Bug{"oldest-client-first",
        "Every scan begins with the oldest client: a busy one starves those behind it",
        "",
        {"core/daemon/bugs/oldest_client_first.cc", "OldestFirstWorker::TakeJob"},
        {kWorker, "Worker::TakeJob"},
        bugs::InstallOldestClientFirst},
};

}  // namespace

std::span<const Bug> AllBugs() { return kBugs; }

const Bug* FindBug(std::string_view name) {
  const auto found = std::ranges::find(kBugs, name, &Bug::name);
  return found == kBugs.end() ? nullptr : &*found;
}

}  // namespace lockscope::daemon
