// TraceBuilder: writes a Trace down by hand, for tests, examples and importers.
//
//   TraceBuilder b;
//   const ObjectId worker = b.Thread("worker-1", Role::kWorker);
//   const ObjectId server = b.Mutex("server", "server");
//   b.At(10).On(worker, "worker.cc", 12).Acquire(server).At(30).Release(server);
//   Trace trace = b.Build();
//
// Sequence numbers of locks are counted here. Each event without an At() comes one nanosecond after the last one.
// One thread.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "core/trace/trace.h"

namespace lockscope::trace {

class TraceBuilder {
 public:
  // Objects. A thread's start (and role, if any) is recorded at the current time.
  ObjectId Thread(std::string name, Role role = Role::kNone);
  ObjectId Mutex(std::string name, std::string lock_class, ObjectId parent = kNoObject);
  ObjectId Condition(std::string name, ObjectId mutex);
  ObjectId Add(ObjectType type, std::string name, ObjectId parent = kNoObject);
  TraceBuilder& Meta(std::string key, std::string value);

  // Where and when the next events happen.
  TraceBuilder& At(int64_t ns);
  TraceBuilder& On(ObjectId thread, const char* file = "", int line = 0);

  // Events of the current thread.
  TraceBuilder& Record(EventKind kind, ObjectId object = kNoObject, uint32_t arg = 0);
  TraceBuilder& Request(ObjectId mutex);  // It has to wait for it; names the thread that holds it now.
  TraceBuilder& Acquire(ObjectId mutex);
  TraceBuilder& Release(ObjectId mutex);
  TraceBuilder& BeginWait(ObjectId condition);  // wait_began and the release of its mutex.
  TraceBuilder& EndWait(ObjectId condition);    // The acquisition of its mutex and wait_ended.

  Result<Trace> TryBuild() const { return Trace::Build(parts_); }
  Trace Build() const;  // A hand-written trace that is not one is our own bug: LS_CHECK.

 private:
  SiteId SiteFor(const char* file, int line);
  TraceParts parts_;
  std::map<std::pair<std::string, int>, SiteId> site_ids_;
  std::map<ObjectId, uint32_t> sequences_;
  std::map<ObjectId, ObjectId> holders_;
  ObjectId current_ = kNoObject;
  SiteId site_ = kUnknownSite;
  int64_t now_ns_ = 0;
};

}  // namespace lockscope::trace
