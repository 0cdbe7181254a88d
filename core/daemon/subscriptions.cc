#include "core/daemon/subscriptions.h"

#include <algorithm>

namespace lockscope::daemon {

bool Subscriptions::Subscription::Wants(const DomainEvent& event) const {
  return kind == kLifecycle && (!domain.has_value() || *domain == event.domain.uuid);
}

std::optional<int32_t> Subscriptions::Add(int32_t kind, std::optional<Uuid> domain) {
  if (all_.size() >= kMost) return std::nullopt;
  all_.push_back({next_number_++, kind, domain});
  return all_.back().number;
}

bool Subscriptions::Remove(int32_t number) {
  return std::erase_if(all_, [number](const Subscription& one) { return one.number == number; }) > 0;
}

bool Subscriptions::Want(const DomainEvent& event) const {
  return std::ranges::any_of(all_, [&](const Subscription& one) { return one.Wants(event); });
}

std::vector<int32_t> Subscriptions::NumbersFor(const DomainEvent& event) const {
  std::vector<int32_t> numbers;
  for (const Subscription& one : all_) {
    if (one.Wants(event)) numbers.push_back(one.number);
  }
  return numbers;
}

}  // namespace lockscope::daemon
