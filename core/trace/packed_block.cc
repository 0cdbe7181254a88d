#include "core/trace/packed_block.h"

#include <zstd.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "core/base/check.h"

namespace lockscope::trace {
namespace {

using format::BlockForm;
using format::BlockHeader;
using format::FactEntry;
using format::PackedHeader;
using format::Plane;

// A load at random takes 2.97 bytes a lock and unlock; 3 would take 3.00, and finish a quarter sooner.
constexpr int kZstdLevel = 4;

// A lock's next acquisition has the next number.
constexpr uint32_t ArgStep(EventKind kind) { return kind == EventKind::kLockAcquired ? 1 : 0; }

void Put(std::vector<std::byte>& out, uint64_t value, size_t bytes) {
  const size_t at = out.size();
  out.resize(at + bytes);
  std::memcpy(out.data() + at, &value, bytes);
}

constexpr uint32_t ZigZag(uint32_t value) { return value << 1 ^ (value >> 31 != 0 ? ~uint32_t{0} : 0); }
constexpr uint32_t UnZigZag(uint32_t value) { return value >> 1 ^ ((value & 1) != 0 ? ~uint32_t{0} : 0); }

void PutVarint(std::vector<std::byte>& out, uint32_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::byte>(value | 0x80));
  out.push_back(static_cast<std::byte>(value));
}

}  // namespace

PackedBlockWriter::PackedBlockWriter(bool with_zstd) : zstd_(with_zstd ? ZSTD_createCCtx() : nullptr, ZSTD_freeCCtx) {
  if (zstd_ != nullptr) ZSTD_CCtx_setParameter(zstd_.get(), ZSTD_c_compressionLevel, kZstdLevel);
}

// Numbers facts and threads in order of their first appearance.
void PackedBlockWriter::ListFactsAndThreads(std::span<const Event> events, std::span<const uint32_t> logs) {
  facts_.clear();
  threads_.clear();
  fact_of_.clear();
  thread_of_.clear();
  std::unordered_map<uint64_t, uint16_t> fact_places;
  std::unordered_map<uint32_t, uint16_t> thread_places;
  std::unordered_map<ObjectId, uint16_t> lock_slots;
  int job_slot = -1;
  for (size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    const auto low = static_cast<uint32_t>(event.word1());
    const auto place = static_cast<uint16_t>(facts_.size());
    const auto [fact, is_new] = fact_places.try_emplace(uint64_t{low} << 12 | event.site(), place);
    if (is_new) {
      // A lock's acquisitions and releases share one memory of its number, all jobs share one, the rest have one each.
      uint16_t slot = place;
      const KindInfo* const kind = FindKind(event.kind());
      const ArgType arg = kind == nullptr ? ArgType::kNone : kind->arg;
      if (arg == ArgType::kSequence) slot = lock_slots.try_emplace(event.object(), place).first->second;
      if (arg == ArgType::kJob) {
        if (job_slot < 0) job_slot = place;
        slot = static_cast<uint16_t>(job_slot);
      }
      facts_.push_back({low, static_cast<uint16_t>(event.site()), slot});
    }
    fact_of_.push_back(fact->second);
    const auto [thread, new_thread] = thread_places.try_emplace(logs[i], static_cast<uint16_t>(threads_.size()));
    if (new_thread) threads_.push_back(logs[i]);
    thread_of_.push_back(thread->second);
  }
}

