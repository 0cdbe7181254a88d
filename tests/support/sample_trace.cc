#include "tests/support/sample_trace.h"

#include <map>
#include <string>

#include "core/trace/trace_builder.h"

namespace lockscope::testing {
namespace {

using trace::EventKind;
using trace::ObjectType;
using trace::Role;

constexpr int64_t kUs = 1000;

// The daemon's habits, each as a verb; a verb writes the events that the real code records, in the real order. Verbs
// that take a time begin at it and then go on by a microsecond an event.
class HandWrittenDaemon {
 public:
  HandWrittenDaemon() {
    b_.Meta("title", "Four clients, three workers").Meta("mode", "live").Meta("clock", "monotonic");
    b_.Meta("command", "lockscope run scenarios/first-trace.json --live");
    At(0);
    leader_ = b_.Thread("leader", Role::kLeader);
    server_ = b_.Mutex("server", "server");
    job_ = b_.Condition("job", server_);
    loop_ = b_.Add(ObjectType::kLoop, "loop");
    loop_lock_ = b_.Mutex("loop", "loop");
    listener_ = b_.Add(ObjectType::kWatch, "listener");
    wake_up_ = b_.Add(ObjectType::kWatch, "wake-up");
    hostname_ = b_.Add(ObjectType::kProcedure, "hostname");
    domain_list_ = b_.Add(ObjectType::kProcedure, "domain_list");
    At(20);
    loop_thread_ = b_.Thread("event-loop", Role::kEventLoop);
    for (int i = 0; i < 3; ++i) {
      At(40 + 20 * i);
      workers_[i] = b_.Thread("worker-" + std::to_string(i + 1), Role::kWorker);
      On(workers_[i], "core/daemon/worker.cc", 52).b_.Acquire(server_);
      Tick();
      On(workers_[i], "core/daemon/worker.cc", 61).b_.BeginWait(job_);
    }
    At(100);
    OnLoop(118).b_.Record(EventKind::kPollEntered, loop_, 2);
    At(110);
    On(leader_, "core/daemon/leader.cc", 74).b_.Record(EventKind::kDaemonStarted);
    On(leader_, "core/daemon/leader.cc", 75).b_.Record(EventKind::kJoinBegan, loop_thread_);
  }

  trace::Trace Build() const { return b_.Build(); }

  HandWrittenDaemon& At(int64_t us) {
    now_us_ = us;
    b_.At(us * kUs);
    return *this;
  }

  void StartProgram(int64_t us, const std::string& name) {
    At(us);
    programs_[name] = b_.Thread("program-" + name, Role::kClientProgram);
  }

  void WakeLoop(int64_t us, uint32_t ready) { At(us).OnLoop(121).b_.Record(EventKind::kPollReturned, loop_, ready); }
  void SleepInPoll() {
    Tick().OnLoop(118).b_.Record(EventKind::kPollEntered, loop_, static_cast<uint32_t>(2 + clients_.size()));
  }

  void Accept(int64_t us, const std::string& name) {
    WakeLoop(us, 1);
    BeginCallback(listener_, trace::kIoReadable);
    Tick().On(loop_thread_, "core/daemon/server.cc", 96).b_.Acquire(server_);
    Client client;
    client.id = b_.Add(ObjectType::kClient, name);
    client.lock = b_.Mutex(name, "client", client.id);
    client.watch = b_.Add(ObjectType::kWatch, name, client.id);
    clients_[name] = client;
    Tick().On(loop_thread_, "core/daemon/server.cc", 101).b_.Record(EventKind::kClientAccepted, client.id);
    UpdateWatch(loop_thread_, client, trace::kIoReadable);
    Tick().On(loop_thread_, "core/daemon/server.cc", 108).b_.Release(server_);
    EndCallback(listener_);
    SleepInPoll();
  }

  void Send(int64_t us, const std::string& name, ObjectId procedure) {
    At(us).On(programs_[name], "core/scenario/client_program.cc", 40).b_.Record(EventKind::kCallSent, procedure, 1);
  }
  void Receive(int64_t us, const std::string& name, ObjectId procedure) {
    At(us).On(programs_[name], "core/scenario/client_program.cc", 47);
    b_.Record(EventKind::kReplyReceived, procedure, 1);
    Tick().On(programs_[name], "core/scenario/client_program.cc", 52);
    b_.Record(EventKind::kThreadEnded, programs_[name]);
  }

