// A recording's bytes. The first byte of the input says which (its bits):
//   1  the checksums are made right before it is read, so that what stands behind them is looked at
//   2  a recording under way: two bytes say how long the file is (the low one first); what follows it is the ring's, patch
//      by patch: where (four bytes, the low one first), how many bytes (one), and these. The rest of the ring is zero.
// Whatever it is, it is a recording or an error of one line. A recording keeps what it promises to those who look at it, and
// can be written in each form and read again as what it was.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/base/unique_fd.h"
#include "core/trace/live_format.h"
#include "core/trace/trace.h"
#include "core/trace/trace_file.h"
#include "core/trace/trace_follower.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/targets.h"
#include "tests/support/mend_checksums.h"

namespace lockscope::fuzz {
namespace {

using trace::FileForm;
using trace::Trace;

constexpr uint8_t kMend = 1;
constexpr uint8_t kWithRing = 2;
constexpr size_t kSegments = 2;  // Of the ring: as a recording begins.
constexpr size_t kRingBytes = sizeof(trace::format::RingHeader) + kSegments * trace::format::kSegmentBytes;
const std::string kName = "the input";

// From here on it is looked at as the analysis and the viewer do.
void CheckTrace(const Trace& trace) {
  size_t steps = 0;
  for (size_t thread = 0; thread < trace.threads().size(); ++thread) {
    uint32_t before = 0;
    for (const uint32_t step : trace.StepsOf(thread)) {
      LS_CHECK(step < trace.size() && step >= before && trace.ThreadIndex(step) == thread);
      before = step;
      ++steps;
    }
  }
  LS_CHECK(steps == trace.size(), "each step is of one thread");
  for (size_t step = 0; step < trace.size(); ++step) {
    const trace::Event& event = trace.event(step);
    LS_CHECK(event.object() <= trace.objects().size() && event.site() <= trace.sites().size());
    LS_CHECK(trace.thread(step) <= trace.objects().size());
    LS_CHECK(!trace.Place(step).empty());
    LS_CHECK(trace.StepAt(trace.TimeNs(step)) <= step, "no later than the step itself");
  }
  for (const trace::Object& object : trace.objects()) LS_CHECK(object.parent <= trace.objects().size());
  LS_CHECK(trace.StepAt(trace.end_ns()) < trace.size() || trace.empty());
}

void CheckSame(const Trace& one, const Trace& other) {
  LS_CHECK(std::ranges::equal(one.events(), other.events()));
  LS_CHECK(std::ranges::equal(one.objects(), other.objects()) && std::ranges::equal(one.sites(), other.sites()));
  for (size_t step = 0; step < one.size(); ++step) LS_CHECK(one.thread(step) == other.thread(step));
}

void CheckWritten(const Trace& trace) {
  for (const FileForm form : {FileForm::kCompact, FileForm::kPlain}) {
    const std::vector<std::byte> bytes = trace::EncodeTrace(trace, form);
    const Result<Trace> again = trace::ReadTraceBytes(bytes, kName);
    LS_CHECK(again.has_value(), "what was written cannot be read: {}", again.error().message);
    CheckSame(trace, *again);
    LS_CHECK(trace::EncodeTrace(*again, form) == bytes, "equal recordings, other bytes");
  }
}

void CheckOutcome(const Result<Trace>& trace) {
  if (!trace) {
    const std::string& message = trace.error().message;
    LS_CHECK(message.starts_with(kName) && message.find('\n') == std::string::npos, "{}", message);
    return;
  }
  CheckTrace(*trace);
  CheckWritten(*trace);
}

unique_fd FileOf(std::span<const std::byte> bytes) {
  unique_fd file(::memfd_create("fuzz", MFD_CLOEXEC));
  LS_CHECK(::pwrite(file.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  return file;
}

unique_fd RingOf(FuzzInput& input) {
  unique_fd ring = FileOf({});
  LS_CHECK(::ftruncate(ring.get(), kRingBytes) == 0);
  while (!input.empty()) {
    size_t at = 0;
    for (int shift = 0; shift < 32; shift += 8) at |= size_t{input.Byte()} << shift;
    const std::span<const std::byte> bytes = input.Bytes(input.Byte());
    at = std::min(at, kRingBytes - bytes.size());
    LS_CHECK(::pwrite(ring.get(), bytes.data(), bytes.size(), static_cast<off_t>(at)) ==
             static_cast<ssize_t>(bytes.size()));
  }
  return ring;
}

Result<Trace> ReadWithRing(FuzzInput& input) {
  const size_t low = input.Byte();
  unique_fd out = FileOf(input.Bytes(low | size_t{input.Byte()} << 8));
  unique_fd ring = RingOf(input);
  Result<trace::TraceParts> parts = trace::TraceFollower::ReadAll(std::move(out), std::move(ring), kName);
  if (!parts) return tl::make_unexpected(parts.error());
  return Trace::Build(std::move(*parts));
}

}  // namespace

void FuzzTrace(std::span<const std::byte> bytes) {
  FuzzInput input(bytes);
  const uint8_t flags = input.Byte();
  if ((flags & kWithRing) != 0) {
    const Result<Trace> trace = ReadWithRing(input);
    if (!trace) return;
    CheckTrace(*trace);
    return CheckWritten(*trace);
  }
  const std::span<const std::byte> rest = input.Bytes(bytes.size());
  std::vector<std::byte> file(rest.begin(), rest.end());
  if ((flags & kMend) != 0) testing::MendChecksums(file);
  CheckOutcome(trace::ReadTraceBytes(file, kName));
}

}  // namespace lockscope::fuzz