void PackedBlockWriter::FillPlanes(std::span<const Event> events, bool time_per_thread) {
  for (Bytes& plane : planes_) plane.clear();
  std::vector<uint64_t> last_ticks(threads_.size(), events.front().ticks());
  std::vector<uint16_t> last_fact(threads_.size());
  std::vector<uint16_t> next(facts_.size());
  std::vector<bool> surprising(facts_.size());
  std::vector<uint32_t> last_args(facts_.size());
  uint16_t thread = 0, switched_from = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    uint8_t token = 0;
    if (thread_of_[i] != thread) {
      if (thread_of_[i] == switched_from) {
        token |= format::kTokenSwitch;
      } else {
        token |= format::kTokenThread;
        Put(plane(Plane::kThreads), thread_of_[i], threads_.size() > 256 ? 2 : 1);
      }
      switched_from = std::exchange(thread, thread_of_[i]);
    }
    uint64_t& ticks = last_ticks[time_per_thread ? thread : 0];
    const bool back = event.ticks() < ticks;
    const uint64_t difference = back ? ticks - event.ticks() : event.ticks() - ticks;
    ticks = event.ticks();
    if (back) token |= format::kTokenTimeBack;
    Put(plane(Plane::kTimeLow), difference, 1);
    if (difference >> 8 != 0) Put(plane(Plane::kTimeSecond), difference >> 8, 1);
    if (difference >> 24 != 0) {
      token |= 3;
      Put(plane(Plane::kTimeRest), difference >> 16, 6);
    } else if (difference >> 16 != 0) {
      token |= 2;
      Put(plane(Plane::kTimeRest), difference >> 16, 1);
    } else if (difference >> 8 != 0) {
      token |= 1;
    }
    const uint16_t fact = fact_of_[i];
    const uint16_t before = last_fact[thread];
    const bool surprise = next[before] != fact;
    if (surprise) {
      Put(plane(Plane::kFacts), fact, 1);
      if (facts_.size() > 256) Put(plane(Plane::kFactsHigh), fact >> 8, 1);
    }
    if (surprise != surprising[before]) token |= format::kTokenFact;
    surprising[before] = surprise;
    next[before] = fact;
    last_fact[thread] = fact;
    uint32_t& arg = last_args[facts_[fact].slot];
    const uint32_t foretold_arg = arg + ArgStep(event.kind());
    if (event.arg() != foretold_arg) {
      token |= format::kTokenArg;
      PutVarint(plane(Plane::kArgs), ZigZag(event.arg() - foretold_arg));
    }
    arg = event.arg();
    Put(plane(Plane::kTokens), token, 1);
  }
  for (const FactEntry& fact : facts_) {
    Put(plane(Plane::kFactList), fact.object_and_kind, 4);
    Put(plane(Plane::kFactList), uint64_t{fact.slot} << 16 | fact.site, 4);
  }
  for (const uint32_t log : threads_) Put(plane(Plane::kThreadList), log, 4);
}

void PackedBlockWriter::Append(std::span<const Event> events, std::span<const uint32_t> logs,
                               std::vector<std::byte>& out) {
  LS_CHECK(!events.empty() && events.size() <= format::kMostBlockEvents, "a block of {} events", events.size());
  ListFactsAndThreads(events, logs);
  // With few threads each one's own rhythm is foretold best; of many, all running at once, the next is never far away.
  uint64_t bits_per_thread = 0, bits_of_all = 0;
  std::vector<uint64_t> last(threads_.size(), events.front().ticks());
  for (size_t i = 0; i < events.size(); ++i) {
    const auto distance = [&](uint64_t from) {
      const uint64_t now = events[i].ticks();
      return static_cast<uint64_t>(std::bit_width(now < from ? from - now : now - from));
    };
    bits_per_thread += distance(last[thread_of_[i]]);
    bits_of_all += i == 0 ? 0 : distance(events[i - 1].ticks());
    last[thread_of_[i]] = events[i].ticks();
  }
  const bool per_thread = bits_per_thread < bits_of_all;
  FillPlanes(events, per_thread);

  const size_t start = out.size();
  const BlockHeader block{static_cast<uint32_t>(events.size()), static_cast<uint32_t>(BlockForm::kPacked)};
  PackedHeader header{};
  header.first_ticks = events.front().ticks();
  header.facts = static_cast<uint32_t>(facts_.size());
  header.threads = static_cast<uint16_t>(threads_.size() - 1);
  header.time_per_thread = per_thread ? 1 : 0;
  out.resize(start + sizeof block + sizeof header);
  for (size_t i = 0; i < format::kPlanes; ++i) {
    const Bytes& plane = planes_[i];
    header.planes[i].bytes = header.planes[i].stored_bytes = static_cast<uint32_t>(plane.size());
    if (zstd_ != nullptr) {
      compressed_.resize(ZSTD_compressBound(plane.size()));
      const size_t size =
          ZSTD_compress2(zstd_.get(), compressed_.data(), compressed_.size(), plane.data(), plane.size());
      if (!ZSTD_isError(size) && size < plane.size()) {
        header.planes[i].stored_bytes = static_cast<uint32_t>(size);
        out.insert(out.end(), compressed_.begin(), compressed_.begin() + static_cast<ptrdiff_t>(size));
        continue;
      }
    }
    out.insert(out.end(), plane.begin(), plane.end());
  }
  const size_t least = (events.size() + format::kMostEventsPerByte - 1) / format::kMostEventsPerByte;
  out.resize(std::max(out.size(), start + least));
  std::memcpy(out.data() + start, &block, sizeof block);
  std::memcpy(out.data() + start + sizeof block, &header, sizeof header);
}