  // The loop, up to where it holds the client's lock and starts to read.
  void BeginReading(const std::string& name) {
    BeginCallback(clients_[name].watch, trace::kIoReadable);
    LockClient(loop_thread_, name, "core/daemon/client.cc", 88);
  }
  // … and from the last byte of the packet to the end of the callback.
  void FinishReading(const std::string& name, ObjectId procedure, uint32_t job) {
    const Client& client = clients_[name];
    Tick().On(loop_thread_, "core/daemon/client.cc", 131).b_.Record(EventKind::kPacketRead, client.id, procedure);
    Tick().On(loop_thread_, "core/daemon/client.cc", 140).b_.Record(EventKind::kJobQueued, client.id, job);
    Tick().On(loop_thread_, "core/daemon/client.cc", 141).b_.Record(EventKind::kConditionSignalled, job_);
    Tick().On(loop_thread_, "core/daemon/client.cc", 146).b_.Release(client.lock);
    EndCallback(client.watch);
  }

  // A worker stops waiting and has the server lock again.
  void WakeWorker(int64_t us, int worker) { At(us).On(workers_[worker], "core/daemon/worker.cc", 61).b_.EndWait(job_); }
  void LockServer(int64_t us, int worker) {
    At(us).On(workers_[worker], "core/daemon/worker.cc", 52).b_.Acquire(server_);
  }
  void PassBy(int worker, const std::string& name) {
    Tick().On(workers_[worker], "core/daemon/worker.cc", 68).b_.Acquire(clients_[name].lock);
    Tick().On(workers_[worker], "core/daemon/worker.cc", 72).b_.Release(clients_[name].lock);
  }
  void WantClient(int worker, const std::string& name) {
    Tick().On(workers_[worker], "core/daemon/worker.cc", 68).b_.Request(clients_[name].lock);
  }
  void Take(int worker, const std::string& name, uint32_t job, ObjectId procedure) {
    const Client& client = clients_[name];
    const ObjectId thread = workers_[worker];
    Tick().On(thread, "core/daemon/worker.cc", 68).b_.Acquire(client.lock);
    Tick().On(thread, "core/daemon/worker.cc", 75).b_.Release(server_);
    Tick().On(thread, "core/daemon/worker.cc", 80).b_.Record(EventKind::kJobTaken, client.id, job);
    Tick().On(thread, "core/daemon/worker.cc", 84).b_.Release(client.lock);
    Tick().On(thread, "core/daemon/dispatch.cc", 33).b_.Record(EventKind::kCallBegan, procedure, job);
  }
  void FinishCall(int64_t us, int worker, const std::string& name, uint32_t job, ObjectId procedure) {
    const Client& client = clients_[name];
    const ObjectId thread = workers_[worker];
    At(us).On(thread, "core/daemon/dispatch.cc", 35).b_.Record(EventKind::kCallEnded, procedure, job);
    LockClient(thread, name, "core/daemon/worker.cc", 97);
    Tick().On(thread, "core/daemon/worker.cc", 104).b_.Record(EventKind::kReplyQueued, client.id, job);
    UpdateWatch(thread, client, trace::kIoReadable | trace::kIoWritable);
    Tick().On(thread, "core/loop/event_loop.cc", 77).b_.Record(EventKind::kLoopWoken, loop_);
    Tick().On(thread, "core/daemon/worker.cc", 107).b_.Release(client.lock);
  }
  void GoToSleep(int worker) { Tick().On(workers_[worker], "core/daemon/worker.cc", 61).b_.BeginWait(job_); }

  // The loop writes a reply after a worker has woken it.
  void WriteReply(int64_t us, const std::string& name, uint32_t job) {
    const Client& client = clients_[name];
    WakeLoop(us, 2);
    BeginCallback(wake_up_, trace::kIoReadable);
    EndCallback(wake_up_);
    BeginCallback(client.watch, trace::kIoWritable);
    LockClient(loop_thread_, name, "core/daemon/client.cc", 88);
    Tick().On(loop_thread_, "core/daemon/client.cc", 172).b_.Record(EventKind::kReplyWritten, client.id, job);
    UpdateWatch(loop_thread_, client, trace::kIoReadable);
    Tick().On(loop_thread_, "core/daemon/client.cc", 180).b_.Release(client.lock);
    EndCallback(client.watch);
    SleepInPoll();
  }

