#include "core/analysis/phrases.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/analysis/explain.h"

namespace lockscope::analysis {

using trace::Event;
using trace::EventKind;
using trace::ObjectType;
using trace::Role;
using trace::Trace;

namespace {

// A thread takes its role when it starts; looking further would make each phrase cost a walk through the log.
constexpr size_t kRoleWithin = 16;

Role FirstRole(const Trace& trace, size_t thread_index) {
  const std::span<const uint32_t> steps = trace.StepsOf(thread_index);
  for (size_t i = 0; i < std::min(steps.size(), kRoleWithin); ++i) {
    const Event& event = trace.event(steps[i]);
    if (event.kind() == EventKind::kThreadRole && event.arg() <= static_cast<uint32_t>(Role::kClientProgram)) {
      return static_cast<Role>(event.arg());
    }
  }
  return Role::kNone;
}

// True for a leader or an event loop that is the only one: then the role says more than the name.
bool HasRoleOfItsOwn(const Trace& trace, ObjectId thread, Role* role) {
  const std::span<const ObjectId> threads = trace.threads();
  const auto found = std::lower_bound(threads.begin(), threads.end(), thread);
  if (found == threads.end() || *found != thread) return false;
  const size_t index = static_cast<size_t>(found - threads.begin());
  *role = FirstRole(trace, index);
  if (*role != Role::kLeader && *role != Role::kEventLoop) return false;
  for (size_t other = 0; other < threads.size(); ++other) {
    if (other != index && FirstRole(trace, other) == *role) return false;
  }
  return true;
}

}  // namespace

std::string ThreadName(const Trace& trace, ObjectId thread) {
  Role role = Role::kNone;
  if (HasRoleOfItsOwn(trace, thread, &role)) return std::string(trace::RoleName(role));
  return ObjectPhrase(trace, thread);
}

std::string ThreadPhrase(const Trace& trace, ObjectId thread) {
  Role role = Role::kNone;
  if (HasRoleOfItsOwn(trace, thread, &role)) return fmt::format("the {}", trace::RoleName(role));
  return ObjectPhrase(trace, thread);
}

std::string LockPhrase(const Trace& trace, ObjectId lock) {
  const trace::Object& object = trace.object(lock);
  if (object.lock_class == kServerClass) return "the server lock";
  if (object.lock_class == kLoopClass) return "the event-loop lock";
  if (object.lock_class == kClientClass) {
    const std::string_view client = trace.Name(object.parent);
    if (!client.empty()) return fmt::format("{}'s lock", client);
    if (!object.name.empty()) return fmt::format("{}'s lock", object.name);
  }
  return object.name.empty() ? "a nameless lock" : fmt::format("lock {}", object.name);
}

std::string WatchPhrase(const Trace& trace, ObjectId watch) {
  const trace::Object& object = trace.object(watch);
  const trace::Object& parent = trace.object(object.parent);
  if (parent.type == ObjectType::kClient && !parent.name.empty()) return fmt::format("{}'s watch", parent.name);
  return ObjectPhrase(trace, watch);
}

std::string ObjectPhrase(const Trace& trace, ObjectId object) {
  const trace::Object& found = trace.object(object);
  if (!found.name.empty()) return found.name;
  const std::string_view type = trace::ObjectTypeName(found.type);
  return type.empty() ? "something unknown" : fmt::format("a nameless {}", type);
}

std::string TakenAt(const Trace& trace, size_t step) {
  if (trace.site(trace.event(step).site()).file.empty()) return "";
  return fmt::format(" (taken at {})", trace.Place(step));
}

std::string AtStart(std::string phrase) {
  for (const std::string_view article : {"the ", "a ", "something ", "nobody "}) {
    if (phrase.starts_with(article)) phrase[0] = static_cast<char>(phrase[0] - 'a' + 'A');
  }
  return phrase;
}

std::string Listing(const std::vector<std::string>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " and " : ", ";
    text += words[i];
  }
  return text;
}

std::string Counted(uint64_t count, std::string_view thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

}  // namespace lockscope::analysis
