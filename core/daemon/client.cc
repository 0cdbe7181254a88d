#include "core/daemon/client.h"

#include <algorithm>

#include "core/base/check.h"
#include "core/daemon/event_message.h"
#include "core/sync/thread_state.h"

namespace lockscope::daemon {

using rpc::HandshakeStep;
using rpc::IoResult;
using rpc::IoStatus;
using trace::EventKind;

namespace {

constexpr size_t kMostBytesAtOnce = 256 << 10;

uint32_t PacketBytes(const rpc::Message& message) {
  return static_cast<uint32_t>(rpc::kMinMessageBytes + message.payload().size());
}

}  // namespace

Client::Client(std::string name, std::unique_ptr<rpc::Transport> transport, int max_requests)
    : max_requests_(max_requests),
      name_(std::move(name)),
      object_(trace::ObjectType::kClient, name_),
      transport_(std::move(transport)),
      mu_(name_, object_.id()),
      rx_(std::in_place) {}

Client::~Client() = default;

Client::IoOutcome Client::Handshake() {
  const bool was_shaking = shaking();
  handshake_ = transport_->Handshake();
  // A client that answers more quickly than this thread comes to read has it done in one go.
  const bool at_once = !was_shaking && !shaking() && transport_->encrypted();
  if ((!was_shaking && shaking()) || at_once) sync::RecordEvent(EventKind::kHandshakeBegan, id());
  if ((was_shaking && !shaking()) || at_once) sync::RecordEvent(EventKind::kHandshakeEnded, id());
  return handshake_ == HandshakeStep::kFailed ? IoOutcome::kEnd : IoOutcome::kMore;
}

Client::IoOutcome Client::Read(std::optional<rpc::Message>& complete) {
  size_t came = 0;
  while (rx_.has_value() && !complete.has_value() && came < kMostBytesAtOnce) {
    const IoResult result = transport_->Read(rx_->space());
    input_buffered_ = transport_->has_buffered_input();
    if (result.status == IoStatus::kWouldBlock) return IoOutcome::kMore;
    if (result.status != IoStatus::kOk) return IoOutcome::kEnd;
    came += result.bytes;
    const Result<bool> filled = rx_->Filled(result.bytes);
    if (!filled) return IoOutcome::kEnd;  // A length that no message has: where the next one begins is not known.
    if (!*filled) continue;
    complete = std::move(*rx_);
    rx_.reset();
    if (transport_->encrypted()) sync::RecordEvent(EventKind::kPacketDecrypted, id(), PacketBytes(*complete));
    ++requests_;
    if (!close_when_written_ && MayReadOn()) rx_.emplace();
  }
  return IoOutcome::kMore;
}

Client::IoOutcome Client::Write() {
  while (!tx_.empty()) {
    TxQueue::Item& first = tx_.front();
    const IoResult result = transport_->Write(first.message.unsent());
    if (result.status == IoStatus::kWouldBlock) return IoOutcome::kMore;
    if (result.status != IoStatus::kOk) return IoOutcome::kEnd;
    if (!first.message.Sent(result.bytes)) continue;
    if (first.kind == TxQueue::Kind::kReply) sync::RecordEvent(EventKind::kReplyWritten, id(), first.job);
    if (first.kind == TxQueue::Kind::kEvent) sync::RecordEvent(EventKind::kEventWritten, id(), first.job);
    const bool answers = first.kind != TxQueue::Kind::kEvent;  // Nobody asked for an event: no request is done with it.
    tx_.Pop();
    if (answers) ReleaseUnanswered();
  }
  return close_when_written_ ? IoOutcome::kEnd : IoOutcome::kMore;
}

void Client::ReleaseUnanswered() {
  LS_CHECK(requests_ > 0, "{} is answered more often than it asked", name_);
  --requests_;
  if (!rx_.has_value() && !closed_ && !close_when_written_ && MayReadOn()) rx_.emplace();
}

// Back-pressure: what is not read stays in the socket, and in the end with the client.
bool Client::MayReadOn() const { return requests_ < max_requests_; }

uint32_t Client::WatchedEvents() const {
  if (closed_) return 0;
  if (shaking()) return handshake_ == HandshakeStep::kWantsWrite ? loop::kIoWritable : loop::kIoReadable;
  // What is buffered makes no handle readable. But it is writable as good as always, and so the next turn comes at once.
  return (rx_.has_value() ? loop::kIoReadable : 0) | (tx_.empty() && !has_buffered_input() ? 0 : loop::kIoWritable);
}

void Client::CloseAfterReplies() {
  close_when_written_ = true;
  rx_.reset();
}

void Client::DropJobs(EventKind reason) {
  for (const Job& job : dx_) sync::RecordEvent(reason, id(), job.number);
  dx_.clear();
}

void Client::Close(EventKind reason) {
  if (closed_) return;
  closed_ = true;
  rx_.reset();
  DropJobs(reason);
  for (; !tx_.empty(); tx_.Pop()) {
    const TxQueue::Item& lost = tx_.front();
    if (lost.kind == TxQueue::Kind::kReply) sync::RecordEvent(EventKind::kReplyDropped, id(), lost.job);
    if (lost.kind == TxQueue::Kind::kEvent) sync::RecordEvent(EventKind::kEventDropped, id(), lost.job);
  }
  connection_.subscriptions.Clear();
  transport_->Close();
  sync::RecordEvent(EventKind::kClientClosed, id());
}

void Client::QueueJob(Job job) {
  sync::RecordEvent(EventKind::kJobQueued, id(), job.number);
  dx_.push_back(std::move(job));
}

Job Client::TakeJob() {
  LS_CHECK(!dx_.empty(), "a job is taken from {}, which has none", name_);
  Job job = std::move(dx_.front());
  dx_.pop_front();
  sync::RecordEvent(EventKind::kJobTaken, id(), job.number);
  return job;
}

void Client::FinishJob(Job job) {
  if (closed_) return sync::RecordEvent(EventKind::kReplyDropped, id(), job.number);
  sync::RecordEvent(EventKind::kReplyQueued, id(), job.number);
  tx_.Push({TxQueue::Kind::kReply, job.number, std::move(job.message)});
}

void Client::QueueAnswer(rpc::Message message) { tx_.Push({TxQueue::Kind::kAnswer, 0, std::move(message)}); }

// Who has said good-bye is told no more: its tx would not get empty.
bool Client::Wants(const DomainEvent& event) const {
  return !closed_ && !close_when_written_ && connection_.subscriptions.Want(event);
}

bool Client::QueueEvent(const DomainEvent& event, uint32_t job, size_t max_bytes) {
  for (const int32_t subscription : connection_.subscriptions.NumbersFor(event)) {
    rpc::Message message = EventMessage(subscription, event);
    const size_t bytes = message.unsent().size();
    if (tx_.event_bytes() + bytes > max_bytes) {
      sync::RecordEvent(EventKind::kEventDropped, id(), job);
      sync::RecordEvent(EventKind::kBacklogFull, id(),
                        static_cast<uint32_t>(std::min<size_t>(tx_.event_bytes(), UINT32_MAX)));
      connection_.subscriptions.Clear();
      return false;
    }
    sync::RecordEvent(EventKind::kEventQueued, id(), job);
    tx_.Push({TxQueue::Kind::kEvent, job, std::move(message), bytes});
  }
  return true;
}

}  // namespace lockscope::daemon
