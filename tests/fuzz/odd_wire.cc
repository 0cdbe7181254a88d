#include "tests/fuzz/odd_wire.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace lockscope::fuzz {

using rpc::IoResult;
using rpc::IoStatus;
using sync::Action;

namespace {

// Each read and write is a step of the schedule.
class ScheduledEnd final : public rpc::Transport {
 public:
  ScheduledEnd(sched::ControlledRuntime& runtime, std::unique_ptr<rpc::MemoryTransport> end, DaemonEnd self)
      : runtime_(runtime), end_(std::move(end)), self_(std::move(self)) {}
  ~ScheduledEnd() override {
    *self_ = nullptr;
    end_->SetObserver(nullptr);  // The poller may be gone before what is left in the listener.
  }

  IoResult Read(std::span<std::byte> into) override {
    if (!runtime_.Step(Action::kRead, kNoObject)) return {.status = IoStatus::kClosed};
    return end_->Read(into);
  }
  IoResult Write(std::span<const std::byte> from) override {
    if (!runtime_.Step(Action::kWrite, kNoObject)) return {.status = IoStatus::kClosed};
    return end_->Write(from);
  }
  void Close() override {
    if (runtime_.Step(Action::kWrite, kNoObject)) end_->Close();
  }
  Handle handle() const override { return end_->handle(); }
  std::string_view peer_name() const override { return end_->peer_name(); }

 private:
  sched::ControlledRuntime& runtime_;
  const std::unique_ptr<rpc::MemoryTransport> end_;
  const DaemonEnd self_;
};

// So many times a byte from the client, kHello or the handshake fails, and a byte back.
class HandshakeTransport final : public rpc::Transport {
 public:
  HandshakeTransport(std::unique_ptr<rpc::Transport> inner, int round_trips)
      : inner_(std::move(inner)), left_(round_trips) {}

  rpc::HandshakeStep Handshake() override {
    for (; left_ > 0; --left_) {
      std::byte byte{};
      if (!owes_answer_) {
        const IoResult read = inner_->Read({&byte, 1});
        if (read.status == IoStatus::kWouldBlock) return rpc::HandshakeStep::kWantsRead;
        if (read.status != IoStatus::kOk || byte != kHello) return rpc::HandshakeStep::kFailed;
      }
      owes_answer_ = true;
      const IoResult written = inner_->Write({&byte, 1});
      if (written.status == IoStatus::kWouldBlock) return rpc::HandshakeStep::kWantsWrite;
      if (written.status != IoStatus::kOk) return rpc::HandshakeStep::kFailed;
      owes_answer_ = false;
    }
    return rpc::HandshakeStep::kDone;
  }
  IoResult Read(std::span<std::byte> into) override {
    LS_CHECK(left_ == 0, "the daemon reads calls before the handshake is done");
    return inner_->Read(into);
  }
  IoResult Write(std::span<const std::byte> from) override {
    LS_CHECK(left_ == 0, "the daemon writes before the handshake is done");
    return inner_->Write(from);
  }
  void Close() override { inner_->Close(); }
  Handle handle() const override { return inner_->handle(); }
  std::string_view peer_name() const override { return inner_->peer_name(); }

 private:
  const std::unique_ptr<rpc::Transport> inner_;
  int left_;
  bool owes_answer_ = false;
};

// What came is "decrypted" in blocks, as TLS does it: the rest of a block is there to be read, and no handle tells of it.
class BlockTransport final : public rpc::Transport {
 public:
  BlockTransport(std::unique_ptr<rpc::Transport> inner, size_t block) : inner_(std::move(inner)), block_(block) {}

  rpc::HandshakeStep Handshake() override { return inner_->Handshake(); }
  IoResult Read(std::span<std::byte> into) override {
    if (decrypted_.empty()) {
      std::vector<std::byte> bytes(block_);
      const IoResult result = inner_->Read(bytes);
      if (result.status != IoStatus::kOk) return result;
      decrypted_.assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(result.bytes));
    }
    const size_t n = std::min(into.size(), decrypted_.size());
    std::copy_n(decrypted_.begin(), n, into.begin());
    decrypted_.erase(decrypted_.begin(), decrypted_.begin() + static_cast<std::ptrdiff_t>(n));
    return {.bytes = n};
  }
  IoResult Write(std::span<const std::byte> from) override { return inner_->Write(from); }
  bool has_buffered_input() const override { return !decrypted_.empty(); }
  bool encrypted() const override { return true; }
  void Close() override {
    decrypted_.clear();
    inner_->Close();
  }
  Handle handle() const override { return inner_->handle(); }
  std::string_view peer_name() const override { return inner_->peer_name(); }

 private:
  const std::unique_ptr<rpc::Transport> inner_;
  const size_t block_;
  std::vector<std::byte> decrypted_;
};

}  // namespace

OddListener::OddListener(sched::ControlledRuntime& runtime, sched::ControlledPoller& poller)
    : runtime_(runtime),
      poller_(poller),
      handle_(poller.Add([this] { return waiting_.empty() ? 0 : loop::kIoReadable; })) {}

OddListener::Connection OddListener::Connect(const WireOptions& options) {
  if (!runtime_.Step(Action::kConnect, kNoObject) || closed_) return {};
  const Handle handle = poller_.Add();
  rpc::MemoryTransport::Pair ends = rpc::MemoryTransport::MakePair("", "daemon", {}, handle);
  rpc::MemoryTransport* const daemon_end = ends.second.get();
  daemon_end->SetLimits({.read_at_most = options.portion, .write_at_most = options.portion});
  poller_.SetReadiness(handle, [daemon_end] {
    return (daemon_end->readable() ? loop::kIoReadable : 0) | (daemon_end->writable() ? loop::kIoWritable : 0);
  });
  daemon_end->SetObserver([this] { poller_.Changed(); });
  auto self = std::make_shared<rpc::MemoryTransport*>(daemon_end);
  std::unique_ptr<rpc::Transport> transport = std::make_unique<ScheduledEnd>(runtime_, std::move(ends.second), self);
  if (options.handshakes > 0) {
    transport = std::make_unique<HandshakeTransport>(std::move(transport), options.handshakes);
  }
  if (options.block > 0) transport = std::make_unique<BlockTransport>(std::move(transport), options.block);
  waiting_.push_back(std::move(transport));
  poller_.Changed();
  return {std::move(ends.first), std::move(self)};
}

Result<std::unique_ptr<rpc::Transport>> OddListener::Accept() {
  if (!runtime_.Step(Action::kAccept, kNoObject)) return nullptr;
  if (std::exchange(fail_next_, false)) return Fail("cannot accept a connection: Too many open files");
  if (waiting_.empty()) return nullptr;
  std::unique_ptr<rpc::Transport> next = std::move(waiting_.front());
  waiting_.pop_front();
  return next;
}

void OddListener::Close() {
  closed_ = true;
  waiting_.clear();
}

}  // namespace lockscope::fuzz
