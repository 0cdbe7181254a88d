#include "core/scenario/client_program.h"

#include <utility>
#include <vector>

#include "core/scenario/known_calls.h"
#include "core/sync/thread_state.h"

namespace lockscope::scenario {

using trace::EventKind;

ClientProgram::ClientProgram(const ClientScript& script, std::string socket_path, std::function<void()> when_done)
    : script_(script),
      socket_path_(std::move(socket_path)),
      thread_(script.name, sync::Role::kClientProgram, [this, when_done = std::move(when_done)] {
        outcome_ = Run();
        when_done();
      }) {}

Result<void> ClientProgram::Run() {
  Result<rpc::Caller> caller = rpc::Caller::Connect(socket_path_, script_.name);
  if (!caller) return tl::make_unexpected(caller.error());
  const Result<std::vector<int32_t>> auth = caller->AuthList();
  if (!auth) return tl::make_unexpected(auth.error());
  if (Result<void> opened = caller->Open("test:///default"); !opened) return opened;
  if (Result<void> made = MakeCalls(*caller); !made) return made;
  return caller->Close();
}

Result<void> ClientProgram::MakeCalls(rpc::Caller& caller) {
  std::vector<std::pair<std::string, uint32_t>> sent;
  for (const std::string& call : script_.calls) {
    const Result<uint32_t> serial = Send(caller, call);
    if (!serial) return tl::make_unexpected(serial.error());
    sent.emplace_back(call, *serial);
    if (script_.pipelined) continue;
    if (Result<void> received = Receive(caller, call, *serial); !received) return received;
    sent.clear();
  }
  for (const auto& [call, serial] : sent) {
    if (Result<void> received = Receive(caller, call, serial); !received) return received;
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
  if (reply->header().status != rpc::MessageStatus::kOk) return Fail("{}: {} was refused", script_.name, call);
  ++answered_;
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
