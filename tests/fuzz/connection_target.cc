// A whole daemon – leader, loop, workers, a driver – and up to four clients, in a controlled run: on one OS thread, in
// virtual time, in an order that the input has a say in. What an input holds:
//   a byte of options (see Options), the number of preemptions, two bytes for each (the scheduler's turns before it, and
//   who goes then), and from there on what the clients do: a byte for what, and for whose connection, then its own bytes
//   (see Script::Do).
// Clients may do whatever a socket allows. In the end they all hang up, and the daemon must hold none of them, serve one
// more, and end. A client that has done nothing improper is tame: each of its calls must have been answered, once.
#include <array>
#include <cerrno>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/base/check.h"
#include "core/daemon/leader.h"
#include "core/daemon/memory_driver.h"
#include "core/rpc/message.h"
#include "core/sched/controlled_runtime.h"
#include "core/sync/guard.h"
#include "core/sync/thread.h"
#include "tests/core/rpc/bytes.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/odd_wire.h"
#include "tests/fuzz/targets.h"

namespace lockscope::fuzz {
namespace {

using rpc::Bytes;
using rpc::IoStatus;
using rpc::MessageType;
using rpc::NaiveXdr;
using rpc::PacketHeader;

constexpr int64_t kPatienceNs = 1'000'000'000;  // Within which everything happens that is not made to wait longer.
constexpr int64_t kLookNs = 1'000'000;
constexpr int kMostSteps = 200;  // Of a script. A longer one says nothing that a shorter one does not.

// Round robin, but for some steps.
class PreemptingStrategy final : public sched::Strategy {
 public:
  explicit PreemptingStrategy(FuzzInput& input) {
    for (size_t left = input.Byte(); left > 0 && !input.empty(); --left) {
      const uint8_t turns = input.Byte();
      preemptions_.push_back({turns, input.Byte()});
    }
  }
  uint32_t Choose(const sched::Question& question) override {
    const uint32_t usual = round_robin_->Choose(question);
    if (next_ == preemptions_.size() || turns_++ < preemptions_[next_].turns) return usual;
    turns_ = 0;
    return preemptions_[next_++].choice % static_cast<uint32_t>(question.options.size());
  }
  bool wants_spurious_wakeups() const override { return true; }

 private:
  struct Preemption {
    uint8_t turns = 0;
    uint8_t choice = 0;
  };
  const std::unique_ptr<sched::Strategy> round_robin_ = sched::MakeRoundRobin();
  std::vector<Preemption> preemptions_;
  size_t next_ = 0;
  unsigned turns_ = 0;
};

// What the first byte says. The daemon's limits are generous, or so small that clients meet them.
struct Options {
  explicit Options(uint8_t byte)
      : server{.workers = 1 + (byte & 1),
               .max_workers = (byte & 2) != 0 ? 4 : 0,
               .max_client_requests = (byte & 4) != 0 ? 1 : 5,
               .max_clients = (byte & 8) != 0 ? 2 : 5000,
               .max_event_bytes = (byte & 16) != 0 ? 200 : size_t{1} << 20},
        few_clients((byte & 8) != 0),
        few_events((byte & 16) != 0) {}
  daemon::ServerOptions server;
  bool few_clients;
  bool few_events;
};

Bytes DomainBytes() {
  const rpc::Uuid uuid = daemon::DefaultDomains().front().ref.uuid;
  return NaiveXdr().Text("test").Raw({reinterpret_cast<const char*>(uuid.data()), uuid.size()}).Word(1).bytes();
}

struct Canned {
  PacketHeader header;
  Bytes payload = {};
};

// What clients send when they are not making something up.
const std::vector<Canned>& AllCanned() {
  const PacketHeader ping{.program = rpc::kKeepaliveProgram,
                          .version = rpc::kKeepaliveVersion,
                          .procedure = rpc::kKeepalivePing,
                          .type = MessageType::kMessage};
  PacketHeader pong = ping;
  pong.procedure = rpc::kKeepalivePong;
  static const std::vector<Canned> all = {
      {{.procedure = LS_CONNECT_OPEN}, NaiveXdr().Word(0).Word(0).bytes()},
      {{.procedure = LS_CONNECT_HOSTNAME}},
      {{.procedure = LS_DOMAIN_SUSPEND}, DomainBytes()},
      {{.procedure = LS_DOMAIN_RESUME}, DomainBytes()},
      {{.procedure = LS_EVENT_SUBSCRIBE}, NaiveXdr().Word(0).Word(0).bytes()},
      {{.procedure = LS_DOMAIN_LIST}, NaiveXdr().Word(1).Word(0).bytes()},
      {{.procedure = LS_DOMAIN_BY_NAME}, NaiveXdr().Text("test").bytes()},
      {{.procedure = LS_CONNECT_CLOSE}},
      {ping},
      {pong},
      {{.procedure = LS_CONNECT_HOSTNAME, .type = MessageType::kReply}},
      {{.procedure = 9999}},
      {{.procedure = LS_CONNECT_OPEN}, NaiveXdr().Word(0).Word(1).bytes()},
      {{.procedure = LS_EVENT_UNSUBSCRIBE}, NaiveXdr().Word(1).bytes()},
      {{.procedure = LS_DOMAIN_DESTROY}, DomainBytes()},
      {{.procedure = LS_DOMAIN_START}, DomainBytes()},
      {{.procedure = LS_AUTH_LIST}},
      {{.procedure = LS_CONNECT_FEATURE}, NaiveXdr().Word(10).bytes()},
      {{.procedure = LS_DOMAIN_XML}, NaiveXdr().Word(3).bytes()},  // It cannot be decoded.
  };
  return all;
}

bool IsCall(const PacketHeader& header) {
  return header.type == MessageType::kCall || header.type == MessageType::kCallWithFds;
}

// One client, on its end of a connection.
class Peer {
 public:
  Peer(OddListener::Connection connection, const WireOptions& wire, const Options& options)
      : end_(std::move(connection.end)),
        daemon_end_(std::move(connection.daemon_end)),
        few_events_(options.few_events),
        tame_(!options.few_clients),
        greetings_(static_cast<size_t>(wire.handshakes)),
        shakes_hands_(wire.handshakes > 0),
        outbox_(greetings_, kHello) {}