Result<void> PackedBlockReader::Read(std::span<const std::byte> payload, std::span<Event> events,
                                     std::span<uint32_t> logs) {
  PackedHeader header;
  if (payload.size() < sizeof header) return Fail("it ends inside its header of {} bytes", sizeof header);
  std::memcpy(&header, payload.data(), sizeof header);
  if (header.facts == 0 || header.facts > events.size()) {
    return Fail("{} facts in {} events", header.facts, events.size());
  }
  if (header.threads >= events.size()) return Fail("{} threads in {} events", header.threads + 1, events.size());
  if (header.time_per_thread > 1) return Fail("time differences of kind {}; 0 or 1", header.time_per_thread);
  if (Result<void> ok = ReadPlanes(header, payload.subspan(sizeof header), events.size()); !ok) return ok;
  if (Result<void> ok = CheckTokens(header); !ok) return ok;

  facts_.resize(header.facts);
  last_args_.assign(header.facts, 0);
  for (size_t i = 0; i < facts_.size(); ++i) {
    FactEntry entry;
    std::memcpy(&entry, plane(Plane::kFactList).data() + i * sizeof entry, sizeof entry);
    if (entry.slot >= header.facts || entry.site > kMaxSiteId) {
      return Fail("fact {} has the slot {} of {} and the site {}", i, entry.slot, header.facts, entry.site);
    }
    const auto kind = static_cast<EventKind>(entry.object_and_kind & 0xff);
    facts_[i] = {entry.object_and_kind, entry.site, entry.slot, 0, ArgStep(kind)};
  }
  threads_.resize(header.threads + size_t{1});
  for (size_t i = 0; i < threads_.size(); ++i) {
    threads_[i] = {header.first_ticks, 0, 0};
    std::memcpy(&threads_[i].log, plane(Plane::kThreadList).data() + i * sizeof(uint32_t), sizeof(uint32_t));
  }
  const bool many_facts = header.facts > 256;
  if (threads_.size() > 256) {
    return many_facts ? Decode<uint16_t, true>(header, events, logs) : Decode<uint16_t, false>(header, events, logs);
  }
  return many_facts ? Decode<uint8_t, true>(header, events, logs) : Decode<uint8_t, false>(header, events, logs);
}