  // The client has hung up: the loop closes its end in the callback and reaps the object after the turn.
  void Disconnect(int64_t us, const std::string& name) {
    const Client client = clients_[name];
    WakeLoop(us, 1);
    BeginCallback(client.watch, trace::kIoReadable | trace::kIoHangup);
    LockClient(loop_thread_, name, "core/daemon/client.cc", 88);
    Tick().On(loop_thread_, "core/daemon/client.cc", 201).b_.Record(EventKind::kClientClosed, client.id);
    Tick().On(loop_thread_, "core/daemon/client.cc", 205).b_.Release(client.lock);
    EndCallback(client.watch);
    Tick().On(loop_thread_, "core/daemon/server.cc", 133).b_.Acquire(server_);
    Tick().On(loop_thread_, "core/daemon/server.cc", 140).b_.Record(EventKind::kClientFreed, client.id);
    Tick().On(loop_thread_, "core/daemon/server.cc", 144).b_.Release(server_);
    clients_.erase(name);
    SleepInPoll();
  }

  void ShutDown(int64_t us) {
    WakeLoop(us, 1);
    BeginCallback(wake_up_, trace::kIoReadable);
    EndCallback(wake_up_);
    Tick().On(loop_thread_, "core/daemon/server.cc", 160).b_.Acquire(server_);
    Tick().On(loop_thread_, "core/daemon/server.cc", 163).b_.Record(EventKind::kConditionBroadcast, job_);
    Tick().On(loop_thread_, "core/daemon/server.cc", 164).b_.Release(server_);
    for (int i = 0; i < 3; ++i) {
      Tick().On(loop_thread_, "core/daemon/server.cc", 168).b_.Record(EventKind::kJoinBegan, workers_[i]);
      Tick().On(workers_[i], "core/daemon/worker.cc", 61).b_.EndWait(job_);
      Tick().On(workers_[i], "core/daemon/worker.cc", 64).b_.Release(server_);
      Tick().On(workers_[i], "core/daemon/worker.cc", 110).b_.Record(EventKind::kThreadEnded, workers_[i]);
      Tick().On(loop_thread_, "core/daemon/server.cc", 168).b_.Record(EventKind::kThreadJoined, workers_[i]);
    }
    Tick().OnLoop(140).b_.Record(EventKind::kThreadEnded, loop_thread_);
    Tick().On(leader_, "core/daemon/leader.cc", 75).b_.Record(EventKind::kThreadJoined, loop_thread_);
    Tick().On(leader_, "core/daemon/leader.cc", 76).b_.Record(EventKind::kLoopEnded);
    Tick().On(leader_, "core/daemon/leader.cc", 81).b_.Record(EventKind::kThreadEnded, leader_);
  }

  ObjectId hostname() const { return hostname_; }
  ObjectId domain_list() const { return domain_list_; }

 private:
  struct Client {
    ObjectId id = kNoObject;
    ObjectId lock = kNoObject;
    ObjectId watch = kNoObject;
  };

  HandWrittenDaemon& Tick() { return At(now_us_ + 1); }
  HandWrittenDaemon& On(ObjectId thread, const char* file, int line) {
    b_.On(thread, file, line);
    return *this;
  }
  HandWrittenDaemon& OnLoop(int line) { return On(loop_thread_, "core/loop/event_loop.cc", line); }

  void BeginCallback(ObjectId watch, uint32_t io) {
    Tick().OnLoop(130).b_.Record(EventKind::kCallbackBegan, watch, io);
  }
  void EndCallback(ObjectId watch) { Tick().OnLoop(132).b_.Record(EventKind::kCallbackEnded, watch); }

  // Server, client, drop server: the stairs that every way to a client climbs.
  void LockClient(ObjectId thread, const std::string& name, const char* file, int line) {
    Tick().On(thread, file, line - 1).b_.Acquire(server_);
    Tick().On(thread, file, line).b_.Acquire(clients_[name].lock);
    Tick().On(thread, file, line + 1).b_.Release(server_);
  }
  void UpdateWatch(ObjectId thread, const Client& client, uint32_t io) {
    Tick().On(thread, "core/loop/event_loop.cc", 70).b_.Acquire(loop_lock_);
    Tick().On(thread, "core/loop/event_loop.cc", 72).b_.Record(EventKind::kWatchUpdated, client.watch, io);
    Tick().On(thread, "core/loop/event_loop.cc", 74).b_.Release(loop_lock_);
  }

