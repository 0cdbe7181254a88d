#include "tests/support/naive_rules.h"

#include <map>
#include <set>

#include "core/base/result.h"

namespace lockscope::testing {
namespace {

using trace::EventKind;

class Checker {
 public:
  explicit Checker(const trace::Trace& trace) : trace_(trace) {}

  std::vector<std::string> Check() {
    for (step_ = 0; step_ < trace_.size(); ++step_) Look(trace_.event(step_), trace_.thread(step_));
    for (const auto& [job, state] : jobs_) {
      if (state == "queued") Complain("job {} is queued and never taken", job);
    }
    return std::move(complaints_);
  }

 private:
  template <typename... Args>
  void Complain(fmt::format_string<Args...> text, Args&&... args) {
    complaints_.push_back(fmt::format("step {}: {}", step_, fmt::format(text, std::forward<Args>(args)...)));
  }
  std::string ClassOf(ObjectId mutex) const { return trace_.object(mutex).lock_class; }
  bool Holds(ObjectId thread, const std::string& lock_class) {
    for (const ObjectId mutex : held_[thread]) {
      if (ClassOf(mutex) == lock_class) return true;
    }
    return false;
  }

  void AsksFor(ObjectId thread, ObjectId mutex) {
    const std::string wanted = ClassOf(mutex);
    const std::string_view name = trace_.Name(thread);
    if (Holds(thread, "loop")) Complain("{} asks for {} under the loop's lock", name, wanted);
    if (wanted == "client" && !Holds(thread, "server")) Complain("{} asks for a client without the server", name);
    if (wanted == "client" && Holds(thread, "client")) Complain("{} asks for a second client", name);
    if (wanted == "server" && Holds(thread, "client")) Complain("{} asks for the server with a client held", name);
  }

  void Job(uint32_t job, const char* from, const char* to) {
    std::string& state = jobs_[job];
    if (state != from) Complain("job {} becomes '{}', but was '{}'", job, to, state);
    state = to;
  }

  void Look(const trace::Event& event, ObjectId thread) {
    const ObjectId object = event.object();
    switch (event.kind()) {
      case EventKind::kThreadRole:
        roles_[thread] = static_cast<trace::Role>(event.arg());
        break;
      case EventKind::kLockRequested:
        AsksFor(thread, object);
        break;
      case EventKind::kLockAcquired:
        // The return from a wait takes the lock, too; it was asked for when the wait began.
        if (!waits_.contains(thread)) AsksFor(thread, object);
        if (!owners_.emplace(object, thread).second) Complain("{} is acquired while it is held", trace_.Name(object));
        if (event.arg() != sequences_[object] + 1) {
          Complain("{} counts {} after {}", trace_.Name(object), event.arg(), sequences_[object]);
        }
        sequences_[object] = event.arg();
        held_[thread].insert(object);
        break;
      case EventKind::kLockReleased:
        if (owners_[object] != thread) Complain("{} is released by another thread", trace_.Name(object));
        owners_.erase(object);
        held_[thread].erase(object);
        break;
      case EventKind::kWaitBegan:
        if (held_[thread] != std::set<ObjectId>{event.arg()}) Complain("a wait with more or less than its own mutex");
        waits_.insert(thread);
        break;
      case EventKind::kWaitEnded:
        waits_.erase(thread);
        break;
      case EventKind::kCallBegan:
      case EventKind::kCallEnded:
        if (Holds(thread, "server") || Holds(thread, "client")) Complain("a driver call with a lock held");
        break;
      case EventKind::kClientAccepted:
      case EventKind::kClientRefused:
      case EventKind::kClientClosed:
      case EventKind::kHandshakeBegan:
      case EventKind::kHandshakeEnded:
      case EventKind::kPacketDecrypted:
      case EventKind::kPacketRead:
      case EventKind::kReplyWritten:
      case EventKind::kEventWritten:
        if (roles_[thread] != trace::Role::kEventLoop) Complain("{} does I/O", trace_.Name(thread));
        break;
      case EventKind::kJobQueued:
        Job(event.arg(), "", "queued");
        break;
      case EventKind::kJobTaken:
        Job(event.arg(), "queued", "taken");
        break;
      case EventKind::kJobDroppedClientDead:
      case EventKind::kJobDroppedShutdown:
        Job(event.arg(), "queued", "dropped");
        break;
      case EventKind::kReplyQueued:
        Job(event.arg(), "taken", "answered");
        break;
      case EventKind::kRuleBroken:
        Complain("rule R{} was broken", trace::RuleOf(event.arg()));
        break;
      default:
        break;
    }
  }

  const trace::Trace& trace_;
  size_t step_ = 0;
  std::vector<std::string> complaints_;
  std::map<ObjectId, std::set<ObjectId>> held_;  // By thread.
  std::map<ObjectId, ObjectId> owners_;          // By lock.
  std::map<ObjectId, uint32_t> sequences_;       // By lock.
  std::map<ObjectId, trace::Role> roles_;        // By thread.
  std::set<ObjectId> waits_;                     // Threads between wait_began and wait_ended.
  std::map<uint32_t, std::string> jobs_;
};

}  // namespace

std::vector<std::string> NaiveComplaints(const trace::Trace& trace) { return Checker(trace).Check(); }

}  // namespace lockscope::testing
