// Subscriptions: which events one connection wants to hear of, each under the number that its client knows it by.
//
// Part of a ConnectionState: guarded by the client's lock. It ends with the connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/daemon/domain_event.h"

namespace lockscope::daemon {

class Subscriptions {
 public:
  // The kinds of event that virsh knows, from 0 on. Drivers of ours report those of the first, the lifecycle's.
  static constexpr int32_t kKinds = 27;
  static constexpr int32_t kLifecycle = 0;
  // More than any program needs; without a bound a client could make each event cost the daemon as much as it likes.
  static constexpr size_t kMost = 1'000;

  // Events of that kind, of that domain or of all. The number is never used again on this connection. Nothing where there
  // are kMost already.
  std::optional<int32_t> Add(int32_t kind, std::optional<Uuid> domain);
  // False: there is none of that number.
  bool Remove(int32_t number);
  void Clear() { all_.clear(); }

  bool empty() const { return all_.empty(); }
  bool Want(const DomainEvent& event) const;
  // The numbers of those that want it, oldest first: the client is sent a message for each.
  std::vector<int32_t> NumbersFor(const DomainEvent& event) const;

 private:
  struct Subscription {
    int32_t number = 0;
    int32_t kind = kLifecycle;
    std::optional<Uuid> domain;

    bool Wants(const DomainEvent& event) const;
  };

  std::vector<Subscription> all_;
  int32_t next_number_ = 0;
};

}  // namespace lockscope::daemon
