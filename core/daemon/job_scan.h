// JobScan: how a worker looks for a call to serve, and carries the lock of the client that has one.
//
// The worker holds the server lock and takes one client's lock after the other, from the one whose turn it is on and once
// around (round_robin.h), until it finds one whose dx is not empty. That client's lock it keeps; the server lock it may then
// drop: holds overlap without nesting.
//
// A scan that finds nothing is an exact snapshot: when the worker begins to wait, every dx is empty. For it has held the
// server lock from its first look on, every client's lock is reached through that, and where the loop has one, the scan
// waits for it here. So no wake-up is lost, although the loop signals the job condition with only a client's lock held.
// The proof, and the tempting changes that break it (skipping a client whose lock is taken; letting the server lock go
// between scan and wait): THREADING.md.
//
// Worker only; lives inside one hold of the server lock and outlives it until unlock().
#pragma once

#include <memory>
#include <vector>

#include "core/base/source_place.h"
#include "core/daemon/client.h"
#include "core/daemon/round_robin.h"

namespace lockscope::daemon {

class JobScan {
 public:
  JobScan() = default;
  JobScan(const JobScan&) = delete;
  JobScan& operator=(const JobScan&) = delete;

  // True: client() has a job, and its lock is held from here to unlock(). False: no client has one.
  bool LockClientWithJob(const std::vector<std::unique_ptr<Client>>& clients, RoundRobin& turn,
                         SourcePlace place = SourcePlace::Here()) LS_TRY_ACQUIRE(true, sync::client_held)
      LS_REQUIRES(sync::server_held, !sync::client_held, !sync::loop_held);

  Client& client() const LS_REQUIRES(sync::client_held) { return *client_; }

  void unlock(SourcePlace place = SourcePlace::Here()) LS_RELEASE(sync::client_held);

 private:
  Client* client_ = nullptr;
};

}  // namespace lockscope::daemon
