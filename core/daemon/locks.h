// The server lock, the client locks and the `job` condition: the only ways to take them.
//
// A lock of either class can be taken through its scope class below and through nothing else, so the compiler sees every
// acquisition as one of its class (sync::server_held, sync::client_held). What else must or must not be held is asked
// where the mutex is reached (SharedState::mu, Client::mu): on a scope class's constructor clang takes the same words for
// "adopts that lock". So a client's lock is taken only while the server's is held, never two, and neither the wrong way
// round. Holds overlap without nesting: server, client, drop the server's by unlock(), drop the client's at the end of its
// scope. Any thread.
#pragma once

#include <string>

#include "core/base/source_place.h"
#include "core/sync/condition_variable.h"
#include "core/sync/lock_order.h"
#include "core/sync/mutex.h"

namespace lockscope::daemon {

class ServerMutex {
 public:
  ServerMutex() : mu_(sync::kServerLock, "server") {}

 private:
  friend class ServerLock;
  friend class JobCondition;
  sync::Mutex mu_;
};

class ClientMutex {
 public:
  ClientMutex(std::string name, ObjectId client) : mu_(sync::kClientLock, std::move(name), client) {}

 private:
  friend class ClientLock;
  friend class JobScan;
  friend class SubscriberScan;
  sync::Mutex mu_;
};

// Holds the server lock for a scope, or until unlock().
class LS_SCOPED_CAPABILITY ServerLock {
 public:
  explicit ServerLock(ServerMutex& mutex, SourcePlace place = SourcePlace::Here()) LS_ACQUIRE(sync::server_held)
      : lock_(mutex.mu_, place) {}
  ~ServerLock() LS_RELEASE() {}
  void unlock(SourcePlace place = SourcePlace::Here()) LS_RELEASE();
  ServerLock(const ServerLock&) = delete;
  ServerLock& operator=(const ServerLock&) = delete;

 private:
  sync::MutexLock lock_;
};

// Holds one client's lock for a scope.
class LS_SCOPED_CAPABILITY ClientLock {
 public:
  explicit ClientLock(ClientMutex& mutex, SourcePlace place = SourcePlace::Here()) LS_ACQUIRE(sync::client_held)
      : lock_(mutex.mu_, place) {}
  ~ClientLock() LS_RELEASE() {}
  ClientLock(const ClientLock&) = delete;
  ClientLock& operator=(const ClientLock&) = delete;

 private:
  sync::MutexLock lock_;
};

// "There may be a job": workers wait on it with the server lock; the loop signals it with only a client's lock held.
// Why no wake-up is lost all the same: core/daemon/THREADING.md.
class JobCondition {
 public:
  explicit JobCondition(ServerMutex& mutex) : mutex_(mutex), condition_("job", mutex.mu_) {}

  // R5: the server lock and nothing else is held. May return without a signal.
  void wait(SourcePlace place = SourcePlace::Here())
      LS_REQUIRES(sync::server_held, !sync::client_held, !sync::loop_held);
  void signal(SourcePlace place = SourcePlace::Here()) { condition_.signal(place); }
  void broadcast(SourcePlace place = SourcePlace::Here()) { condition_.broadcast(place); }

 private:
  ServerMutex& mutex_;
  sync::ConditionVariable condition_;
};

}  // namespace lockscope::daemon
