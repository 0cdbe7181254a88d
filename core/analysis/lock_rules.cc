// The rules about locks held while something else is done: R1, R2, R3, R5.
#include <fmt/format.h>

#include "core/analysis/phrases.h"
#include "core/analysis/rule_checker.h"

namespace lockscope::analysis {
namespace {

using trace::Event;
using trace::EventKind;

// R1. A lock has one owner, so holding the server lock is the only way to a client that keeps two threads from meeting
// in the wrong order; the rank of the locks alone would not see a client reached without the server (a lost wake-up).
class ServerBeforeClient : public RuleChecker {
 public:
  ServerBeforeClient() : RuleChecker(1) {}
  bool needs_all_holds() const override { return true; }

  void OnEvent(const RuleView& view, size_t step, const Event& event) override {
    const size_t thread = view.trace.ThreadIndex(step);
    if (!view.has_server || !view.has_client || AttemptVerb(view, thread, event) == nullptr) return;
    const LockKind wanted = view.lock_kind[event.object()];
    if (wanted != LockKind::kServer && wanted != LockKind::kClient) return;
    CountOne();
    const int64_t client = view.FindHeld(thread, LockKind::kClient);
    const bool bypasses = wanted == LockKind::kClient && view.FindHeld(thread, LockKind::kServer) < 0;
    if (client < 0 && !bypasses) return;
    Break(view, step, event.object(),
          fmt::format("{} {} {}.", ThreadPhrase(view.trace, view.trace.thread(step)), EventWords(view, step, event),
                      client >= 0 ? "while it holds " + view.HoldPhrase(static_cast<uint32_t>(client))
                                  : "without holding the server lock"));
  }

  std::string WhyNot(const RuleView& view) const override {
    if (!view.has_server) return "the recording has no server lock";
    if (!view.has_client) return "the recording has no client lock";
    return "no server or client lock is acquired in it";
  }
};

// R2. The loop's own lock is taken by everybody, also under a client's lock: anything acquired or waited for under it
// would be an order of its own.
class LoopLockIsALeaf : public RuleChecker {
 public:
  LoopLockIsALeaf() : RuleChecker(2) {}
  bool needs_all_holds() const override { return true; }

  void OnEvent(const RuleView& view, size_t step, const Event& event) override {
    const size_t thread = view.trace.ThreadIndex(step);
    const bool attempt = AttemptVerb(view, thread, event) != nullptr;
    const bool sleeps_or_calls = event.kind() == EventKind::kCallbackBegan || event.kind() == EventKind::kPollEntered;
    if (event.kind() == EventKind::kLockAcquired && view.lock_kind[event.object()] == LockKind::kLoop) CountOne();
    if (!attempt && !sleeps_or_calls) return;
    const int64_t loop = view.FindHeld(thread, LockKind::kLoop);
    if (loop < 0) return;
    Break(view, step, event.object(),
          fmt::format("{} {} while it holds {}.", ThreadPhrase(view.trace, view.trace.thread(step)),
                      EventWords(view, step, event), view.HoldPhrase(static_cast<uint32_t>(loop))));
  }

  std::string WhyNot(const RuleView& view) const override {
    return view.has_loop ? "the event-loop lock is not acquired in it" : "the recording has no event-loop lock";
  }
};

// R3. Locks held when the call begins, and locks taken before it ends: either way the driver's time is everybody's.
class NoLockAcrossACall : public RuleChecker {
 public:
  NoLockAcrossACall() : RuleChecker(3) {}
  bool needs_all_holds() const override { return true; }

  void OnEvent(const RuleView& view, size_t step, const Event& event) override {
    const size_t thread = view.trace.ThreadIndex(step);
    in_call_.resize(view.trace.threads().size(), kNoObject);
    if (event.kind() == EventKind::kCallBegan) {
      if (!view.has_server && !view.has_client) return;
      CountOne();
      in_call_[thread] = event.object();
      std::vector<std::string> held;
      for (const uint32_t hold : view.held.Of(thread)) {
        if (IsForbidden(view.KindOf(hold))) held.push_back(view.HoldPhrase(hold));
      }
      if (held.empty()) return;
      Break(view, step, event.object(),
            fmt::format("{} makes the driver call {} while it holds {}.",
                        ThreadPhrase(view.trace, view.trace.thread(step)), ObjectPhrase(view.trace, event.object()),
                        Listing(held)));
    } else if (event.kind() == EventKind::kCallEnded) {
      in_call_[thread] = kNoObject;
    } else if (in_call_[thread] != kNoObject && IsForbidden(LockKindOf(view, event))) {
      if (AttemptVerb(view, thread, event) == nullptr) return;
      Break(view, step, in_call_[thread],
            fmt::format("{} {} inside the driver call {}.", ThreadPhrase(view.trace, view.trace.thread(step)),
                        EventWords(view, step, event), ObjectPhrase(view.trace, in_call_[thread])));
    }
  }

  std::string WhyNot(const RuleView& view) const override {
    return view.has_server || view.has_client ? "no driver call is made in the recording"
                                              : "the recording has neither a server lock nor a client lock";
  }

 private:
  static bool IsForbidden(LockKind kind) { return kind == LockKind::kServer || kind == LockKind::kClient; }
  static LockKind LockKindOf(const RuleView& view, const Event& event) { return view.lock_kind[event.object()]; }

  std::vector<ObjectId> in_call_;  // By thread index: the procedure.
};

// R5. A wait lets go of its own mutex only: whatever else is held stays locked for as long as the thread sleeps.
class WaitWithOwnMutexOnly : public RuleChecker {
 public:
  WaitWithOwnMutexOnly() : RuleChecker(5) {}
  bool needs_all_holds() const override { return true; }

  void OnEvent(const RuleView& view, size_t step, const Event& event) override {
    if (event.kind() != EventKind::kWaitBegan) return;
    CountOne();
    const size_t thread = view.trace.ThreadIndex(step);
    bool holds_own = false;
    std::vector<std::string> others;
    for (const uint32_t hold : view.held.Of(thread)) {
      if (view.timeline.holds()[hold].lock == event.arg()) {
        holds_own = true;
      } else {
        others.push_back(view.HoldPhrase(hold));
      }
    }
    if (holds_own && others.empty()) return;
    const std::string who = fmt::format("{} waits on {}", ThreadPhrase(view.trace, view.trace.thread(step)),
                                        ObjectPhrase(view.trace, event.object()));
    if (!others.empty()) {
      Break(view, step, event.object(), fmt::format("{} while it also holds {}.", who, Listing(others)));
    } else {
      Break(view, step, event.object(),
            fmt::format("{} without holding {}.", who, LockPhrase(view.trace, event.arg())));
    }
  }

  std::string WhyNot(const RuleView&) const override { return "nobody waits on a condition in the recording"; }
};

}  // namespace

std::unique_ptr<RuleChecker> MakeServerBeforeClient() { return std::make_unique<ServerBeforeClient>(); }
std::unique_ptr<RuleChecker> MakeLoopLockIsALeaf() { return std::make_unique<LoopLockIsALeaf>(); }
std::unique_ptr<RuleChecker> MakeNoLockAcrossACall() { return std::make_unique<NoLockAcrossACall>(); }
std::unique_ptr<RuleChecker> MakeWaitWithOwnMutexOnly() { return std::make_unique<WaitWithOwnMutexOnly>(); }

}  // namespace lockscope::analysis
