#include "core/trace/trace.h"

#include <algorithm>

#include "core/trace/event_order.h"
#include "core/trace/trace_assembly.h"

namespace lockscope::trace {
namespace {

constexpr size_t kEventsAtOnce = 4096;  // Few enough to stay in the processor's nearer caches.

}  // namespace
std::string Site::Place() const {
  if (file.empty()) return "an unknown place";
  return line > 0 ? file + ":" + std::to_string(line) : file;
}

Result<Trace> Trace::Build(TraceParts parts) {
  // A thread without events has nothing to say: it would come back from a file as no thread at all.
  std::erase_if(parts.threads, [](const auto& log) { return log.events.empty(); });
  std::vector<TraceAssembly::Log> logs;
  for (const TraceParts::ThreadEvents& log : parts.threads) {
    logs.push_back({log.thread, log.events.size()});
    for (size_t i = 0; i < log.events.size(); ++i) {
      // The order of events needs this much; the assembly looks at the rest.
      if (log.events[i].object() <= parts.objects.size()) continue;
      return Fail("event {} of thread {}: object {} of {}", i, log.thread, log.events[i].object(),
                  parts.objects.size());
    }
  }
  Result<TraceAssembly> assembly =
      TraceAssembly::Begin(std::move(parts.info), std::move(parts.objects), std::move(parts.sites), logs);
  if (!assembly) return tl::make_unexpected(assembly.error());
  Result<EventOrder> order = EventOrder::Of(parts.threads);
  if (!order) return tl::make_unexpected(order.error());
  std::vector<uint32_t> indices(kEventsAtOnce);
  while (!assembly->complete()) {
    const Result<size_t> got = order->Next(assembly->Room(kEventsAtOnce), indices);
    if (!got) return tl::make_unexpected(got.error());
    if (Result<void> ok = assembly->Commit(std::span(indices).first(*got)); !ok) return tl::make_unexpected(ok.error());
  }
  return assembly->Finish();
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

uint64_t Trace::FinestTicks() const {
  uint64_t finest = 0;
  for (size_t thread = 0; thread < threads_.size(); ++thread) {
    const std::span<const uint32_t> steps = StepsOf(thread);
    for (size_t i = 1; i < steps.size(); ++i) {
      const uint64_t before = events_[steps[i - 1]].ticks();
      const uint64_t now = events_[steps[i]].ticks();
      if (now > before && (finest == 0 || now - before < finest)) finest = now - before;
    }
  }
  return finest;
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
