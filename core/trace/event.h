// Event: one fact, in 16 bytes. What happened, when, to what, where in the source; which thread is said by the log
// that the event stands in.
//
//   word 0:  63 … 12 ticks since the recording's zero (52 bits: 17 days at 3 GHz)   11 … 0 call site
//   word 1:  63 … 32 argument                  31 … 8 object                         7 … 0 kind
//
// An event is complete once its word 1 is not zero: the recorder writes that word last (no kind is 0).
// Plain data: any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/ids.h"

namespace lockscope::trace {

enum class EventKind : uint8_t {
#define LS_EVENT(number, name, json_name, object, arg, words) k##name = (number),
#include "core/trace/event_kinds.def"
#undef LS_EVENT
};

// What an ObjectId names.
enum class ObjectType : uint8_t {
  kNone = 0,
  kThread = 1,
  kMutex = 2,
  kCondition = 3,
  kClient = 4,
  kLoop = 5,
  kWatch = 6,
  kTimer = 7,
  kProcedure = 8,
  kCaption = 9,    // Its name is the text.
  kQuestion = 10,  // Likewise.
  kAnswer = 11,    // Likewise.
  kReason = 12,    // Why a client was turned away: its name is the text.
  kAny = 255,      // Only in the table of kinds.
};

// What the argument of an event is.
enum class ArgType : uint8_t { kNone, kObject, kSequence, kCount, kJob, kSerial, kRole, kIoEvents, kRuleAndObject };

// What a thread is for. Stored as the argument of thread_role: append only.
enum class Role : uint8_t { kNone = 0, kLeader = 1, kEventLoop = 2, kWorker = 3, kClientProgram = 4 };

// Not what a thread did, but a scenario's words about it.
constexpr bool IsWords(EventKind kind) { return kind == EventKind::kCaptionShown || kind == EventKind::kQuestionAsked; }

// Bits of an ArgType::kIoEvents argument.
inline constexpr uint32_t kIoReadable = 1;
inline constexpr uint32_t kIoWritable = 2;
inline constexpr uint32_t kIoHangup = 4;

class Event {
 public:
  static constexpr int kSiteBits = 12;
  static constexpr uint64_t kTickMask = (uint64_t{1} << 52) - 1;

  constexpr Event() = default;
  constexpr Event(uint64_t word0, uint64_t word1) : word0_(word0), word1_(word1) {}

  static constexpr uint64_t PackWord0(uint64_t ticks, SiteId site) { return ticks << kSiteBits | (site & kMaxSiteId); }
  static constexpr uint64_t PackWord1(EventKind kind, ObjectId object, uint32_t arg) {
    return uint64_t{arg} << 32 | uint64_t{object & kMaxObjectId} << 8 | static_cast<uint64_t>(kind);
  }
  static constexpr Event Make(uint64_t ticks, EventKind kind, ObjectId object, uint32_t arg, SiteId site) {
    return {PackWord0(ticks, site), PackWord1(kind, object, arg)};
  }

  constexpr uint64_t ticks() const { return word0_ >> kSiteBits; }
  constexpr SiteId site() const { return static_cast<SiteId>(word0_ & kMaxSiteId); }
  constexpr EventKind kind() const { return static_cast<EventKind>(word1_ & 0xff); }
  constexpr ObjectId object() const { return static_cast<ObjectId>(word1_ >> 8 & kMaxObjectId); }
  constexpr uint32_t arg() const { return static_cast<uint32_t>(word1_ >> 32); }

  constexpr uint64_t word0() const { return word0_; }
  constexpr uint64_t word1() const { return word1_; }
  constexpr bool complete() const { return word1_ != 0; }
  friend constexpr bool operator==(const Event&, const Event&) = default;

 private:
  uint64_t word0_ = 0;
  uint64_t word1_ = 0;
};
static_assert(sizeof(Event) == 16);

// One row of event_kinds.def.
struct KindInfo {
  EventKind kind;
  std::string_view name;  // "lock_acquired": the name in JSON and in the file's table of kinds.
  ObjectType object;
  ArgType arg;
  std::string_view words;  // "acquires": a verb for the thread, followed by the object's name.
};

// Null for a number that is no kind.
const KindInfo* FindKind(EventKind kind);
const KindInfo* FindKind(std::string_view name);
// All kinds, in order of their numbers.
struct KindRange {
  const KindInfo* first;
  const KindInfo* last;
  const KindInfo* begin() const { return first; }
  const KindInfo* end() const { return last; }
};
KindRange AllKinds();

// "thread", "mutex" …: the names in files. Empty for a number that is no type.
std::string_view ObjectTypeName(ObjectType type);
ObjectType ObjectTypeFromName(std::string_view name);  // kNone where there is no such name.
// "leader", "event loop", "worker", "client program", "" for kNone.
std::string_view RoleName(Role role);

// The argument of rule_broken.
constexpr uint32_t PackRuleAndObject(int rule, ObjectId object) {
  return static_cast<uint32_t>(rule) << 24 | (object & kMaxObjectId);
}
constexpr int RuleOf(uint32_t arg) { return static_cast<int>(arg >> 24); }
constexpr ObjectId ObjectOfRule(uint32_t arg) { return arg & kMaxObjectId; }

}  // namespace lockscope::trace
