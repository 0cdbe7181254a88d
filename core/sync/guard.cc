#include "core/sync/guard.h"

#include <fmt/format.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "core/base/check.h"
#include "core/sync/mutex.h"

namespace lockscope::sync {
namespace {

std::atomic<GuardPolicy> policy{GuardPolicy::kAbort};
std::atomic<uint64_t> breaches{0};

bool IsOff() { return policy.load(std::memory_order_relaxed) == GuardPolicy::kOff; }

// "the client lock 'alice'".
std::string Phrase(const Mutex& mutex) {
  return fmt::format("the {} lock '{}'", mutex.lock_class().name, mutex.name());
}

std::string PlaceOf(SiteId site) {
  const trace::Site place = trace::SiteWith(site);
  return place.Place();
}

std::string ThreadName(ObjectId thread) {
  const std::string name = trace::NameOfObject(thread);
  return name.empty() ? "a thread that has ended" : name;
}

// What is known of the other side: the thread that has the lock now, or had it last.
std::string OtherSide(const ThreadState& self, const Mutex& wanted) {
  const ObjectId holder = wanted.holder();
  if (holder == self.id()) return "";
  if (holder != kNoObject) {
    return fmt::format("; {} holds {} (taken at {})", ThreadName(holder), Phrase(wanted), PlaceOf(wanted.owner().site));
  }
  const ObjectId last = wanted.owner().thread;
  if (last == kNoObject) return fmt::format("; no thread has held {} yet", Phrase(wanted));
  return fmt::format("; {} held {} last (taken at {})", ThreadName(last), Phrase(wanted), PlaceOf(wanted.owner().site));
}

const char* RuleName(int rule) {
  static constexpr const char* kNames[] = {"the order of locks",  // Of a program that has its own classes of locks.
                                           "rule R1 server-before-client",
                                           "rule R2 loop-lock-is-a-leaf",
                                           "rule R3 no-lock-across-a-call",
                                           "rule R4 short-holds",
                                           "rule R5 wait-with-own-mutex-only",
                                           "rule R6 every-job-taken-once",
                                           "rule R7 only-the-loop-does-I/O",
                                           "rule R8 leader-only-waits"};
  return kNames[rule];
}

void Breach(ThreadState& self, int rule, ObjectId wanted, ObjectId held, SiteId site, const std::string& text) {
  self.Record(trace::EventKind::kRuleBroken, wanted, trace::PackRuleAndObject(rule, held), site);
  if (policy.load(std::memory_order_relaxed) == GuardPolicy::kAbort) {
    const std::string line = fmt::format("lockscope: {} is broken: {}\n", RuleName(rule), text);
    std::fwrite(line.data(), 1, line.size(), stderr);
    std::abort();
  }
  breaches.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

void SetGuardPolicy(GuardPolicy chosen) {
  policy.store(chosen, std::memory_order_relaxed);
  using namespace trace::internal;
  chosen == GuardPolicy::kOff ? StopWatching(kGuardOn) : StartWatching(kGuardOn);
}
GuardPolicy CurrentGuardPolicy() { return policy.load(std::memory_order_relaxed); }
uint64_t BreachCount() { return breaches.load(std::memory_order_relaxed); }

void CheckAcquisition(ThreadState& self, const Mutex& wanted, SiteId site) {
  if (IsOff()) return;
  const LockClass& wanted_class = wanted.lock_class();
  bool has_required = wanted_class.requires_held == nullptr;
  for (const HeldLock& held : self.held()) {
    const LockClass& held_class = held.mutex->lock_class();
    if (&held_class == wanted_class.requires_held) has_required = true;
    if (held_class.rank < wanted_class.rank) continue;
    const std::string text =
        fmt::format("{} asks for {} at {} while it holds {} (taken at {}){}", self.name(), Phrase(wanted),
                    PlaceOf(site), Phrase(*held.mutex), PlaceOf(held.site), OtherSide(self, wanted));
    Breach(self, held_class.rule, wanted.id(), held.mutex->id(), site, text);
    return;
  }
  if (has_required) return;
  const std::string text =
      fmt::format("{} asks for {} at {} without holding the {} lock{}", self.name(), Phrase(wanted), PlaceOf(site),
                  wanted_class.requires_held->name, OtherSide(self, wanted));
  Breach(self, wanted_class.rule, wanted.id(), kNoObject, site, text);
}

void CheckWait(ThreadState& self, const Mutex& own, SiteId site) {
  if (IsOff()) return;
  for (const HeldLock& held : self.held()) {
    if (held.mutex == &own) continue;
    const std::string text = fmt::format("{} waits at {} with {}, while it also holds {} (taken at {})", self.name(),
                                         PlaceOf(site), Phrase(own), Phrase(*held.mutex), PlaceOf(held.site));
    return Breach(self, 5, own.id(), held.mutex->id(), site, text);
  }
  LS_CHECK(!self.held().empty(), "{} waits with {}, which it does not hold", self.name(), own.name());
}

void CheckDriverCall(ObjectId procedure, std::string_view call, SourcePlace place) {
  if (IsOff()) return;
  ThreadState& self = ThreadState::Current();
  for (const HeldLock& held : self.held()) {
    const LockClass& held_class = held.mutex->lock_class();
    if (&held_class != &kServerLock && &held_class != &kClientLock) continue;
    const SiteId site = trace::SiteFor(place);
    const std::string text = fmt::format("{} makes the driver call {} at {} while it holds {} (taken at {})",
                                         self.name(), call, PlaceOf(site), Phrase(*held.mutex), PlaceOf(held.site));
    return Breach(self, 3, procedure, held.mutex->id(), site, text);
  }
}

void CheckRole(Role role, int rule, const char* action, SourcePlace place) {
  if (IsOff()) return;
  ThreadState& self = ThreadState::Current();
  if (self.role() == role || self.role() == Role::kNone) return;
  const SiteId site = trace::SiteFor(place);
  const std::string text =
      fmt::format("{} is a thread of the role {}, but at {} it {}: that is for the role {}", self.name(),
                  trace::RoleName(self.role()), PlaceOf(site), action, trace::RoleName(role));
  Breach(self, rule, kNoObject, kNoObject, site, text);
}

void AssertNothingHeld(SourcePlace place) {
  // What is going to be done with a lock held is a breach of its own, and recorded there.
  if (CurrentGuardPolicy() != GuardPolicy::kAbort) return;
  ThreadState& self = ThreadState::Current();
  if (self.held().empty()) return;
  const HeldLock& held = self.held().back();  // The leaf, if that is among them.
  const SiteId site = trace::SiteFor(place);
  const std::string text = fmt::format("{} comes to {}, where nothing may be held, while it holds {} (taken at {})",
                                       self.name(), PlaceOf(site), Phrase(*held.mutex), PlaceOf(held.site));
  Breach(self, held.mutex->lock_class().rule, kNoObject, held.mutex->id(), site, text);
}

}  // namespace lockscope::sync
