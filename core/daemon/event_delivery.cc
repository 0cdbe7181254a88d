#include "core/daemon/event_delivery.h"

#include "core/daemon/subscriber_scan.h"
#include "core/sync/wake_queue.h"

namespace lockscope::daemon {
namespace {

// Queues the event for one client, whose lock is held. False: that client does not read, and is to be disconnected.
bool TellOne(SharedState& shared, Client& client, const DomainEvent& event, uint32_t job)
    LS_REQUIRES(sync::client_held, !sync::loop_held) {
  const bool queued = client.QueueEvent(event, job, shared.max_event_bytes);
  shared.loop.UpdateHandle(client.watch(), client.WatchedEvents());
  return queued;
}

// Its socket is full, so the poller has nothing to say about it: the loop is told in so many words.
void AskToDisconnect(SharedState& shared, uint64_t client)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  const ServerLock server_lock(shared.mu());
  shared.to_disconnect.push_back(client);
  shared.loop.WakeUp();
}

void DeliverOne(SharedState& shared, const DomainEvent& event, uint32_t job)
    LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held) {
  SubscriberScan scan(event);
  while (true) {
    const sync::WakeQueue wakes;  // As around Worker::Reply.
    ServerLock server_lock(shared.mu());
    if (!scan.LockNext(shared.clients)) return;
    // The client's lock is held now: the server's may go.
    server_lock.unlock();
    const uint64_t number = scan.client().number();
    const bool queued = TellOne(shared, scan.client(), event, job);
    scan.unlock();
    if (!queued) AskToDisconnect(shared, number);
  }
}

}  // namespace

void DeliverEvents(SharedState& shared, const DomainEvents& events, uint32_t job) {
  for (const DomainEvent& event : events) DeliverOne(shared, event, job);
}

}  // namespace lockscope::daemon
