// TxQueue: what waits to be written to one client, oldest first: replies, answers to what was no job, and events. It keeps
// the size of the events, which is what can grow without the client asking for more. Guarded by the client's lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include "core/rpc/message.h"

namespace lockscope::daemon {

class TxQueue {
 public:
  enum class Kind {
    kReply,   // Of the job `job`.
    kAnswer,  // To a request that never became a job: a ping.
    kEvent,   // Caused by the job `job`; it answers nothing.
  };
  struct Item {
    Kind kind = Kind::kReply;
    uint32_t job = 0;
    rpc::Message message;
    size_t bytes = 0;  // Of an event.
  };

  bool empty() const { return items_.empty(); }
  Item& front() { return items_.front(); }
  void Push(Item item) {
    event_bytes_ += item.bytes;
    items_.push_back(std::move(item));
  }
  void Pop() {
    event_bytes_ -= items_.front().bytes;
    items_.pop_front();
  }
  size_t event_bytes() const { return event_bytes_; }

 private:
  std::deque<Item> items_;
  size_t event_bytes_ = 0;
};

}  // namespace lockscope::daemon
