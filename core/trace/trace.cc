#include "core/trace/trace.h"

#include <algorithm>
#include <limits>

#include "core/trace/event_order.h"

namespace lockscope::trace {
namespace {

Result<void> CheckIds(const TraceParts& parts) {
  const size_t objects = parts.objects.size();
  for (size_t i = 0; i < objects; ++i) {
    if (parts.objects[i].parent > objects) {
      return Fail("object {} names parent {}, but there are only {} objects", i + 1, parts.objects[i].parent, objects);
    }
  }
  ObjectId last_thread = kNoObject;
  uint64_t total = 0;
  for (const TraceParts::ThreadEvents& log : parts.threads) {
    if (log.thread == kNoObject || log.thread > objects) {
      return Fail("events of thread {}, but there are only {} objects", log.thread, objects);
    }
    if (log.thread <= last_thread) return Fail("events of thread {} after those of thread {}", log.thread, last_thread);
    last_thread = log.thread;
    total += log.events.size();
    for (size_t i = 0; i < log.events.size(); ++i) {
      const Event& event = log.events[i];
      const KindInfo* kind = FindKind(event.kind());
      if (kind == nullptr) {
        return Fail("event {} of thread {}: kind {} is not known", i, log.thread, static_cast<int>(event.kind()));
      }
      const bool arg_is_object = kind->arg == ArgType::kObject;
      if (event.object() > objects || (arg_is_object && event.arg() > objects)) {
        return Fail("event {} of thread {} ({}): object {} of {}", i, log.thread, kind->name,
                    event.object() > objects ? event.object() : event.arg(), objects);
      }
      if (event.site() > parts.sites.size()) {
        return Fail("event {} of thread {} ({}): site {} of {}", i, log.thread, kind->name, event.site(),
                    parts.sites.size());
      }
    }
  }
  if (total >= std::numeric_limits<uint32_t>::max()) return Fail("{} events: at most 4294967294 are readable", total);
  return {};
}

}  // namespace

std::string Site::Place() const {
  if (file.empty()) return "an unknown place";
  return line > 0 ? file + ":" + std::to_string(line) : file;
}

Result<Trace> Trace::Build(TraceParts parts) {
  // A thread without events has nothing to say: it would come back from a file as no thread at all.
  std::erase_if(parts.threads, [](const auto& log) { return log.events.empty(); });
  if (Result<void> ok = CheckIds(parts); !ok) return tl::make_unexpected(ok.error());
  if (parts.info.ticks_per_second == 0) return Fail("0 ticks a second");

  Trace trace;
  trace.info_ = std::move(parts.info);
  trace.objects_ = std::move(parts.objects);
  trace.sites_ = std::move(parts.sites);
  size_t total = 0;
  for (const auto& log : parts.threads) {
    trace.threads_.push_back(log.thread);
    total += log.events.size();
  }
  trace.events_.reserve(total);
  trace.thread_index_.reserve(total);

  uint64_t error_ticks = 0;
  Result<OrderProof> proof = PutInOrder(parts.threads, [&](uint32_t thread, const Event& event) {
    trace.events_.push_back(event);
    trace.thread_index_.push_back(thread);
  });
  if (!proof) return tl::make_unexpected(proof.error());
  error_ticks = proof->clock_error_ticks;
  trace.proven_holds_ = proof->holds;

  // Steps by thread: counting sort on the thread index.
  trace.thread_steps_at_.assign(trace.threads_.size() + 1, 0);
  for (const uint32_t thread : trace.thread_index_) ++trace.thread_steps_at_[thread + 1];
  for (size_t i = 1; i < trace.thread_steps_at_.size(); ++i) trace.thread_steps_at_[i] += trace.thread_steps_at_[i - 1];
  trace.thread_steps_.resize(total);
  std::vector<uint32_t> next(trace.thread_steps_at_.begin(), trace.thread_steps_at_.end() - 1);
  uint64_t reached = 0;
  for (uint32_t step = 0; step < total; ++step) {
    trace.thread_steps_[next[trace.thread_index_[step]]++] = step;
    reached = std::max(reached, trace.events_[step].ticks());
    if (step % kBlock == kBlock - 1 || step + 1 == total) trace.reached_.push_back(reached);
  }
  trace.clock_error_ns_ = trace.TicksToNs(error_ticks);
  return trace;
}

std::string_view Trace::Meta(std::string_view key) const {
  const auto found =
      std::find_if(info_.meta.begin(), info_.meta.end(), [&](const auto& pair) { return pair.first == key; });
  return found == info_.meta.end() ? std::string_view() : std::string_view(found->second);
}

int64_t Trace::TicksToNs(uint64_t ticks) const {
  __extension__ using Wide = unsigned __int128;
  return static_cast<int64_t>(static_cast<Wide>(ticks) * 1'000'000'000 / info_.ticks_per_second);
}

int64_t Trace::end_ns() const { return reached_.empty() ? 0 : TicksToNs(reached_.back()); }

size_t Trace::StepAt(int64_t ns) const {
  const auto block =
      std::partition_point(reached_.begin(), reached_.end(), [&](uint64_t reached) { return TicksToNs(reached) < ns; });
  size_t step = static_cast<size_t>(block - reached_.begin()) * kBlock;
  while (step < size() && TimeNs(step) < ns) ++step;
  return std::min(step, size());
}

std::span<const uint32_t> Trace::StepsOf(size_t thread_index) const {
  const uint32_t from = thread_steps_at_[thread_index];
  return std::span(thread_steps_).subspan(from, thread_steps_at_[thread_index + 1] - from);
}

const Object& Trace::object(ObjectId id) const {
  static const Object kNone;
  return id == kNoObject || id > objects_.size() ? kNone : objects_[id - 1];
}

const Site& Trace::site(SiteId id) const {
  static const Site kUnknown;
  return id == kUnknownSite || id > sites_.size() ? kUnknown : sites_[id - 1];
}

TraceParts Trace::ToParts() const {
  TraceParts parts{info_, objects_, sites_, {}};
  for (size_t thread = 0; thread < threads_.size(); ++thread) {
    TraceParts::ThreadEvents& log = parts.threads.emplace_back();
    log.thread = threads_[thread];
    const std::span<const uint32_t> steps = StepsOf(thread);
    log.events.reserve(steps.size());
    for (const uint32_t step : steps) log.events.push_back(events_[step]);
  }
  return parts;
}

}  // namespace lockscope::trace