  // Puts bytes where Deliver takes them from.
  void Compose(const Bytes& bytes) { outbox_.insert(outbox_.end(), bytes.begin(), bytes.end()); }
  void ComposeAnything(std::span<const std::byte> bytes) {
    Compose(rpc::Copy(bytes));
    tame_ = false;
    knows_serials_ = false;
  }
  void ComposeCall(PacketHeader header, const Bytes& payload) {
    if (header.program == rpc::kKeepaliveProgram) {
      if (header.procedure == rpc::kKeepalivePing) ++pings_;
    } else {
      header.serial = next_serial_++;
      if (IsCall(header)) unanswered_.insert(header.serial);
    }
    const bool ends = header.procedure == LS_CONNECT_CLOSE && header.program == rpc::kRemoteProgram;
    if (ends || (header.procedure == LS_EVENT_SUBSCRIBE && few_events_)) tame_ = false;
    Compose(rpc::NaivePacket(header, payload));
  }
  void Deliver(size_t count) {
    const auto first = outbox_.begin();
    const auto piece = std::span(outbox_).first(std::min(count, outbox_.size()));
    if (piece.empty()) return;
    const rpc::IoResult result = end_->Write(piece);
    if (result.status != IoStatus::kOk) return outbox_.clear();
    outbox_.erase(first, first + static_cast<std::ptrdiff_t>(result.bytes));
  }
  // Reads so many bytes, if they are there; false where there are none now, or no more at all.
  bool Receive(size_t count) {
    for (std::byte answer{}; greetings_ > 0; --greetings_) {
      if (end_->Read({&answer, 1}).status != IoStatus::kOk) return false;
    }
    while (count > 0) {
      const std::span<std::byte> space = incoming_.space();
      const rpc::IoResult result = end_->Read(space.first(std::min(space.size(), count)));
      LS_CHECK(result.status != IoStatus::kClosed || !tame_, "the daemon has ended a connection that it should not");
      if (result.status != IoStatus::kOk) return false;
      count -= result.bytes;
      const Result<bool> complete = incoming_.Filled(result.bytes);
      LS_CHECK(complete.has_value(), "the daemon sends what is no packet: {}", complete.error().message);
      if (*complete) Understand(std::exchange(incoming_, rpc::Message()));
    }
    return true;
  }
  void HalfClose() {
    end_->CloseWriting();
    outbox_.clear();
    tame_ = false;
  }
  void HangUp() {
    tame_ = false;
    Limit({});  // However slow a connection is, its end is seen at last.
    end_->Close();
  }
  void Limit(const rpc::MemoryTransport::Limits& limits) {
    if (*daemon_end_ != nullptr) (*daemon_end_)->SetLimits(limits);
  }
  void Break() {
    tame_ = false;
    if (*daemon_end_ != nullptr) (*daemon_end_)->FailWith(EIO);
  }
  // The daemon may end the connection, and need not answer any more.
  void Tolerate() { tame_ = false; }
  bool shakes_hands() const { return shakes_hands_; }
  int replies() const { return replies_; }