Result<void> PackedBlockReader::ReadPlanes(const PackedHeader& header, std::span<const std::byte> payload,
                                           size_t events) {
  // The longest that each can be: what a plane says of its own length is not believed before.
  size_t most[format::kPlanes];
  std::fill(std::begin(most), std::end(most), events);
  most[static_cast<size_t>(Plane::kTimeRest)] = 6 * events;
  most[static_cast<size_t>(Plane::kArgs)] = 5 * events;
  most[static_cast<size_t>(Plane::kThreads)] = 2 * events;
  most[static_cast<size_t>(Plane::kFactList)] = sizeof(FactEntry) * size_t{header.facts};
  most[static_cast<size_t>(Plane::kThreadList)] = sizeof(uint32_t) * (size_t{header.threads} + 1);
  size_t at = 0;
  for (size_t i = 0; i < format::kPlanes; ++i) {
    const auto [bytes, stored] = header.planes[i];
    if (bytes > most[i]) return Fail("plane {} has {} bytes; {} are the most", i, bytes, most[i]);
    if (stored > payload.size() - at) {
      return Fail("plane {} is stored in {} bytes, but {} are left", i, stored, payload.size() - at);
    }
    if (stored > bytes) return Fail("plane {} is stored in {} bytes, but has {}", i, stored, bytes);
    planes_[i].resize(bytes + kSlack);
    sizes_[i] = bytes;
    if (stored == bytes) {
      if (bytes > 0) std::memcpy(planes_[i].data(), payload.data() + at, bytes);
    } else {
      if (zstd_ == nullptr) zstd_ = {ZSTD_createDCtx(), ZSTD_freeDCtx};
      const size_t got = ZSTD_decompressDCtx(zstd_.get(), planes_[i].data(), bytes, payload.data() + at, stored);
      if (ZSTD_isError(got)) return Fail("plane {} cannot be decompressed: {}", i, ZSTD_getErrorName(got));
      if (got != bytes) return Fail("plane {} has {} bytes; {} were expected", i, got, bytes);
    }
    at += stored;
  }
  for (const Plane list : {Plane::kTokens, Plane::kTimeLow, Plane::kFactList, Plane::kThreadList}) {
    const auto i = static_cast<size_t>(list);
    if (header.planes[i].bytes != most[i]) {
      return Fail("plane {} has {} bytes; {} were expected", i, header.planes[i].bytes, most[i]);
    }
  }
  // One may be looked at for each event, and counts or not. Where there is no upper byte it is 0.
  for (const Plane facts : {Plane::kFacts, Plane::kFactsHigh}) {
    std::vector<std::byte>& bytes = planes_[static_cast<size_t>(facts)];
    bytes.resize(sizes_[static_cast<size_t>(facts)]);
    bytes.resize(events);
  }
  return {};
}

// What the tokens take from the planes is there: decoding need not look.
Result<void> PackedBlockReader::CheckTokens(const PackedHeader& header) {
  size_t second = 0, rest = 0, switched = 0, both = 0;
  for (const std::byte token : plane(Plane::kTokens)) {
    const auto bits = static_cast<uint32_t>(token);
    const uint32_t time = bits & format::kTokenTimeBytes;
    second += time != 0 ? 1 : 0;
    rest += time == 2 ? 1 : 0;
    rest += time == 3 ? 6 : 0;
    switched += bits / format::kTokenThread & 1;
    both += bits >= 128 || (bits & format::kTokenThread && bits & format::kTokenSwitch) ? 1 : 0;
  }
  if (both != 0) return Fail("{} of its tokens are none", both);
  const size_t thread_bytes = switched * (header.threads >= 256 ? 2 : 1);
  const size_t high = header.facts > 256 ? plane(Plane::kFacts).size() : 0;
  const std::pair<Plane, size_t> expected[] = {{Plane::kTimeSecond, second},
                                               {Plane::kTimeRest, rest},
                                               {Plane::kFactsHigh, high},
                                               {Plane::kThreads, thread_bytes}};
  for (const auto& [which, bytes] : expected) {
    if (plane(which).size() != bytes) {
      return Fail("plane {} has {} bytes; its tokens take {}", static_cast<int>(which), plane(which).size(), bytes);
    }
  }
  return {};
}

