// SubscriberScan: how a worker walks along those clients that want an event, and carries the lock of one at a time.
//
// Under the server lock it takes one client's lock after the other, oldest client first, until it finds one that wants the
// event. That client's lock it keeps; the server lock the worker drops, queues, drops the client's lock, and comes back
// with the server lock for the next one. So never two clients' locks are held, and nobody waits for more than one client.
//
// In between clients come and go. The walk goes by their numbers, which count up and stand in the list in order: a client
// that has gone is not missed, one that has come is behind all others and is asked, too.
//
// What an event costs: one look at each client, whoever it is for, and a hold of the server lock for each that wants it.
//
// Worker only. LockNext() needs a hold of the server lock for each call; the scan itself outlives them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/source_place.h"
#include "core/daemon/client.h"
#include "core/daemon/domain_event.h"

namespace lockscope::daemon {

class SubscriberScan {
 public:
  explicit SubscriberScan(const DomainEvent& event) : event_(event) {}  // It must outlive the scan.
  SubscriberScan(const SubscriberScan&) = delete;
  SubscriberScan& operator=(const SubscriberScan&) = delete;

  // True: client() wants the event, and its lock is held from here to unlock(). False: no further one does.
  bool LockNext(const std::vector<std::unique_ptr<Client>>& clients, SourcePlace place = SourcePlace::Here())
      LS_TRY_ACQUIRE(true, sync::client_held) LS_REQUIRES(sync::server_held, !sync::client_held, !sync::loop_held);

  Client& client() const LS_REQUIRES(sync::client_held) { return *client_; }

  void unlock(SourcePlace place = SourcePlace::Here()) LS_RELEASE(sync::client_held);

 private:
  const DomainEvent& event_;
  uint64_t last_ = 0;  // The number of the client that was asked last.
  Client* client_ = nullptr;
};

}  // namespace lockscope::daemon
