#include "core/scenario/schedule_phrase.h"

#include <algorithm>

#include "core/rpc/unix_socket.h"
#include "core/scenario/known_calls.h"

namespace lockscope::scenario {
namespace {

using trace::EventKind;
constexpr auto kEvent = Until::What::kEvent;
constexpr auto kBlocked = Until::What::kBlocked;

constexpr UntilVerb kVerbs[] = {
    {"blocked", UntilObject::kNothing, false, kBlocked, EventKind{},
     "waits for a lock, a condition or the end of a thread"},
    {"stops", UntilObject::kNothing, false, Until::What::kStopped, EventKind{},
     "cannot go on for now, whatever it waits for: also for something to read, or for a driver call to end"},
    {"wants", UntilObject::kLock, false, kEvent, EventKind::kLockRequested, "has to wait for the lock"},
    {"holds", UntilObject::kLock, false, kEvent, EventKind::kLockAcquired, "has the lock"},
    {"releases", UntilObject::kLock, false, kEvent, EventKind::kLockReleased, "has let the lock go"},
    {"waits", UntilObject::kNothing, false, Until::What::kWaiting, EventKind{}, "waits on a condition"},
    {"wakes", UntilObject::kNothing, false, kEvent, EventKind::kWaitEnded, "has stopped waiting on a condition"},
    {"wakes for no reason", UntilObject::kNothing, false, Until::What::kSpurious, EventKind{},
     "stops waiting on a condition though nobody signalled it"},
    {"signals", UntilObject::kNothing, false, kEvent, EventKind::kConditionSignalled, "has signalled a condition"},
    {"broadcasts", UntilObject::kNothing, false, kEvent, EventKind::kConditionBroadcast,
     "has broadcast to a condition"},
    {"polls", UntilObject::kNothing, false, kEvent, EventKind::kPollEntered, "goes to sleep in poll"},
    {"returns from poll", UntilObject::kNothing, false, kEvent, EventKind::kPollReturned, "is back from poll"},
    {"accepts", UntilObject::kClient, false, kEvent, EventKind::kClientAccepted, "has accepted the client"},
    {"shakes hands with", UntilObject::kClient, true, kEvent, EventKind::kHandshakeEnded,
     "has finished the client's handshake"},
    {"closes", UntilObject::kClient, false, kEvent, EventKind::kClientClosed, "has closed the client's connection"},
    {"frees", UntilObject::kClient, false, kEvent, EventKind::kClientFreed, "has freed the client"},
    {"reads", UntilObject::kCall, false, kEvent, EventKind::kPacketRead, "has read a whole call from a socket"},
    {"queues", UntilObject::kCall, false, kEvent, EventKind::kJobQueued, "has put the call on a dx queue"},
    {"takes", UntilObject::kCall, false, kEvent, EventKind::kJobTaken, "has taken the call from a dx queue"},
    {"begins", UntilObject::kCall, false, kEvent, EventKind::kCallBegan, "begins the driver call"},
    {"ends", UntilObject::kCall, true, kEvent, EventKind::kCallEnded, "has made the driver call"},
    {"replies", UntilObject::kCall, false, kEvent, EventKind::kReplyQueued, "has put the reply on a tx queue"},
    {"writes", UntilObject::kCall, false, kEvent, EventKind::kReplyWritten, "has written the whole reply to a socket"},
    {"tells", UntilObject::kClient, false, kEvent, EventKind::kEventQueued,
     "has put an event on the client's tx queue"},
    {"delivers to", UntilObject::kClient, false, kEvent, EventKind::kEventWritten,
     "has written a whole event to the client's socket"},
    {"hears", UntilObject::kNothing, false, kEvent, EventKind::kEventReceived, "(a client) has been told of an event"},
    {"sends", UntilObject::kCall, false, kEvent, EventKind::kCallSent, "(a client) has sent the call"},
    {"receives", UntilObject::kCall, false, kEvent, EventKind::kReplyReceived, "(a client) has the reply"},
    {"joins", UntilObject::kThread, false, kEvent, EventKind::kJoinBegan, "waits for the end of the thread"},
    {"shuts down", UntilObject::kNothing, false, kEvent, EventKind::kShutdownBegan,
     "(the loop) takes and reads no more calls"},
    {"awaits last replies", UntilObject::kNothing, false, kEvent, EventKind::kLastRepliesAwaited,
     "(the loop) gives clients a moment to read what they have been answered"},
    {"starts", UntilObject::kNothing, false, kEvent, EventKind::kThreadStarted, "has begun"},
    {"ends", UntilObject::kNothing, false, kEvent, EventKind::kThreadEnded, "is at its end"},
};

constexpr std::string_view kClientClass = "client";
constexpr std::string_view kSingleLocks[] = {"server", "loop", "driver"};

// "holds", "holds client" of "holds client alice".
std::string_view FirstWords(std::string_view phrase, size_t words) {
  size_t end = 0;
  for (; words > 0 && end != std::string_view::npos; --words) end = phrase.find(' ', end == 0 ? 0 : end + 1);
  return phrase.substr(0, end);
}

// The verb that a phrase without a known one was most likely meant to begin with; or "".
std::string NearestVerb(std::string_view phrase) {
  for (size_t words = 4; words > 0; --words) {
    std::vector<std::string> verbs;
    for (const std::string& verb : UntilVerbs()) {
      if (static_cast<size_t>(std::ranges::count(verb, ' ')) + 1 == words) verbs.push_back(verb);
    }
    if (std::string nearest = NearestName(FirstWords(phrase, words), verbs); !nearest.empty()) return nearest;
  }
  return "";
}

tl::unexpected<Error> UnknownVerb(std::string_view phrase) {
  const std::string nearest = NearestVerb(phrase);
  if (nearest.empty()) {
    return Fail("'{}' begins with no known verb; known are {}", phrase, fmt::join(UntilVerbs(), ", "));
  }
  return Fail("'{}' begins with no known verb; did you mean '{}'?", phrase, nearest);
}

Result<void> ReadObject(const UntilVerb& verb, std::string_view object, Until& out) {
  switch (verb.object) {
    case UntilObject::kNothing:
      return Fail("'{}' stands alone; nothing was expected after it, not '{}'", verb.verb, object);
    case UntilObject::kLock: {
      const Result<LockPhrase> lock = ParseLock(object);
      if (!lock) return Fail("'{}': {}", verb.verb, lock.error().message);
      out.lock_class = lock->lock_class;
      out.name = lock->client;
      return {};
    }
    case UntilObject::kCall: {
      const std::vector<std::string> calls = WireCalls();
      if (std::ranges::find(calls, object) == calls.end()) {
        const std::string nearest = NearestName(object, calls);
        if (nearest.empty())
          return Fail("'{}': unknown call '{}'; known are {}", verb.verb, object, fmt::join(calls, ", "));
        return Fail("'{}': unknown call '{}'; did you mean '{}'?", verb.verb, object, nearest);
      }
      break;
    }
    case UntilObject::kClient:
    case UntilObject::kThread:
      if (!rpc::IsPeerName(object)) {
        return Fail("'{}' is followed by one name; '{}' was found", verb.verb, object);
      }
      break;
  }
  out.name = object;
  return {};
}

}  // namespace

std::span<const UntilVerb> AllUntilVerbs() { return kVerbs; }

std::vector<std::string> UntilVerbs() {
  std::vector<std::string> verbs;
  for (const UntilVerb& row : kVerbs) {
    if (std::ranges::find(verbs, row.verb) == verbs.end()) verbs.emplace_back(row.verb);
  }
  return verbs;
}

Result<Until> ParseUntil(std::string_view phrase) {
  const UntilVerb* other_form = nullptr;  // The verb is known, but not with (or not without) an object.
  for (const UntilVerb& row : kVerbs) {
    if (!phrase.starts_with(row.verb)) continue;
    const std::string_view rest = phrase.substr(row.verb.size());
    if (!rest.empty() && rest[0] != ' ') continue;
    Until until{row.what, row.kind, "", ""};
    const bool fits = rest.empty() ? !row.needs_object : row.object != UntilObject::kNothing;
    if (!fits) {
      other_form = &row;
      continue;
    }
    if (rest.empty()) return until;
    if (Result<void> read = ReadObject(row, rest.substr(1), until); !read) return tl::make_unexpected(read.error());
    return until;
  }
  if (other_form == nullptr) return UnknownVerb(phrase);
  const std::string_view rest = phrase.substr(other_form->verb.size());
  if (rest.empty()) return Fail("'{}' says not what; a name was expected after it", phrase);
  return Fail("'{}' stands alone; nothing was expected after it, not '{}'", other_form->verb, rest.substr(1));
}

std::string UntilPhrase(const Until& until) {
  const LockPhrase lock{until.lock_class, until.name};
  const std::string object = until.lock_class.empty() ? until.name : LockText(lock);
  for (const UntilVerb& row : kVerbs) {
    if (row.what != until.what || row.kind != until.kind) continue;
    return object.empty() ? std::string(row.verb) : fmt::format("{} {}", row.verb, object);
  }
  return "";  // An event that no verb speaks of.
}

Result<LockPhrase> ParseLock(std::string_view phrase) {
  if (std::ranges::find(kSingleLocks, phrase) != std::end(kSingleLocks)) return LockPhrase{std::string(phrase), ""};
  if (phrase == kClientClass) return LockPhrase{std::string(phrase), ""};
  const std::string_view word = FirstWords(phrase, 1);
  if (word == kClientClass && rpc::IsPeerName(phrase.substr(word.size() + 1))) {
    return LockPhrase{std::string(word), std::string(phrase.substr(word.size() + 1))};
  }
  std::string nearest = NearestName(word, {"server", "loop", "driver", "client"});
  if (nearest == kClientClass && phrase.size() > word.size()) nearest += phrase.substr(word.size());
  if (nearest.empty() || nearest == phrase) {
    return Fail("unknown lock '{}'; known are server, loop, driver, client NAME", phrase);
  }
  return Fail("unknown lock '{}'; did you mean '{}'?", phrase, nearest);
}

std::string LockText(const LockPhrase& lock) {
  return lock.client.empty() ? lock.lock_class : fmt::format("{} {}", lock.lock_class, lock.client);
}

std::vector<std::string> WireCalls() {
  std::vector<std::string> calls = {"auth_list", "connect_open"};
  for (const KnownCall& call : KnownCalls()) calls.emplace_back(call.name);
  calls.emplace_back("connect_close");
  return calls;
}

}  // namespace lockscope::scenario
