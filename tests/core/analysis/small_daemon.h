// A daemon of two workers and two clients, for traces of a few events.
#pragma once

#include "core/trace/trace_builder.h"

namespace lockscope::testing {

// Objects only: a test writes the events. Each thread stands at a place of its own name.
struct SmallDaemon {
  trace::TraceBuilder b;
  ObjectId leader = b.Thread("leader", trace::Role::kLeader);
  ObjectId loop_thread = b.Thread("event-loop", trace::Role::kEventLoop);
  ObjectId worker1 = b.Thread("worker-1", trace::Role::kWorker);
  ObjectId worker2 = b.Thread("worker-2", trace::Role::kWorker);
  ObjectId server = b.Mutex("server", "server");
  ObjectId job = b.Condition("job", server);
  ObjectId alice = b.Add(trace::ObjectType::kClient, "alice");
  ObjectId alice_lock = b.Mutex("alice", "client", alice);
  ObjectId alice_watch = b.Add(trace::ObjectType::kWatch, "alice", alice);
  ObjectId bob = b.Add(trace::ObjectType::kClient, "bob");
  ObjectId bob_lock = b.Mutex("bob", "client", bob);
  ObjectId loop_lock = b.Mutex("loop", "loop");
  ObjectId loop = b.Add(trace::ObjectType::kLoop, "loop");
  ObjectId driver_lock = b.Mutex("driver", "driver");
  ObjectId hostname = b.Add(trace::ObjectType::kProcedure, "hostname");

  trace::TraceBuilder& Leader(int line = 1) { return b.On(leader, "leader.cc", line); }
  trace::TraceBuilder& Loop(int line = 1) { return b.On(loop_thread, "loop.cc", line); }
  trace::TraceBuilder& Worker1(int line = 1) { return b.On(worker1, "worker.cc", line); }
  trace::TraceBuilder& Worker2(int line = 1) { return b.On(worker2, "worker.cc", line); }
};

}  // namespace lockscope::testing
