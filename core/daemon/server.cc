#include "core/daemon/server.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/sync/guard.h"
#include "core/sync/wake_queue.h"

namespace lockscope::daemon {

using trace::EventKind;

namespace {

constexpr int kMostMessagesATurn = 64;  // Of one client.

}  // namespace

Server::Server(const ServerOptions& options, const Parts& parts, loop::Poller& poller, loop::EventLoop& event_loop,
               Listeners listeners, const Dispatcher& dispatcher)
    : options_(options),
      shared_(event_loop, dispatcher, options.max_event_bytes),
      parts_(parts),
      poller_(poller),
      log_(options.log),
      acceptor_(event_loop, std::move(listeners), log_,
                [this](std::string name, auto transport) { OnConnection(std::move(name), std::move(transport)); }),
      admission_(event_loop, {.max_clients = options.max_clients, .handshake_timeout_ns = options.handshake_timeout_ns},
                 log_, [this](Client& client) { OnLateClient(client); }) {}

Server::~Server() = default;

Result<void> Server::Prepare() {
  acceptor_.Watch();
  StartIdleTimer();
  if (!options_.handle_signals) return {};
  const Result<Handle> signals = poller_.WatchSignals();
  if (!signals) return tl::make_unexpected(signals.error());
  shared_.loop.AddHandle("signals", *signals, loop::kIoReadable, [this](uint32_t) { OnSignal(); });
  return {};
}

void Server::Run() {
  sync::AssertNothingHeld();
  sync::AssertOnLoopThread("runs the event loop");
  while (last_worker_ < options_.workers) StartWorker();
  do {
    shared_.loop.RunOnce();
  } while (AfterTurn());
  EndWorkers();
  EndClients();
  log_.Tell();
}

void Server::RequestQuit() {
  const ServerLock server_lock(shared_.mu());
  shared_.quit = true;
  shared_.loop.WakeUp();
}

size_t Server::client_count() {
  const ServerLock server_lock(shared_.mu());
  return shared_.clients.size();
}

void Server::OnSignal() {
  sync::AssertNothingHeld();
  while (poller_.NextSignal().has_value()) {
    const ServerLock server_lock(shared_.mu());
    shared_.quit = true;
  }
}

void Server::OnConnection(std::string name, std::unique_ptr<rpc::Transport> transport) {
  sync::AssertNothingHeld();
  sync::AssertOnLoopThread("welcomes a client");
  if (Welcome(parts_.client(std::move(name), std::move(transport), options_.max_client_requests))) StartWorker();
}

bool Server::Welcome(std::unique_ptr<Client> accepted) {
  Client& client = *accepted;
  ServerLock server_lock(shared_.mu());
  const Admission::Verdict verdict = admission_.Judge(client, shared_.clients.size() - dead_clients_);
  if (verdict == Admission::Verdict::kClose) {
    poller_.Forget(client.handle());
    return false;  // Its connection is closed with it, unread.
  }
  sync::RecordEvent(EventKind::kClientAccepted, client.id());
  client.set_number(++last_client_);
  shared_.clients.push_back(std::move(accepted));
  if (idle_timer_ != 0) shared_.loop.RemoveTimer(std::exchange(idle_timer_, 0));
  const bool wants_worker = verdict == Admission::Verdict::kWelcome && WantsWorker();
  const ClientLock client_lock(client.mu());
  server_lock.unlock();
  if (verdict == Admission::Verdict::kToBeTold) client.TurnAway();
  const Client::IoOutcome shaken = admission_.ShakeHands(client);
  client.set_watch(shared_.loop.AddHandle(
      client.name(), client.handle(), client.WatchedEvents(),
      [this, &client](uint32_t ready) { OnClientReady(client, ready); }, client.id()));
  admission_.StartTime(client);
  if (shaken == Client::IoOutcome::kEnd) CloseClient(client, EventKind::kJobDroppedClientDead);
  return wants_worker;
}

void Server::OnLateClient(Client& client) {
  sync::AssertNothingHeld();
  sync::AssertOnLoopThread("ends a handshake");
  ServerLock server_lock(shared_.mu());
  const ClientLock client_lock(client.mu());
  server_lock.unlock();
  admission_.RefuseLate(client);
  CloseClient(client, EventKind::kJobDroppedClientDead);
}

bool Server::WantsWorker() {
  if (static_cast<int>(workers_.size()) >= options_.max_workers) return false;
  for (const auto& worker : workers_) {
    if (!worker->busy()) return false;
  }
  return true;
}

void Server::StartWorker() {
  workers_.push_back(parts_.worker(fmt::format("worker-{}", ++last_worker_), shared_));
  workers_.back()->Start();
}

void Server::OnClientReady(Client& client, uint32_t ready) {
  sync::AssertNothingHeld();
  sync::AssertOnLoopThread("reads and writes a client's socket");
  const sync::WakeQueue wakes;  // A worker is woken when the client's lock, which it will ask for, is free.
  ServerLock server_lock(shared_.mu());
  const ClientLock client_lock(client.mu());
  // The client's lock is held now: the server's may go. Nobody frees the client meanwhile: that is this thread's work.
  server_lock.unlock();
  ServeClient(client, ready);
}

void Server::ServeClient(Client& client, uint32_t ready) {
  if (client.closed()) return;
  Client::IoOutcome outcome = Client::IoOutcome::kMore;
  if (client.shaking()) {
    outcome = admission_.ShakeHands(client);
    // What came right behind its last message the transport may have read already: the handle does not tell any more.
    ready = client.shaking() ? 0 : loop::kIoReadable;
  }
  if ((ready & (loop::kIoReadable | loop::kIoHangup)) != 0 || client.has_buffered_input()) outcome = ReadCalls(client);
  // Also without being told that it is writable: a reply may have been queued just now, and then there is most often
  // room.
  if (outcome == Client::IoOutcome::kMore) outcome = client.Write();
  if (outcome == Client::IoOutcome::kEnd) {
    CloseClient(client, EventKind::kJobDroppedClientDead);
  } else {
    shared_.loop.UpdateHandle(client.watch(), client.WatchedEvents());
  }
}

// As many calls as are there and the client may have under way. But what gets no reply takes no place among those, and who
// sends it without end must not keep the loop from the others: the rest is for the next turn, which comes at once.
Client::IoOutcome Server::ReadCalls(Client& client) {
  for (int left = kMostMessagesATurn; client.reading() && left > 0; --left) {
    std::optional<rpc::Message> message;
    if (client.Read(message) == Client::IoOutcome::kEnd) return Client::IoOutcome::kEnd;
    if (!message.has_value()) return Client::IoOutcome::kMore;
    QueueCall(client, std::move(*message));
  }
  return Client::IoOutcome::kMore;
}

void Server::QueueCall(Client& client, rpc::Message message) {
  const rpc::PacketHeader header = message.header();
  const ObjectId procedure = ProcedureObject(Dispatcher::ProcedureName(header.program, header.procedure));
  sync::RecordEvent(EventKind::kPacketRead, client.id(), procedure);
  if (header.program == rpc::kKeepaliveProgram) {
    // Asks whether the daemon is alive, not whether a worker is free: answered here and now.
    Call ping = shared_.dispatcher.Decode(message, client.connection());
    if (!ping.wants_reply()) return client.ReleaseUnanswered();
    shared_.dispatcher.Encode(std::move(ping), message, client.connection());
    return client.QueueAnswer(std::move(message));
  }
  if (client.turned_away()) return admission_.Tell(client, std::move(message));
  client.QueueJob({++last_job_, procedure, std::move(message)});
  shared_.job.signal();
}

void Server::CloseClient(Client& client, EventKind reason) {
  shared_.loop.RemoveHandle(client.watch());
  admission_.Leave(client);
  client.Close(reason);
  ++dead_clients_;
}

bool Server::AfterTurn() {
  {
    const ServerLock server_lock(shared_.mu());
    if (!shared_.to_disconnect.empty()) DisconnectMarked();
    if (dead_clients_ > 0) FreeDeadClients();
    if (shared_.clients.empty() && idle_timer_ == 0) StartIdleTimer();
    if (shared_.quit) return false;
  }
  log_.Tell();
  if (static_cast<int>(workers_.size()) > options_.workers) ShrinkPool();
  return true;
}

// By number, in which the clients are in order: the client may have gone meanwhile.
void Server::DisconnectMarked() {
  for (const uint64_t number : std::exchange(shared_.to_disconnect, {})) {
    const auto found = std::ranges::lower_bound(shared_.clients, number, {}, &Client::number);
    if (found == shared_.clients.end() || (*found)->number() != number) continue;
    const ClientLock client_lock((*found)->mu());
    if ((*found)->closed()) continue;
    log_.Add(**found, fmt::format("is disconnected: it does not read, and more than {} bytes of events wait for it",
                                  shared_.max_event_bytes));
    CloseClient(**found, EventKind::kJobDroppedClientDead);
  }
}

void Server::ShrinkPool() {
  while (true) {
    std::unique_ptr<Worker> spare;
    {
      const ServerLock server_lock(shared_.mu());
      spare = TakeSpareWorker();
    }  // Not held while joining: the worker needs it once more to see the mark.
    if (spare == nullptr) return;
    spare->Join();
  }
}

std::unique_ptr<Worker> Server::TakeSpareWorker() {
  const size_t needed = std::max(shared_.clients.size(), static_cast<size_t>(options_.workers));
  if (workers_.size() <= needed) return nullptr;
  for (auto worker = workers_.begin(); worker != workers_.end(); ++worker) {
    if ((*worker)->busy()) continue;
    std::unique_ptr<Worker> spare = std::move(*worker);
    workers_.erase(worker);
    spare->MarkQuit();
    shared_.job.broadcast();  // A signal might wake another one; and one that was meant for this worker is not wasted.
    return spare;
  }
  return nullptr;
}

void Server::StartIdleTimer() {
  if (options_.idle_timeout_ns <= 0) return;
  idle_timer_ = shared_.loop.AddTimer("idle timeout", options_.idle_timeout_ns, 0, [this] { OnIdleTimeout(); });
}

// The first client to come has the timer removed: there is none. What the driver keeps for somebody only a client can end.
void Server::OnIdleTimeout() {
  sync::AssertNothingHeld();
  if (shared_.dispatcher.DriverIsActive()) return StartIdleTimer();
  const ServerLock server_lock(shared_.mu());
  shared_.quit = true;
}

void Server::FreeDeadClients() {
  size_t freed = 0;
  for (size_t i = 0; i < shared_.clients.size(); ++i) {
    std::unique_ptr<Client>& client = shared_.clients[i];
    {
      const ClientLock client_lock(client->mu());
      if (!client->closed() || client->refs() > 0) continue;
    }  // Nobody can take this lock any more: it is reached through the server lock only, which is held.
    sync::RecordEvent(EventKind::kClientFreed, client->id());
    FreeClient(std::move(client));
    shared_.turn.Leave(i - freed++);
    --dead_clients_;
  }
  std::erase(shared_.clients, nullptr);
}

void Server::FreeClient(std::unique_ptr<Client> client) { client.reset(); }

void Server::EndWorkers() {
  sync::RecordEvent(EventKind::kShutdownBegan);
  {
    const ServerLock server_lock(shared_.mu());
    MarkWorkers();
  }  // Not held while joining: each worker needs it once more to see the mark.
  for (const auto& worker : workers_) worker->Join();
  workers_.clear();
}

void Server::MarkWorkers() {
  for (const auto& worker : workers_) worker->MarkQuit();
  shared_.job.broadcast();  // All of them: a signal would wake one.
}

void Server::EndClients() {
  if (CloseClients(false)) {
    AwaitLastReplies();
    CloseClients(true);
  }
  const ServerLock server_lock(shared_.mu());
  FreeDeadClients();
}

bool Server::CloseClients(bool also_unwritten) {
  std::vector<Client*> clients;
  {
    const ServerLock server_lock(shared_.mu());
    for (const auto& client : shared_.clients) clients.push_back(client.get());
  }  // No worker is left and only this thread frees clients: the pointers stay good.
  bool some_left = false;
  for (Client* client : clients) {
    ServerLock server_lock(shared_.mu());
    const ClientLock client_lock(client->mu());
    server_lock.unlock();
    if (client->closed()) continue;
    const Client::IoOutcome outcome = client->Write();
    if (also_unwritten || outcome == Client::IoOutcome::kEnd || !client->writing()) {
      CloseClient(*client, EventKind::kJobDroppedShutdown);
      continue;
    }
    some_left = true;
    client->DropJobs(EventKind::kJobDroppedShutdown);
    client->CloseAfterReplies();
    shared_.loop.UpdateHandle(client->watch(), client->WatchedEvents());
  }
  return some_left;
}

// Nothing else is done in these turns: nobody is accepted or read any more, and no worker is left.
void Server::AwaitLastReplies() {
  acceptor_.Stop();
  sync::RecordEvent(EventKind::kLastRepliesAwaited, kNoObject, static_cast<uint32_t>(OpenClients()));
  bool over = false;
  const loop::TimerId end =
      shared_.loop.AddTimer("last replies", options_.last_replies_ns, 0, [&over] { over = true; });
  while (!over && OpenClients() > 0) shared_.loop.RunOnce();
  shared_.loop.RemoveTimer(end);
}

size_t Server::OpenClients() {
  const ServerLock server_lock(shared_.mu());
  return shared_.clients.size() - dead_clients_;
}

ObjectId Server::ProcedureObject(std::string_view name) {
  const auto found = procedures_.find(name);
  if (found != procedures_.end()) return found->second->id();
  auto object = std::make_unique<trace::RegisteredObject>(trace::ObjectType::kProcedure, std::string(name));
  return procedures_.emplace(name, std::move(object)).first->second->id();
}

}  // namespace lockscope::daemon
