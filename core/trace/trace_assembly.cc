#include "core/trace/trace_assembly.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/base/printable.h"

namespace lockscope::trace {
namespace {

void MakeTextPrintable(TraceInfo& info, std::vector<Object>& objects, std::vector<Site>& sites) {
  for (auto& [key, value] : info.meta) {
    MakePrintable(key);
    MakeLinesPrintable(value);
  }
  for (Object& object : objects) {
    MakePrintable(object.name);
    MakePrintable(object.lock_class);
  }
  for (Site& site : sites) {
    MakePrintable(site.file);
    MakePrintable(site.function);
  }
}

}  // namespace

Result<TraceAssembly> TraceAssembly::Begin(TraceInfo info, std::vector<Object> objects, std::vector<Site> sites,
                                           std::span<const Log> logs) {
  if (info.ticks_per_second == 0) return Fail("0 ticks a second");
  for (size_t i = 0; i < objects.size(); ++i) {
    if (objects[i].parent > objects.size()) {
      return Fail("object {} names parent {}, but there are only {} objects", i + 1, objects[i].parent, objects.size());
    }
    if (ObjectTypeName(objects[i].type).empty()) {
      return Fail("object {} is of type {}, which is none", i + 1, static_cast<int>(objects[i].type));
    }
  }
  MakeTextPrintable(info, objects, sites);
  ObjectId last_thread = kNoObject;
  uint64_t total = 0;
  for (const Log& log : logs) {
    if (log.thread == kNoObject || log.thread > objects.size()) {
      return Fail("events of thread {}, but there are only {} objects", log.thread, objects.size());
    }
    if (log.thread <= last_thread) return Fail("events of thread {} after those of thread {}", log.thread, last_thread);
    last_thread = log.thread;
    // A step is 32 bits, and one of them names none.
    if (log.events >= std::numeric_limits<uint32_t>::max() - total) {
      return Fail("more than {} events: so many are not readable", std::numeric_limits<uint32_t>::max() - 1);
    }
    total += log.events;
  }
  return TraceAssembly(std::move(info), std::move(objects), std::move(sites), logs);
}

TraceAssembly::TraceAssembly(TraceInfo info, std::vector<Object> objects, std::vector<Site> sites,
                             std::span<const Log> logs)
    : proof_(static_cast<ObjectId>(objects.size())) {
  const auto count = static_cast<uint32_t>(objects.size());
  arg_limit_.fill(std::numeric_limits<uint32_t>::max());
  for (const KindInfo& kind : AllKinds()) {
    known_[static_cast<size_t>(kind.kind)] = true;
    if (kind.arg == ArgType::kObject) arg_limit_[static_cast<size_t>(kind.kind)] = count;
  }
  trace_.info_ = std::move(info);
  trace_.objects_ = std::move(objects);
  trace_.sites_ = std::move(sites);
  uint32_t total = 0;
  for (const Log& log : logs) {
    trace_.threads_.push_back(log.thread);
    trace_.thread_steps_at_.push_back(total);
    places_.push_back({total, total + static_cast<uint32_t>(log.events)});
    total += static_cast<uint32_t>(log.events);
  }
  trace_.thread_steps_at_.push_back(total);
  trace_.events_.resize(total);
  trace_.thread_index_.Resize(total, logs.size());
  trace_.thread_steps_.resize(total);
  trace_.reached_.reserve(total / Trace::kBlock + 1);
}

Result<void> TraceAssembly::Commit(std::span<const uint32_t> logs) {
  const std::span<const Event> events = std::span<const Event>(trace_.events_).subspan(at_, logs.size());
  if (Result<void> ok = PlaceSteps(logs); !ok) return ok;
  if (!IdsInRange(events)) return NameWrongId(events, logs);
  if (Result<void> ok = proof_.Add(events, logs); !ok) return ok;
  trace_.thread_index_.Set(at_, logs);
  for (const Event& event : events) {
    reached_ = std::max(reached_, event.ticks());
    if (++at_ % Trace::kBlock == 0) trace_.reached_.push_back(reached_);
  }
  return {};
}

Result<void> TraceAssembly::PlaceSteps(std::span<const uint32_t> logs) {
  auto step = static_cast<uint32_t>(at_);
  uint32_t* const steps = trace_.thread_steps_.data();
  for (const uint32_t log : logs) {
    if (log >= places_.size()) return Fail("event {} is of log {}, but there are only {}", step, log, places_.size());
    Place& place = places_[log];
    if (place.next == place.end) {
      return Fail("event {} is one more of thread {} than there should be", step, trace_.threads_[log]);
    }
    steps[place.next++] = step++;
  }
  return {};
}

bool TraceAssembly::IdsInRange(std::span<const Event> events) const {
  const size_t objects = trace_.objects_.size();
  const size_t sites = trace_.sites_.size();
  bool wrong = false;
  for (const Event& event : events) {
    const auto kind = static_cast<size_t>(event.kind());
    const bool object = event.object() <= objects;
    const bool arg = event.arg() <= arg_limit_[kind];
    const bool site = event.site() <= sites;
    wrong |= !(known_[kind] && object && arg && site);
  }
  return !wrong;
}

Result<void> TraceAssembly::NameWrongId(std::span<const Event> events, std::span<const uint32_t> logs) const {
  const auto wrong =
      std::ranges::find_if(events, [this](const Event& event) { return !IdsInRange(std::span(&event, 1)); });
  const Event& event = *wrong;
  const auto index = static_cast<size_t>(wrong - events.begin());
  const uint32_t log = logs[index];
  // All of these have been placed: take off those that come after it.
  const auto later = static_cast<uint32_t>(std::count(logs.begin() + static_cast<ptrdiff_t>(index), logs.end(), log));
  const std::string which = fmt::format("event {} of thread {}",
                                        places_[log].next - trace_.thread_steps_at_[log] - later, trace_.threads_[log]);
  const KindInfo* kind = FindKind(event.kind());
  if (kind == nullptr) return Fail("{}: kind {} is not known", which, static_cast<int>(event.kind()));
  const size_t objects = trace_.objects_.size();
  if (event.site() > trace_.sites_.size()) {
    return Fail("{} ({}): site {} of {}", which, kind->name, event.site(), trace_.sites_.size());
  }
  return Fail("{} ({}): object {} of {}", which, kind->name, event.object() > objects ? event.object() : event.arg(),
              objects);
}

Result<Trace> TraceAssembly::Finish() {
  if (!complete()) return Fail("{} events, but the threads should have {}", at_, total());
  if (at_ % Trace::kBlock != 0) trace_.reached_.push_back(reached_);
  trace_.proof_ = proof_.proof();
  return std::move(trace_);
}

}  // namespace lockscope::trace