  // Everything that it has composed is delivered, and nothing that it waits for is missing.
  bool Satisfied() const { return !tame_ || (outbox_.empty() && unanswered_.empty() && pings_ == 0); }

 private:
  void Understand(const rpc::Message& message) {
    const PacketHeader header = message.header();
    if (header.program == rpc::kKeepaliveProgram) {
      LS_CHECK(header.procedure == rpc::kKeepalivePong && message.payload().empty());
      LS_CHECK(!knows_serials_ || pings_ > 0, "a pong without a ping");
      if (pings_ > 0) --pings_;
      return;
    }
    if (header.type == MessageType::kMessage) {
      LS_CHECK(header.procedure == LS_LIFECYCLE_EVENT && header.program == rpc::kRemoteProgram);
      return;
    }
    LS_CHECK(header.type == MessageType::kReply, "the daemon sends a message of the type {}",
             static_cast<int>(header.type));
    ++replies_;
    if (knows_serials_) LS_CHECK(unanswered_.erase(header.serial) == 1, "a call is answered twice, or was never made");
  }

  const std::unique_ptr<rpc::MemoryTransport> end_;
  const DaemonEnd daemon_end_;
  const bool few_events_;
  bool tame_;
  bool knows_serials_ = true;
  size_t greetings_;  // Of the handshake, still to be answered.
  const bool shakes_hands_;
  Bytes outbox_;
  rpc::Message incoming_;
  uint32_t next_serial_ = 0;
  std::set<uint32_t> unanswered_;
  int pings_ = 0;
  int replies_ = 0;
};

// What the clients do, one step after the other.
class Script {
 public:
  Script(FuzzInput& input, const Options& options, OddListener& listener, daemon::Leader& leader)
      : input_(input), options_(options), listener_(listener), leader_(leader) {}

  void Run() {
    for (int left = kMostSteps; left > 0 && !input_.empty(); --left) {
      const uint8_t what = input_.Byte();
      Do(what & 15, peers_[what >> 4 & 3]);
    }
    Finish();
  }

