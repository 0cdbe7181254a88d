#include "core/trace/trace_builder.h"

#include <algorithm>

#include "core/base/check.h"

namespace lockscope::trace {

ObjectId TraceBuilder::Add(ObjectType type, std::string name, ObjectId parent) {
  parts_.objects.push_back({type, std::move(name), "", parent});
  return static_cast<ObjectId>(parts_.objects.size());
}

ObjectId TraceBuilder::Thread(std::string name, Role role) {
  const ObjectId id = Add(ObjectType::kThread, std::move(name));
  parts_.threads.push_back({id, {}});
  const ObjectId previous = std::exchange(current_, id);
  const SiteId site = std::exchange(site_, kUnknownSite);
  Record(EventKind::kThreadStarted, id);
  if (role != Role::kNone) Record(EventKind::kThreadRole, id, static_cast<uint32_t>(role));
  site_ = site;
  if (previous != kNoObject) current_ = previous;
  return id;
}

ObjectId TraceBuilder::Mutex(std::string name, std::string lock_class, ObjectId parent) {
  const ObjectId id = Add(ObjectType::kMutex, std::move(name), parent);
  parts_.objects.back().lock_class = std::move(lock_class);
  return id;
}

ObjectId TraceBuilder::Condition(std::string name, ObjectId mutex) {
  return Add(ObjectType::kCondition, std::move(name), mutex);
}

TraceBuilder& TraceBuilder::Meta(std::string key, std::string value) {
  parts_.info.meta.emplace_back(std::move(key), std::move(value));
  return *this;
}

TraceBuilder& TraceBuilder::At(int64_t ns) {
  now_ns_ = ns;
  return *this;
}

TraceBuilder& TraceBuilder::On(ObjectId thread, const char* file, int line) {
  current_ = thread;
  site_ = SiteFor(file, line);
  return *this;
}

SiteId TraceBuilder::SiteFor(const char* file, int line) {
  if (*file == '\0') return kUnknownSite;
  const auto [found, added] = site_ids_.try_emplace({file, line}, static_cast<SiteId>(parts_.sites.size() + 1));
  if (added) parts_.sites.push_back({file, line, ""});
  return found->second;
}

TraceBuilder& TraceBuilder::Record(EventKind kind, ObjectId object, uint32_t arg) {
  const auto log = std::find_if(parts_.threads.begin(), parts_.threads.end(),
                                [this](const auto& candidate) { return candidate.thread == current_; });
  LS_CHECK(log != parts_.threads.end(), "an event of object {}, which is no thread", current_);
  log->events.push_back(Event::Make(static_cast<uint64_t>(now_ns_), kind, object, arg, site_));
  ++now_ns_;
  return *this;
}

TraceBuilder& TraceBuilder::Request(ObjectId mutex) {
  return Record(EventKind::kLockRequested, mutex, holders_[mutex]);
}

TraceBuilder& TraceBuilder::Acquire(ObjectId mutex) {
  holders_[mutex] = current_;
  return Record(EventKind::kLockAcquired, mutex, ++sequences_[mutex]);
}

TraceBuilder& TraceBuilder::Release(ObjectId mutex) {
  holders_[mutex] = kNoObject;
  return Record(EventKind::kLockReleased, mutex, sequences_[mutex]);
}

TraceBuilder& TraceBuilder::BeginWait(ObjectId condition) {
  const ObjectId mutex = parts_.objects[condition - 1].parent;
  Record(EventKind::kWaitBegan, condition, mutex);
  return Release(mutex);
}

TraceBuilder& TraceBuilder::EndWait(ObjectId condition) {
  const ObjectId mutex = parts_.objects[condition - 1].parent;
  Acquire(mutex);
  return Record(EventKind::kWaitEnded, condition, mutex);
}

Trace TraceBuilder::Build() const {
  Result<Trace> trace = TryBuild();
  LS_CHECK(trace.has_value(), "{}", trace.error().message);
  return std::move(*trace);
}

}  // namespace lockscope::trace
