#include "tests/support/sample_deadlock.h"

#include "core/trace/trace_builder.h"

namespace lockscope::testing {

using trace::EventKind;
using trace::ObjectType;
using trace::Role;

namespace {

constexpr const char* kLoop = "core/loop/event_loop.cc";
constexpr const char* kServer = "core/daemon/server.cc";
constexpr const char* kClient = "core/daemon/client.cc";
constexpr const char* kWorker = "core/daemon/worker.cc";
constexpr const char* kBug = "core/daemon/bugs/reply_locks_client_first.cc";

class DeadlockScript {
 public:
  DeadlockScript() {
    b_.Meta("title", "Reply: client lock before server lock").Meta("mode", "controlled").Meta("clock", "virtual");
    b_.Meta("scenario", "01-reply-order.broken.json").Meta("end", "stuck");
  }

  trace::Trace Build() {
    StartUp();
    Accept();
    FirstCall();
    BothWant();
    return b_.Build();
  }

 private:
  trace::TraceBuilder& Tick(ObjectId thread, const char* file, int line) {
    now_us_ += 1;
    return b_.At(now_us_ * 1000).On(thread, file, line);
  }
  // A thread that starts, and takes its role a nanosecond later.
  ObjectId Start(const char* name, Role role) {
    now_us_ += 1;
    b_.At(now_us_ * 1000);
    return b_.Thread(name, role);
  }
  void Say(ObjectId thread, const char* text) {
    Tick(thread, "", 0).Record(EventKind::kCaptionShown, b_.Add(ObjectType::kCaption, text));
  }

  void StartUp() {
    leader_ = Start("leader", Role::kLeader);
    server_ = b_.Mutex("server", "server");
    job_ = b_.Condition("job", server_);
    loop_object_ = b_.Add(ObjectType::kLoop, "loop");
    loop_lock_ = b_.Mutex("loop", "loop");
    listener_ = b_.Add(ObjectType::kWatch, "listener");
    domain_list_ = b_.Add(ObjectType::kProcedure, "domain_list");
    hostname_ = b_.Add(ObjectType::kProcedure, "hostname");
    loop_ = Start("event loop", Role::kEventLoop);
    worker_ = Start("worker-1", Role::kWorker);
    Tick(leader_, "core/daemon/leader.cc", 21).Record(EventKind::kDaemonStarted);
    Tick(leader_, "core/daemon/leader.cc", 22).Record(EventKind::kJoinBegan, loop_);
    Tick(worker_, kWorker, 52).Acquire(server_);
    Tick(worker_, kWorker, 61).BeginWait(job_);
    Tick(loop_, kLoop, 118).Record(EventKind::kPollEntered, loop_object_, 2);
  }

  void Accept() {
    program_ = Start("program-alice", Role::kClientProgram);
    Tick(loop_, kLoop, 121).Record(EventKind::kPollReturned, loop_object_, 1);
    Tick(loop_, kLoop, 130).Record(EventKind::kCallbackBegan, listener_, trace::kIoReadable);
    Tick(loop_, kServer, 96).Acquire(server_);
    alice_ = b_.Add(ObjectType::kClient, "alice");
    alice_lock_ = b_.Mutex("alice", "client", alice_);
    watch_ = b_.Add(ObjectType::kWatch, "alice", alice_);
    Tick(loop_, kServer, 101).Record(EventKind::kClientAccepted, alice_);
    UpdateWatch();
    Tick(loop_, kServer, 108).Release(server_);
    Tick(loop_, kLoop, 132).Record(EventKind::kCallbackEnded, listener_);
    Tick(loop_, kLoop, 118).Record(EventKind::kPollEntered, loop_object_, 3);
    Tick(program_, "core/scenario/client_program.cc", 40).Record(EventKind::kCallSent, domain_list_, 1);
    Tick(program_, "core/scenario/client_program.cc", 40).Record(EventKind::kCallSent, hostname_, 2);
  }

  void UpdateWatch() {
    Tick(loop_, kLoop, 70).Acquire(loop_lock_);
    Tick(loop_, kLoop, 72).Record(EventKind::kWatchUpdated, watch_, trace::kIoReadable);
    Tick(loop_, kLoop, 74).Release(loop_lock_);
  }

  void FirstCall() {
    Tick(loop_, kLoop, 121).Record(EventKind::kPollReturned, loop_object_, 1);
    Tick(loop_, kLoop, 130).Record(EventKind::kCallbackBegan, watch_, trace::kIoReadable);
    Tick(loop_, kServer, 87).Acquire(server_);
    Tick(loop_, kClient, 88).Acquire(alice_lock_);
    Tick(loop_, kServer, 89).Release(server_);
    Tick(loop_, kClient, 131).Record(EventKind::kPacketRead, alice_, domain_list_);
    Tick(loop_, kClient, 140).Record(EventKind::kJobQueued, alice_, 1);
    Say(loop_, "A whole call has arrived: it goes on alice's dx queue.");
    Tick(loop_, kClient, 141).Record(EventKind::kConditionSignalled, job_);
    Tick(loop_, kClient, 146).Release(alice_lock_);
    Tick(loop_, kLoop, 132).Record(EventKind::kCallbackEnded, watch_);
    Tick(worker_, kWorker, 61).EndWait(job_);
    Tick(worker_, kWorker, 68).Acquire(alice_lock_);
    Tick(worker_, kWorker, 75).Release(server_);
    Tick(worker_, kWorker, 80).Record(EventKind::kJobTaken, alice_, 1);
    Tick(worker_, kWorker, 84).Release(alice_lock_);
    Tick(worker_, "core/daemon/dispatcher.cc", 33).Record(EventKind::kCallBegan, domain_list_, 1);
    Tick(worker_, "core/daemon/dispatcher.cc", 35).Record(EventKind::kCallEnded, domain_list_, 1);
    Say(worker_, "The worker has made the driver call and holds no lock.");
  }

  void BothWant() {
    Tick(worker_, kBug, 31).Acquire(alice_lock_);
    Say(worker_, "Now the reply: the worker has alice's lock, but not the server's.");
    Tick(loop_, kLoop, 130).Record(EventKind::kCallbackBegan, watch_, trace::kIoReadable);
    Tick(loop_, kServer, 87).Acquire(server_);
    Tick(loop_, kClient, 88).Request(alice_lock_);
    Tick(worker_, kBug, 32).Request(server_);
    const ObjectId question = b_.Add(ObjectType::kQuestion, "The worker runs on. Which threads can move after that?");
    const ObjectId answer = b_.Add(ObjectType::kAnswer, "None of them.");
    Tick(worker_, "", 0).Record(EventKind::kQuestionAsked, question, answer);
  }

  trace::TraceBuilder b_;
  int64_t now_us_ = 0;
  ObjectId leader_ = kNoObject;
  ObjectId loop_ = kNoObject;
  ObjectId worker_ = kNoObject;
  ObjectId program_ = kNoObject;
  ObjectId server_ = kNoObject;
  ObjectId job_ = kNoObject;
  ObjectId loop_object_ = kNoObject;
  ObjectId loop_lock_ = kNoObject;
  ObjectId listener_ = kNoObject;
  ObjectId domain_list_ = kNoObject;
  ObjectId hostname_ = kNoObject;
  ObjectId alice_ = kNoObject;
  ObjectId alice_lock_ = kNoObject;
  ObjectId watch_ = kNoObject;
};

}  // namespace

trace::Trace ReplyLocksClientFirst() { return DeadlockScript().Build(); }

}  // namespace lockscope::testing