 private:
  void Do(int what, std::optional<Peer>& peer) {
    if (what == 13) return sync::SleepFor((1 + int64_t{input_.Byte()}) * 20'000);  // Some steps for the daemon.
    if (what == 14) return LetTimePass((1 + int64_t{input_.Byte()}) * 100'000'000);
    if (what == 15) return listener_.FailNext();
    if (!peer.has_value()) return Connect(peer);
    switch (what) {
      case 0:
        return peer->ComposeAnything(input_.Bytes(input_.Byte()));
      case 1: {
        const auto procedure = static_cast<int32_t>(input_.Byte());
        const auto payload = input_.Bytes(input_.Byte());
        return peer->ComposeCall({.procedure = procedure}, rpc::Copy(payload));
      }
      case 2:
      case 3: {  // Most often at once.
        const Canned& canned = AllCanned()[input_.Below(AllCanned().size())];
        peer->ComposeCall(canned.header, canned.payload);
        if (what == 3) peer->Deliver(SIZE_MAX);
        return;
      }
      case 4:
        return peer->Deliver(1 + input_.Below(64));
      case 5:
        return peer->Deliver(SIZE_MAX);
      case 6:
        peer->Receive(1 + size_t{input_.Byte()});
        return;
      case 7:
        peer->Receive(SIZE_MAX);
        return;
      case 8:
        return peer->HalfClose();
      case 9:
        peer->HangUp();
        return peer.reset();
      case 10: {
        const size_t most[] = {0, 1, 7, 29, SIZE_MAX};
        const size_t read_at_most = most[input_.Below(std::size(most))];
        const size_t write_at_most = most[input_.Below(std::size(most))];
        const size_t capacity = most[input_.Below(std::size(most))];
        return peer->Limit({read_at_most, write_at_most, capacity});
      }
      case 11:
        return peer->Break();
      case 12:
        return Quit();
      default:
        return;
    }
  }

  void Connect(std::optional<Peer>& peer) {
    const uint8_t how = input_.Byte();
    WireOptions wire;
    wire.handshakes = how & 3;
    wire.block = (how & 4) != 0 ? 1 + (how >> 4) * 8 : 0;
    if ((how & 8) != 0) wire.portion = 1 + (how >> 4);
    OddListener::Connection connection = listener_.Connect(wire);
    if (connection.end == nullptr) return;
    peer.emplace(std::move(connection), wire, options_);
    if (quit_) peer->Tolerate();
  }

  // So much that timers fire: who has not shaken hands by then is turned away.
  void LetTimePass(int64_t ns) {
    for (std::optional<Peer>& peer : peers_) {
      if (peer.has_value() && peer->shakes_hands()) peer->Tolerate();
    }
    sync::SleepFor(ns);
  }

  void Quit() {
    sync::AssertNothingHeld();
    quit_ = true;
    for (std::optional<Peer>& peer : peers_) {
      if (peer.has_value()) peer->Tolerate();
    }
    leader_.RequestQuit();
  }

  template <typename Predicate>
  bool Await(const Predicate& reached) {
    for (int64_t waited = 0; waited < kPatienceNs; waited += kLookNs) {
      if (reached()) return true;
      sync::SleepFor(kLookNs);
    }
    return false;
  }

  bool Settle(Peer& peer) {
    peer.Limit({});
    peer.Deliver(SIZE_MAX);
    peer.Receive(SIZE_MAX);
    return peer.Satisfied();
  }

  void Finish() {
    for (std::optional<Peer>& peer : peers_) {
      if (peer.has_value()) LS_CHECK(Await([&] { return Settle(*peer); }), "a call was not answered");
    }
    for (std::optional<Peer>& peer : peers_) {
      if (peer.has_value()) peer->HangUp();
    }
    if (quit_) return;
    LS_CHECK(Await([&] { return HoldsNobody(); }), "all have hung up, and the daemon holds {} clients", ClientCount());
    std::optional<Peer> fresh;
    fresh.emplace(listener_.Connect({}), WireOptions{}, options_);
    for (size_t i = 0; i < 2; ++i) fresh->ComposeCall(AllCanned()[i].header, AllCanned()[i].payload);
    LS_CHECK(Await([&] { return Settle(*fresh) && fresh->replies() == 2; }), "a fresh client is not served");
    fresh->HangUp();
    LS_CHECK(Await([&] { return HoldsNobody(); }), "a client that came last is held");
    sync::AssertNothingHeld();
    leader_.RequestQuit();
  }

  size_t ClientCount() {
    sync::AssertNothingHeld();
    return leader_.server().client_count();
  }
  bool HoldsNobody() { return listener_.waiting() == 0 && ClientCount() == 0; }

  FuzzInput& input_;
  const Options& options_;
  OddListener& listener_;
  daemon::Leader& leader_;
  std::array<std::optional<Peer>, 4> peers_;
  bool quit_ = false;
};

daemon::MemoryDriverConfig DriverConfig() {
  daemon::MemoryDriverConfig config;
  config.script["hostname"] = {{.delay_ns = 50'000}, {}, {.delay_ns = 2'000'000}};
  config.script["domain_suspend"] = {{}, {.delay_ns = 100'000}};
  return config;
}

}  // namespace

void FuzzConnection(std::span<const std::byte> bytes) {
  FuzzInput input(bytes);
  const Options options(input.Byte());
  PreemptingStrategy strategy(input);
  sched::ControlledRuntime runtime(strategy, {.max_steps = 300'000});
  const sched::RunEnd end = runtime.Run("leader", sync::Role::kNone, [&] {
    sync::AssertNothingHeld();
    sched::ControlledPoller poller(runtime);
    OddListener listener(runtime, poller);
    daemon::MemoryDriver driver(DriverConfig(), sync::SleepFor);
    daemon::Leader leader(options.server, poller, listener, driver);
    LS_CHECK(leader.Prepare().has_value());
    Script script(input, options, listener, leader);
    sync::Thread clients("clients", sync::Role::kClientProgram, [&] { script.Run(); });
    leader.Run();
    clients.Join();
  });
  LS_CHECK(end == sched::RunEnd::kFinished, "the run hangs, or never ends: {}", static_cast<int>(end));
}

}  // namespace lockscope::fuzz
