#include "core/rpc/memory_transport.h"

#include <algorithm>
#include <deque>

#include "core/base/check.h"

namespace lockscope::rpc {

struct MemoryTransport::Pipe {
  std::deque<std::byte> bytes;
  bool writer_closed = false;
  bool reader_closed = false;
  // The ends themselves, for their observers; null once destroyed.
  const MemoryTransport* reader = nullptr;
  const MemoryTransport* writer = nullptr;
};

MemoryTransport::MemoryTransport(std::string peer_name, Handle handle, std::shared_ptr<Pipe> in,
                                 std::shared_ptr<Pipe> out)
    : peer_name_(std::move(peer_name)), handle_(handle), in_(std::move(in)), out_(std::move(out)) {
  in_->reader = this;
  out_->writer = this;
}

MemoryTransport::Pair MemoryTransport::MakePair(std::string first_name, std::string second_name, Handle first,
                                                Handle second) {
  auto there = std::make_shared<Pipe>();
  auto back = std::make_shared<Pipe>();
  // The constructor is private, which make_unique cannot see past.
  return {.first = std::unique_ptr<MemoryTransport>(new MemoryTransport(std::move(second_name), first, back, there)),
          .second = std::unique_ptr<MemoryTransport>(new MemoryTransport(std::move(first_name), second, there, back))};
}

MemoryTransport::~MemoryTransport() {
  in_->reader = nullptr;
  out_->writer = nullptr;
  Close();
}

void MemoryTransport::Notify() const {
  if (observer_) observer_();
}

IoResult MemoryTransport::Read(std::span<std::byte> into) {
  LS_CHECK(!into.empty(), "an empty read could not be told from the end of the stream");
  if (closed_) return {.status = IoStatus::kClosed};
  if (fault_ != 0) return {.status = IoStatus::kError, .error_number = fault_};
  const size_t n = std::min({into.size(), limits_.read_at_most, in_->bytes.size()});
  if (n == 0) {
    const bool ended = in_->writer_closed && in_->bytes.empty();
    return {.status = ended ? IoStatus::kClosed : IoStatus::kWouldBlock};
  }
  const auto end = in_->bytes.begin() + static_cast<std::ptrdiff_t>(n);
  std::copy(in_->bytes.begin(), end, into.begin());
  in_->bytes.erase(in_->bytes.begin(), end);
  if (in_->writer != nullptr) in_->writer->Notify();
  return {.status = IoStatus::kOk, .bytes = n};
}

IoResult MemoryTransport::Write(std::span<const std::byte> from) {
  LS_CHECK(!from.empty(), "an empty write has no outcome");
  if (closed_ || out_->writer_closed || out_->reader_closed) return {.status = IoStatus::kClosed};
  if (fault_ != 0) return {.status = IoStatus::kError, .error_number = fault_};
  const size_t room = limits_.capacity - std::min(limits_.capacity, out_->bytes.size());
  const size_t n = std::min({from.size(), limits_.write_at_most, room});
  if (n == 0) return {.status = IoStatus::kWouldBlock};
  out_->bytes.insert(out_->bytes.end(), from.begin(), from.begin() + static_cast<std::ptrdiff_t>(n));
  if (out_->reader != nullptr) out_->reader->Notify();
  return {.status = IoStatus::kOk, .bytes = n};
}

void MemoryTransport::Close() {
  if (closed_) return;
  closed_ = true;
  in_->reader_closed = true;
  in_->bytes.clear();
  CloseWriting();
  if (in_->writer != nullptr) in_->writer->Notify();
}

void MemoryTransport::CloseWriting() {
  if (out_->writer_closed) return;
  out_->writer_closed = true;
  if (out_->reader != nullptr) out_->reader->Notify();
}

void MemoryTransport::FailWith(int error_number) {
  fault_ = error_number;
  Notify();
}

void MemoryTransport::SetLimits(const Limits& limits) {
  limits_ = limits;
  Notify();
}

bool MemoryTransport::readable() const {
  if (closed_ || fault_ != 0) return true;
  if (in_->bytes.empty()) return in_->writer_closed;
  return limits_.read_at_most > 0;
}

bool MemoryTransport::writable() const {
  if (closed_ || fault_ != 0 || out_->writer_closed || out_->reader_closed) return true;
  return limits_.write_at_most > 0 && out_->bytes.size() < limits_.capacity;
}

}  // namespace lockscope::rpc
