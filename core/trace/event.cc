#include "core/trace/event.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace lockscope::trace {
namespace {

constexpr KindInfo kKinds[] = {
#define LS_EVENT(number, name, json_name, object, arg, words) \
  {EventKind::k##name, #json_name, ObjectType::k##object, ArgType::k##arg, words},
#include "core/trace/event_kinds.def"
#undef LS_EVENT
};

constexpr std::array<const KindInfo*, 256> MakeIndex() {
  std::array<const KindInfo*, 256> index{};
  for (const KindInfo& kind : kKinds) index[static_cast<uint8_t>(kind.kind)] = &kind;
  return index;
}
constexpr std::array<const KindInfo*, 256> kByNumber = MakeIndex();

constexpr std::string_view kTypeNames[] = {"",      "thread",    "mutex",   "condition", "client", "loop",  "watch",
                                           "timer", "procedure", "caption", "question",  "answer", "reason"};
constexpr std::string_view kRoleNames[] = {"", "leader", "event loop", "worker", "client program"};

}  // namespace

const KindInfo* FindKind(EventKind kind) { return kByNumber[static_cast<uint8_t>(kind)]; }

const KindInfo* FindKind(std::string_view name) {
  const auto found =
      std::find_if(std::begin(kKinds), std::end(kKinds), [&](const KindInfo& k) { return k.name == name; });
  return found == std::end(kKinds) ? nullptr : found;
}

KindRange AllKinds() { return {std::begin(kKinds), std::end(kKinds)}; }

std::string_view ObjectTypeName(ObjectType type) {
  const auto index = static_cast<size_t>(type);
  return index < std::size(kTypeNames) ? kTypeNames[index] : std::string_view();
}

ObjectType ObjectTypeFromName(std::string_view name) {
  for (size_t i = 1; i < std::size(kTypeNames); ++i) {
    if (kTypeNames[i] == name) return static_cast<ObjectType>(i);
  }
  return ObjectType::kNone;
}

std::string_view RoleName(Role role) {
  const auto index = static_cast<size_t>(role);
  return index < std::size(kRoleNames) ? kRoleNames[index] : std::string_view();
}

}  // namespace lockscope::trace
