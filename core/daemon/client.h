// Client: one connection. What has been read (rx), calls waiting (dx), replies waiting (tx), and who still needs it.
//
//   rx   the message that is being read; absent while the client has as many requests under way as it may, so that the
//        socket is not read: the client is slowed down by its own backlog
//   dx   complete calls that no worker has taken yet, oldest first
//   tx   replies that are not written yet, and events that the client asked to be told of, oldest first
//
//   state   | what it means                                            | next
//   shaking | its transport's handshake is under way: no calls yet     | open, closed
//   open    | the loop reads and writes its transport                  | closed, by the loop: end of file, error, shutdown
//   closed  | no I/O, no watch; calls in flight still have references  | freed, by the loop, when refs() is 0
//
// An end of file is the end, also where a client has only said that it will send no more (shutdown(2)): what it still waits
// for is dropped. libvirt's daemon does the same.
//
// Everything but the constants is guarded by the client's lock. Workers take jobs and queue replies; the transport is for
// the loop thread only (R7).
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/daemon/dispatcher.h"
#include "core/daemon/job.h"
#include "core/daemon/locks.h"
#include "core/daemon/tx_queue.h"
#include "core/loop/event_loop.h"
#include "core/rpc/message.h"
#include "core/rpc/transport.h"
#include "core/trace/registry.h"

namespace lockscope::daemon {

class Client {
 public:
  Client(std::string name, std::unique_ptr<rpc::Transport> transport, int max_requests);
  virtual ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Constant; the number from when the server has it in its list, where numbers count up.
  uint64_t number() const { return number_; }
  void set_number(uint64_t number) { number_ = number; }
  const std::string& name() const { return name_; }
  ObjectId id() const { return object_.id(); }
  Handle handle() const { return transport_->handle(); }
  std::string_view address() const { return transport_->peer_address(); }
  // R1: a client's lock is reached through the server lock, and never with another client's held.
  ClientMutex& mu() LS_REQUIRES(sync::server_held, !sync::client_held, !sync::loop_held) { return mu_; }

  // The loop's side. kMore: all is well; kEnd: the connection is of no more use.
  enum class IoOutcome { kMore, kEnd };
  // Goes on with the handshake, if it is not done. Before anything else; the watched events say what it waits for.
  IoOutcome Handshake() LS_REQUIRES(sync::on_loop_thread, sync::client_held);
  bool shaking() const LS_REQUIRES(sync::client_held) { return handshake_ != rpc::HandshakeStep::kDone; }
  std::string_view handshake_failure() const LS_REQUIRES(sync::on_loop_thread, sync::client_held) {
    return transport_->failure();
  }
  // Reads what is there, at most to the end of one message, which is then in `complete`; and of a long one only a part, as
  // others want to be read, too.
  IoOutcome Read(std::optional<rpc::Message>& complete) LS_REQUIRES(sync::on_loop_thread, sync::client_held);
  // Writes what the transport takes. Each reply that is written lowers the number of requests, and brings rx back.
  IoOutcome Write() LS_REQUIRES(sync::on_loop_thread, sync::client_held);
  // Drops the jobs that no worker has taken, recording `reason` for each.
  void DropJobs(trace::EventKind reason) LS_REQUIRES(sync::on_loop_thread, sync::client_held);
  // The same, and closes the transport.
  void Close(trace::EventKind reason) LS_REQUIRES(sync::on_loop_thread, sync::client_held);

  bool reading() const LS_REQUIRES(sync::client_held) { return rx_.has_value(); }
  bool writing() const LS_REQUIRES(sync::client_held) { return !tx_.empty(); }
  // It is to be read although its handle may not be readable.
  bool has_buffered_input() const LS_REQUIRES(sync::client_held) { return rx_.has_value() && input_buffered_; }
  // What the loop has to watch the handle for, derived from the handshake, or from rx and tx.
  uint32_t WatchedEvents() const LS_REQUIRES(sync::client_held);
  loop::WatchId watch() const LS_REQUIRES(sync::client_held) { return watch_; }
  void set_watch(loop::WatchId watch) LS_REQUIRES(sync::client_held) { watch_ = watch; }