// A block's latency is what counts: an event's fact hangs on the fact before it, and there is no time for a branch that is
// foretold wrongly. Threads that run at once alternate, and surprise, at random: both are chosen without one.
template <typename ThreadPlace, bool kManyFacts>
Result<void> PackedBlockReader::Decode(const PackedHeader& header, std::span<Event> events, std::span<uint32_t> logs) {
  const auto* const tokens = plane(Plane::kTokens).data();
  const auto* const time_low = plane(Plane::kTimeLow).data();
  const auto* time_second = plane(Plane::kTimeSecond).data();
  const auto* time_rest = plane(Plane::kTimeRest).data();
  const auto* const told_low = plane(Plane::kFacts).data();
  const auto* const told_high = plane(Plane::kFactsHigh).data();
  const auto* thread_place = plane(Plane::kThreads).data();
  const std::span<const std::byte> args = plane(Plane::kArgs);
  Fact* const facts = facts_.data();
  Thread* const threads = threads_.data();
  uint32_t* const last_args = last_args_.data();
  const size_t fact_count = facts_.size(), thread_count = threads_.size();
  const uint32_t per_thread = header.time_per_thread != 0 ? ~uint32_t{0} : 0;
  size_t args_at = 0, told_at = 0;
  uint32_t thread = 0, switched_from = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    const auto token = static_cast<uint32_t>(tokens[i]);
    const bool swap = (token & format::kTokenSwitch) != 0;
    const uint32_t from = thread;
    thread = swap ? switched_from : thread;
    switched_from = swap ? from : switched_from;
    if (token & format::kTokenThread) {
      ThreadPlace place;
      std::memcpy(&place, thread_place, sizeof place);
      thread_place += sizeof place;
      if (place >= thread_count) return Fail("event {} is of thread {} of {}", i, place, thread_count);
      switched_from = from;
      thread = place;
    }
    Thread& self = threads[thread];

    const uint32_t time_bytes = token & format::kTokenTimeBytes;
    const uint64_t has_second = time_bytes != 0 ? 1 : 0;
    uint64_t difference = static_cast<uint64_t>(time_low[i]) | (static_cast<uint64_t>(*time_second) * has_second) << 8;
    time_second += has_second;
    if (time_bytes >= 2) [[unlikely]] {
      uint64_t rest = static_cast<uint64_t>(*time_rest);
      const size_t bytes = time_bytes == 2 ? 1 : 6;
      if (bytes == 6) std::memcpy(&rest, time_rest, 6);
      time_rest += bytes;
      difference |= rest << 16;
    }
    const uint64_t back = (token & format::kTokenTimeBack) != 0 ? ~uint64_t{0} : 0;
    const uint64_t ticks = threads[thread & per_thread].ticks + ((difference ^ back) - back);
    threads[thread & per_thread].ticks = ticks;

    Fact& before = facts[self.last_fact];
    const uint32_t surprising = (before.next ^ token * (kSurprising / format::kTokenFact)) & kSurprising;
    uint32_t told = static_cast<uint32_t>(told_low[told_at]);
    if constexpr (kManyFacts) told |= static_cast<uint32_t>(told_high[told_at]) << 8;
    const uint32_t place = surprising != 0 ? told : before.next & (kSurprising - 1);
    told_at += surprising / kSurprising;
    if (place >= fact_count) return Fail("event {} says fact {} of {}", i, place, fact_count);
    before.next = place | surprising;
    self.last_fact = place;
    const Fact& fact = facts[place];

    uint32_t arg = last_args[fact.slot] + fact.step;
    if (token & format::kTokenArg) [[unlikely]] {
      uint32_t value = 0;
      for (int shift = 0;; shift += 7) {
        if (args_at == args.size() || shift > 28) return Fail("the argument of event {} has no end", i);
        const auto byte = static_cast<uint32_t>(args[args_at++]);
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80) break;
      }
      arg += UnZigZag(value);
    }
    last_args[fact.slot] = arg;
    events[i] = Event(ticks << Event::kSiteBits | fact.site, uint64_t{arg} << 32 | fact.object_and_kind);
    logs[i] = self.log;
  }
  if (args_at != args.size()) return Fail("{} bytes of arguments are left over", args.size() - args_at);
  const size_t fact_bytes = plane(Plane::kFacts).size();
  if (told_at != fact_bytes) return Fail("its tokens take {} facts of {}", told_at, fact_bytes);
  return {};
}

}  // namespace lockscope::trace