  trace::TraceBuilder b_;
  int64_t now_us_ = 0;
  ObjectId leader_ = kNoObject;
  ObjectId loop_thread_ = kNoObject;
  ObjectId workers_[3] = {};
  ObjectId server_ = kNoObject;
  ObjectId job_ = kNoObject;
  ObjectId loop_ = kNoObject;
  ObjectId loop_lock_ = kNoObject;
  ObjectId listener_ = kNoObject;
  ObjectId wake_up_ = kNoObject;
  ObjectId hostname_ = kNoObject;
  ObjectId domain_list_ = kNoObject;
  std::map<std::string, ObjectId> programs_;
  std::map<std::string, Client> clients_;
};

}  // namespace

trace::Trace FourClientsThreeWorkers() {
  constexpr int kWorker1 = 0, kWorker2 = 1, kWorker3 = 2;
  HandWrittenDaemon daemon;
  const ObjectId hostname = daemon.hostname();
  const ObjectId domain_list = daemon.domain_list();

  daemon.StartProgram(200, "alice");
  daemon.StartProgram(205, "bob");
  daemon.StartProgram(210, "carol");
  daemon.StartProgram(215, "dave");
  daemon.Accept(300, "alice");
  daemon.Accept(400, "bob");
  daemon.Accept(500, "carol");
  daemon.Accept(600, "dave");

  // bob's and alice's packets come in one turn of the loop. The worker that bob's job wakes begins its scan with
  // alice, whose lock the loop still holds: the rest of her packet is slow to come.
  daemon.Send(3990, "alice", hostname);
  daemon.Send(3994, "bob", domain_list);
  daemon.WakeLoop(4000, 2);
  daemon.BeginReading("bob");
  daemon.FinishReading("bob", domain_list, 1);
  daemon.BeginReading("alice");
  daemon.WakeWorker(4029, kWorker1);
  daemon.At(4029).WantClient(kWorker1, "alice");
  daemon.At(5825).FinishReading("alice", hostname, 2);
  daemon.At(5829).Take(kWorker1, "alice", 2, hostname);
  daemon.At(5835).SleepInPoll();
  daemon.WakeWorker(5840, kWorker2);
  daemon.At(5841).PassBy(kWorker2, "alice");
  daemon.Take(kWorker2, "bob", 1, domain_list);

  daemon.Send(7990, "carol", hostname);
  daemon.WakeLoop(8000, 1);
  daemon.BeginReading("carol");
  daemon.FinishReading("carol", hostname, 3);
  daemon.SleepInPoll();
  daemon.WakeWorker(8020, kWorker3);
  daemon.At(8021).PassBy(kWorker3, "alice");
  daemon.PassBy(kWorker3, "bob");
  daemon.Take(kWorker3, "carol", 3, hostname);

  // All three workers are in driver calls: dave's job is queued and signalled, but nobody is asleep to hear it.
  daemon.Send(10990, "dave", hostname);
  daemon.WakeLoop(11000, 1);
  daemon.BeginReading("dave");
  daemon.FinishReading("dave", hostname, 4);
  daemon.SleepInPoll();

  // worker-1 is done first and finds it in its scan.
  daemon.FinishCall(45880, kWorker1, "alice", 2, hostname);
  daemon.LockServer(45892, kWorker1);
  daemon.PassBy(kWorker1, "alice");
  daemon.PassBy(kWorker1, "bob");
  daemon.PassBy(kWorker1, "carol");
  daemon.Take(kWorker1, "dave", 4, hostname);
  daemon.WriteReply(45910, "alice", 2);
  daemon.Receive(45940, "alice", hostname);
  daemon.Disconnect(45960, "alice");

  daemon.FinishCall(52000, kWorker2, "bob", 1, domain_list);
  daemon.LockServer(52012, kWorker2);
  daemon.PassBy(kWorker2, "bob");
  daemon.PassBy(kWorker2, "carol");
  daemon.PassBy(kWorker2, "dave");
  daemon.GoToSleep(kWorker2);
  daemon.WriteReply(52030, "bob", 1);
  daemon.Receive(52060, "bob", domain_list);
  daemon.Disconnect(52080, "bob");

  daemon.FinishCall(66000, kWorker1, "dave", 4, hostname);
  daemon.LockServer(66012, kWorker1);
  daemon.PassBy(kWorker1, "carol");
  daemon.PassBy(kWorker1, "dave");
  daemon.GoToSleep(kWorker1);
  daemon.WriteReply(66030, "dave", 4);
  daemon.Receive(66060, "dave", hostname);
  daemon.Disconnect(66080, "dave");

  daemon.FinishCall(68000, kWorker3, "carol", 3, hostname);
  daemon.LockServer(68012, kWorker3);
  daemon.PassBy(kWorker3, "carol");
  daemon.GoToSleep(kWorker3);
  daemon.WriteReply(68030, "carol", 3);
  daemon.Receive(68060, "carol", hostname);
  daemon.Disconnect(68080, "carol");

  daemon.ShutDown(70000);
  return daemon.Build();
}

}  // namespace lockscope::testing
