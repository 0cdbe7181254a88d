// JobScan: how a worker looks for a call to serve, and carries the lock of the client that has one.
//
// The worker holds the server lock and takes one client's lock after the other, oldest client first, until it finds one
// whose dx is not empty. That client's lock it keeps; the server lock it may then drop: holds overlap without nesting.
//
// Why no wake-up is lost, although the loop signals the job condition with only a client's lock held, in three steps:
//  1. A scan that finds nothing is an exact snapshot. From its first look until the wait lets the server lock go, the
//     worker holds that lock. Every client's lock is obtained through the server lock; so once the scan has had a client's
//     lock, nobody else can get it before the worker sleeps, and if the loop still has it, the scan waits for it here.
//     When the wait begins, every dx is empty.
//  2. One sleeper: the loop got the lock of the client that it queues for in a hold of the server lock that was before or
//     after the worker's. Before: the scan takes that client's lock only after the push, and sees the job. After: the
//     worker had let the server lock go by sleeping, and the signal finds it asleep.
//  3. Several: each push signals and finds a sleeper, or nobody sleeps; then whoever is awake has still to scan.
// Two tempting mends of the scan's cost break step 1: skipping a client whose lock is taken (the loop holds it, is about to
// push and signal, and the worker goes to sleep on an empty snapshot that is not one), and letting the server lock go
// between scan and wait.
//
// Worker only; lives inside one hold of the server lock and outlives it until unlock().
#pragma once

#include <memory>
#include <vector>

#include "core/base/source_place.h"
#include "core/daemon/client.h"

namespace lockscope::daemon {

class JobScan {
 public:
  JobScan() = default;
  JobScan(const JobScan&) = delete;
  JobScan& operator=(const JobScan&) = delete;

  // True: client() has a job, and its lock is held from here to unlock(). False: no client has one.
  bool LockClientWithJob(const std::vector<std::unique_ptr<Client>>& clients, SourcePlace place = SourcePlace::Here())
      LS_TRY_ACQUIRE(true, sync::client_held) LS_REQUIRES(sync::server_held, !sync::client_held, !sync::loop_held);

  Client& client() const LS_REQUIRES(sync::client_held) { return *client_; }

  void unlock(SourcePlace place = SourcePlace::Here()) LS_RELEASE(sync::client_held);

 private:
  Client* client_ = nullptr;
};

}  // namespace lockscope::daemon
