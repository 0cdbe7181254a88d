#include "core/scenario/client_program.h"

#include <utility>
#include <vector>

#include "core/daemon/domain_event.h"
#include "core/scenario/known_calls.h"
#include "core/sync/thread_state.h"

namespace lockscope::scenario {

using trace::EventKind;

namespace {

// "suspended": the daemon's own numbers are those of the wire.
std::string_view LifecycleWord(int32_t event) {
  switch (static_cast<daemon::Lifecycle>(event)) {
    case daemon::Lifecycle::kStarted:
      return "started";
    case daemon::Lifecycle::kSuspended:
      return "suspended";
    case daemon::Lifecycle::kResumed:
      return "resumed";
    case daemon::Lifecycle::kStopped:
      return "stopped";
  }
  return "changed";
}

}  // namespace

ClientProgram::ClientProgram(const ClientScript& script, Connect connect, std::function<void()> when_done)
    : script_(script),
      connect_(std::move(connect)),
      thread_(script.name, sync::Role::kClientProgram, [this, when_done = std::move(when_done)] {
        outcome_ = Run();
        when_done();
      }) {}

Result<void> ClientProgram::Run() {
  if (script_.after_ns > 0) sync::SleepFor(script_.after_ns);
  Result<std::unique_ptr<rpc::Transport>> transport = connect_();
  if (!transport) return tl::make_unexpected(transport.error());
  rpc::Caller caller(std::move(*transport));
  const Result<std::vector<int32_t>> auth = caller.AuthList();
  if (!auth) return tl::make_unexpected(auth.error());
  if (Result<void> opened = caller.Open("test:///default", script_.read_only); !opened) return opened;
  if (Result<void> made = MakeCalls(caller); !made) return made;
  if (Result<void> told = AwaitEvents(caller); !told) return told;
  if (script_.hangs_up_ns >= 0) {  // Whatever is still under way.
    if (script_.hangs_up_ns > 0) sync::SleepFor(script_.hangs_up_ns);
    caller.transport().Close();
    return {};
  }
  return caller.Close();
}

Result<void> ClientProgram::MakeCalls(rpc::Caller& caller) {
  std::vector<std::pair<std::string, uint32_t>> sent;
  for (size_t i = 0; i < script_.calls.size(); ++i) {
    const std::string& call = script_.calls[i];
    const Result<uint32_t> serial = Send(caller, call);
    if (!serial) return tl::make_unexpected(serial.error());
    sent.emplace_back(call, *serial);
    const bool last = i + 1 == script_.calls.size();
    if (script_.pipelined || (last && script_.hangs_up_ns >= 0)) continue;
    if (Result<void> received = Receive(caller, call, *serial); !received) return received;
    sent.clear();
  }
  if (script_.hangs_up_ns >= 0) return {};
  for (const auto& [call, serial] : sent) {
    if (Result<void> received = Receive(caller, call, serial); !received) return received;
  }
  return {};
}

Result<void> ClientProgram::AwaitEvents(rpc::Caller& caller) {
  for (int heard = 1; heard <= script_.events; ++heard) {
    const Result<rpc::LifecycleEvent> event = caller.NextEvent();
    if (!event) return tl::make_unexpected(event.error());
    Record(EventKind::kEventReceived, fmt::format("{} {}", event->domain.name, LifecycleWord(event->event)),
           static_cast<uint32_t>(heard));
  }
  return {};
}

Result<uint32_t> ClientProgram::Send(rpc::Caller& caller, const std::string& call) {
  const KnownCall& known = *FindCall(call);
  Result<uint32_t> serial = caller.Send(known.procedure, known.arguments);
  if (serial) Record(EventKind::kCallSent, call, *serial);
  return serial;
}

Result<void> ClientProgram::Receive(rpc::Caller& caller, const std::string& call, uint32_t serial) {
  const Result<rpc::Message> reply = caller.Receive(serial);
  if (!reply) return tl::make_unexpected(reply.error());
  Record(EventKind::kReplyReceived, call, serial);
  // A refusal is an answer, too: a call that waited for another one may have given up, and the program goes on.
  ++(reply->header().status == rpc::MessageStatus::kOk ? answered_ : refused_);
  return {};
}

void ClientProgram::Record(EventKind kind, const std::string& call, uint32_t serial) {
  std::unique_ptr<trace::RegisteredObject>& procedure = procedures_[call];
  if (procedure == nullptr) {
    procedure = std::make_unique<trace::RegisteredObject>(trace::ObjectType::kProcedure, call);
  }
  sync::RecordEvent(kind, procedure->id(), serial);
}

}  // namespace lockscope::scenario
