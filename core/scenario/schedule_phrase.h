// The language of a scripted schedule: what a step's `until` waits for ("holds client alice", "ends domain_list"), and the
// names of locks, as scenarios write them.
//
// Words to values and back, nothing else: whether there is a client alice is asked by scenario_checks.h, whether the moment
// has come by the controlled run. Pure functions; any thread. Errors say what was found, what is allowed and the nearest
// known word, without the place in the file.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/trace/event.h"

namespace lockscope::scenario {

// What the `until` of a step waits for, in words of the field: VERB [OBJECT].
struct Until {
  enum class What : uint8_t { kEvent, kBlocked, kWaiting, kStopped, kSpurious };

  What what = What::kEvent;  // kBlocked: the thread waits for a lock, a condition, or the end of another.
                             // kWaiting: it waits on a condition.
  // kStopped: it cannot go on for now, for whatever reason: a lock, a poll, a sleep.
  // kSpurious: its wait on a condition ends though nobody signalled it: the script makes it so.
  trace::EventKind kind{};  // kEvent: the thread has recorded one of these.
  std::string lock_class;   // Of the lock: "server", "client", "loop", "driver"; or "": any lock, or none is meant.
  std::string name;         // A call's, client's or thread's name; "": any.

  bool operator==(const Until&) const = default;
};

// What may follow a verb.
enum class UntilObject : uint8_t { kNothing, kLock, kCall, kClient, kThread };

// One row of the language, for reading, for the manual and for the schema. "ends" has two: of a thread, and of a call.
struct UntilVerb {
  std::string_view verb;  // "shakes hands with".
  UntilObject object;
  bool needs_object;  // Else the verb alone means "any".
  Until::What what;
  trace::EventKind kind;
  std::string_view meaning;  // For people, beginning with what the thread does: "has the lock".
};
std::span<const UntilVerb> AllUntilVerbs();
std::vector<std::string> UntilVerbs();  // The verbs alone, each once.

Result<Until> ParseUntil(std::string_view phrase);
std::string UntilPhrase(const Until& until);  // The inverse.

// "server", "loop", "driver", "client alice", "client" (any client's).
struct LockPhrase {
  std::string lock_class;
  std::string client;  // For the class "client": whose; "": any.
  bool operator==(const LockPhrase&) const = default;
};
Result<LockPhrase> ParseLock(std::string_view phrase);
std::string LockText(const LockPhrase& lock);

// The calls that a client program puts on the wire: those of its script, and those that begin and end a connection.
std::vector<std::string> WireCalls();

}  // namespace lockscope::scenario
