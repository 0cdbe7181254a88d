// The rules about who may do what: R7, R8.
#include <fmt/format.h>

#include "core/analysis/describe_event.h"
#include "core/analysis/phrases.h"
#include "core/analysis/rule_checker.h"

namespace lockscope::analysis {
namespace {

using trace::Event;
using trace::EventKind;
using trace::Role;

// The roles that threads have come to along the walk.
class RolesSoFar {
 public:
  Role Of(const RuleView& view, size_t step, const Event& event) {
    roles_.resize(view.trace.threads().size(), Role::kNone);
    Role& role = roles_[view.trace.ThreadIndex(step)];
    if (event.kind() == EventKind::kThreadRole && event.arg() <= static_cast<uint32_t>(Role::kClientProgram)) {
      role = static_cast<Role>(event.arg());
    }
    return role;
  }

 private:
  std::vector<Role> roles_;
};

// R7. A thread without a role may be anything, so nothing is said about it. Poll is the loop's among the daemon's
// threads; a client program may well poll for itself.
class OnlyTheLoopDoesIo : public RuleChecker {
 public:
  OnlyTheLoopDoesIo() : RuleChecker(7) {}

  void OnEvent(const RuleView& view, size_t step, const Event& event) override {
    const Role role = roles_.Of(view, step, event);
    if (role == Role::kEventLoop) has_loop_ = true;
    const bool of_daemon = role == Role::kLeader || role == Role::kWorker;
    switch (event.kind()) {
      case EventKind::kClientAccepted:
      case EventKind::kClientRefused:
      case EventKind::kClientClosed:
      case EventKind::kHandshakeBegan:
      case EventKind::kHandshakeEnded:
      case EventKind::kPacketDecrypted:
      case EventKind::kPacketRead:
      case EventKind::kReplyWritten:
      case EventKind::kEventWritten:
        break;
      case EventKind::kPollEntered:
        if (of_daemon || role == Role::kEventLoop) break;
        return;
      default:
        return;
    }
    if (role == Role::kNone) return;
    CountOne();
    if (role == Role::kEventLoop) return;
    Break(view, step, event.object(),
          fmt::format("{} {}, but its role is {}: only the event loop may do that.",
                      ThreadPhrase(view.trace, view.trace.thread(step)), EventPredicate(view.trace, step),
                      trace::RoleName(role)));
  }

  std::string WhyNot(const RuleView&) const override {
    return has_loop_ ? "the event loop does no I/O in the recording" : "no thread has the role of event loop";
  }

 private:
  RolesSoFar roles_;
  bool has_loop_ = false;
};

// R8. The leader is the thread that says "started"; from then until it says "loop ended" it has one thing to do.
class LeaderOnlyWaits : public RuleChecker {
 public:
  LeaderOnlyWaits() : RuleChecker(8) {}

  void OnEvent(const RuleView& view, size_t step, const Event& event) override {
    const ObjectId thread = view.trace.thread(step);
    if (event.kind() == EventKind::kDaemonStarted) {
      leader_ = thread;
      CountOne();
      return;
    }
    if (thread != leader_) return;
    if (event.kind() == EventKind::kLoopEnded) {
      leader_ = kNoObject;
      return;
    }
    CountOne();
    switch (event.kind()) {
      case EventKind::kJoinBegan:
      case EventKind::kThreadJoined:
      case EventKind::kThreadRole:
      case EventKind::kThreadEnded:
      // The ends of what has been found when it began.
      case EventKind::kLockReleased:
      case EventKind::kWaitEnded:
      case EventKind::kPollReturned:
      case EventKind::kCallbackEnded:
      case EventKind::kCallEnded:
      case EventKind::kRuleBroken:
        return;
      case EventKind::kLockAcquired:
        if (AttemptVerb(view, view.trace.ThreadIndex(step), event) == nullptr) return;
        break;
      default:
        break;
    }
    Break(view, step, event.object(),
          fmt::format("{} {} while the daemon runs, when it should only wait for the event loop to end.",
                      ThreadPhrase(view.trace, thread), EventWords(view, step, event)));
  }

  std::string WhyNot(const RuleView&) const override {
    return "the recording does not say when the daemon had started";
  }

 private:
  ObjectId leader_ = kNoObject;
};

}  // namespace

std::unique_ptr<RuleChecker> MakeOnlyTheLoopDoesIo() { return std::make_unique<OnlyTheLoopDoesIo>(); }
std::unique_ptr<RuleChecker> MakeLeaderOnlyWaits() { return std::make_unique<LeaderOnlyWaits>(); }

}  // namespace lockscope::analysis
