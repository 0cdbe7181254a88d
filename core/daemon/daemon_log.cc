#include "core/daemon/daemon_log.h"

#include <fmt/format.h>

#include "core/daemon/client.h"
#include "core/sync/thread_state.h"

namespace lockscope::daemon {

void DaemonLog::Refuse(const Client& client, std::string_view reason) {
  auto known = reasons_.find(reason);
  if (known == reasons_.end()) {
    auto object = std::make_unique<trace::RegisteredObject>(trace::ObjectType::kReason, std::string(reason));
    known = reasons_.emplace(reason, std::move(object)).first;
  }
  sync::RecordEvent(trace::EventKind::kClientRefused, client.id(), known->second->id());
  Add(client, fmt::format("is turned away: {}", reason));
}

void DaemonLog::Add(const Client& client, std::string_view what) {
  const std::string from = client.address().empty() ? "" : fmt::format(" ({})", client.address());
  Add(fmt::format("{}{} {}", client.name(), from, what));
}

void DaemonLog::Tell() {
  for (const std::string& line : lines_) print_(line);
  lines_.clear();
}

}  // namespace lockscope::daemon