  // Who works for this client without its lock holds a reference: the loop does not free it meanwhile.
  void AddReference() LS_REQUIRES(sync::client_held) { ++refs_; }
  void DropReference() LS_REQUIRES(sync::client_held) { --refs_; }
  int refs() const LS_REQUIRES(sync::client_held) { return refs_; }

  // Jobs.
  void QueueJob(Job job) LS_REQUIRES(sync::client_held);
  bool has_job() const LS_REQUIRES(sync::client_held) { return !dx_.empty(); }
  virtual Job TakeJob() LS_REQUIRES(sync::client_held);
  // Its reply goes to tx; dropped where the client is closed.
  void FinishJob(Job job) LS_REQUIRES(sync::client_held);
  // A message that gets no reply (it was no call); or this one, though it never became a job.
  void ReleaseUnanswered() LS_REQUIRES(sync::client_held);
  void QueueAnswer(rpc::Message message) LS_REQUIRES(sync::client_held);

  // Events. Whether it wants to be told of this one.
  bool Wants(const DomainEvent& event) const LS_REQUIRES(sync::client_held);
  // Puts it on tx, once for each of its subscriptions that wants it. False: with it there would be more than `max_bytes`
  // of events, as the client does not read; it is told no more, and the loop is to disconnect it. (Replies are bounded by
  // the number of requests.)
  bool QueueEvent(const DomainEvent& event, uint32_t job, size_t max_bytes) LS_REQUIRES(sync::client_held);

  // The connection ends when tx is empty, and is read no more: the client has said good-bye, or the daemon does.
  void CloseAfterReplies() LS_REQUIRES(sync::client_held);
  // It is one too many: its first call gets a refusal.
  void TurnAway() LS_REQUIRES(sync::client_held) { turned_away_ = true; }
  bool turned_away() const LS_REQUIRES(sync::client_held) { return turned_away_; }
  bool closed() const LS_REQUIRES(sync::client_held) { return closed_; }
  int requests() const LS_REQUIRES(sync::client_held) { return requests_; }
  ConnectionState& connection() LS_REQUIRES(sync::client_held) { return connection_; }

 protected:
  // Whether the next message may be read. The step in which clients differ (core/daemon/parts.h).
  virtual bool MayReadOn() const LS_REQUIRES(sync::client_held);

  const int max_requests_;                             // Constant.
  int requests_ LS_GUARDED_BY(sync::client_held) = 0;  // Read and not yet answered: in dx, with a worker, or in tx.

 private:
  // Constant after construction, or from the beginning of its life in the server's list.
  const std::string name_;
  uint64_t number_ = 0;
  const trace::RegisteredObject object_;
  // Constant, but what it points to is the loop's.
  const std::unique_ptr<rpc::Transport> transport_;

  ClientMutex mu_;
  std::optional<rpc::Message> rx_ LS_GUARDED_BY(sync::client_held);
  std::deque<Job> dx_ LS_GUARDED_BY(sync::client_held);
  TxQueue tx_ LS_GUARDED_BY(sync::client_held);
  int refs_ LS_GUARDED_BY(sync::client_held) = 0;  // Workers that have a job of it.
  loop::WatchId watch_ LS_GUARDED_BY(sync::client_held) = 0;
  ConnectionState connection_ LS_GUARDED_BY(sync::client_held);
  rpc::HandshakeStep handshake_ LS_GUARDED_BY(sync::client_held) = rpc::HandshakeStep::kDone;
  bool input_buffered_ LS_GUARDED_BY(sync::client_held) = false;  // The transport's word, as of the last Read.
  bool close_when_written_ LS_GUARDED_BY(sync::client_held) = false;
  bool turned_away_ LS_GUARDED_BY(sync::client_held) = false;
  bool closed_ LS_GUARDED_BY(sync::client_held) = false;
};

}  // namespace lockscope::daemon
