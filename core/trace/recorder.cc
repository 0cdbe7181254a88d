#include "core/trace/recorder.h"

#include <pthread.h>

#include <mutex>

#include "core/trace/live_file.h"
#include "core/trace/registry.h"
#include "core/trace/session.h"
#include "core/trace/thread_log.h"
#include "core/trace/trace_file.h"
#include "core/trace/watching.h"

namespace lockscope::trace {
namespace {

// Which file the session number in internal::session belongs to.
struct CurrentFile {
  std::mutex mu;
  std::shared_ptr<LiveFile> file;
  uint32_t last_session = 0;
  bool in_memory = false;  // A RunLog's session.
};
CurrentFile& Current() {
  static auto* current = new CurrentFile;
  return *current;
}

// The child of a fork has one thread and records nothing: the recording goes on in the parent, whose ring and file they are.
// It may begin one of its own. All locks are held across the fork, so that none is left behind by a thread that the child
// does not have.
void BeforeFork() {
  CurrentFile& current = Current();
  current.mu.lock();
  LockRegistry();
  if (current.file != nullptr) current.file->BeforeFork();
}

void AfterForkInParent() {
  CurrentFile& current = Current();
  if (current.file != nullptr) current.file->AfterForkInParent();
  UnlockRegistry();
  current.mu.unlock();
}

void AfterForkInChild() {
  CurrentFile& current = Current();
  if (current.file != nullptr) {
    internal::SetSession(0);
    current.file->AfterForkInChild();
    current.file = nullptr;
  }
  UnlockRegistry();
  current.mu.unlock();
  JournalTo(nullptr);
}

}  // namespace

namespace internal {

std::atomic<uint32_t> session{0};

void SetSession(uint32_t number, bool contended_only) {
  session.store(number, std::memory_order_release);
  StopWatching(kRecording);
  if (number != 0) StartWatching(contended_only ? kRecording : kRecordingOn);
}

bool BeginSession() {
  CurrentFile& current = Current();
  const std::lock_guard lock(current.mu);
  if (current.file != nullptr || current.in_memory) return false;
  current.in_memory = true;
  SetSession(++current.last_session);
  return true;
}

void EndSession() {
  CurrentFile& current = Current();
  const std::lock_guard lock(current.mu);
  current.in_memory = false;
  SetSession(0);
}

}  // namespace internal

// Under the lock, like each change of a reference to the file: what has been recorded may go with the last one.
ThreadLog::~ThreadLog() {
  if (file_ == nullptr) return;
  const std::lock_guard lock(Current().mu);
  if (file_ == Current().file) {
    file_->EndThread(thread_, chunk_, static_cast<size_t>(cursor_ - chunk_.chunk.words().data()) / 2);
  }
  file_.reset();
}

bool ThreadLog::NextChunk() {
  {
    CurrentFile& current = Current();
    const std::lock_guard lock(current.mu);
    if (current.file == nullptr) return false;
    if (current.file->session() != session_) {
      session_ = current.file->session();
      zero_ = current.file->zero_ticks();
      chunk_ = {};
      cursor_ = limit_ = nullptr;
      file_ = current.file;
    }
  }
  if (!file_->NextChunk(thread_, chunk_)) return false;
  const std::span<uint64_t> words = chunk_.chunk.words();
  cursor_ = words.data();
  limit_ = words.data() + words.size();
  return true;
}

// Record, as a call.
void ThreadLog::RecordAsEver(EventKind kind, ObjectId object, uint32_t arg, SiteId site) {
  Record(kind, object, arg, site);
}

// No recording, or no chunk, or a time of its own.
void ThreadLog::RecordOtherwise(EventKind kind, ObjectId object, uint32_t arg, SiteId site) {
  if (virtual_clock_ != nullptr) return RecordVirtually(kind, object, arg, site);
  if (!NextChunk()) return;
  real_session_ = session_;
  Write(ReadTicks() - zero_, kind, object, arg, site);
}

void ThreadLog::RecordVirtually(EventKind kind, ObjectId object, uint32_t arg, SiteId site) {
  VirtualClock& clock = *virtual_clock_;
  clock.Advance(clock.ns_per_event_);
  if (clock.log_ != nullptr) {
    AppendTo(*clock.log_, Event::Make(clock.now_ns(), kind, object, arg, site));
  } else {
    if (internal::session.load(std::memory_order_relaxed) != session_ || cursor_ == limit_) {
      if (!NextChunk()) return;
    }
    Write(clock.now_ns(), kind, object, arg, site);
  }
  if (clock.observer_ != nullptr) clock.observer_->OnEvent(thread_, kind, object, arg);
}

Result<std::unique_ptr<Recorder>> Recorder::Start(const std::filesystem::path& path, Meta meta, Clock clock,
                                                  const RingOptions& ring, Detail detail) {
  static const int watching_forks = ::pthread_atfork(BeforeFork, AfterForkInParent, AfterForkInChild);
  (void)watching_forks;
  CurrentFile& current = Current();
  const std::lock_guard lock(current.mu);
  if (current.file != nullptr || current.in_memory) return Fail("{}: another recording is on", path.string());
  Result<std::shared_ptr<LiveFile>> file =
      LiveFile::Create(path, current.last_session + 1, clock == Clock::kVirtual, ring);
  if (!file) return tl::make_unexpected(file.error());
  ++current.last_session;
  const char* const real = TicksAreTsc() ? "tsc" : "monotonic";
  (*file)->JournalMeta("clock", clock == Clock::kVirtual ? "virtual" : real);
  if (clock == Clock::kReal && !path.empty()) (*file)->JournalMeta("ring", (*file)->on_tmpfs() ? "tmpfs" : "disk");
  if (detail == Detail::kContendedOnly) (*file)->JournalMeta("locks", "contended");
  for (const auto& [key, value] : meta) (*file)->JournalMeta(key, value);
  JournalTo(*file);
  current.file = *file;
  internal::SetSession((*file)->session(), detail == Detail::kContendedOnly);
  return std::unique_ptr<Recorder>(new Recorder(path, std::move(*file)));
}

Recorder::Recorder(std::filesystem::path path, std::shared_ptr<LiveFile> file)
    : path_(std::move(path)), file_(std::move(file)) {}

Recorder::~Recorder() {
  if (file_->is_anothers()) return;
  Stop();
  if (!finished_) file_->Close();
}

void Recorder::Stop() {
  {
    CurrentFile& current = Current();
    const std::lock_guard lock(current.mu);
    if (current.file != file_) return;
    internal::SetSession(0);
    current.file = nullptr;
    JournalTo(nullptr);
  }
  file_->Stop();
}

void Recorder::AddMeta(std::string_view key, std::string_view value) {
  if (!file_->is_anothers()) file_->JournalMeta(key, value);
}

bool Recorder::HasMoved() const { return !file_->is_anothers() && file_->HasMoved(); }

Result<Trace> Recorder::Finish() {
  if (file_->is_anothers()) {
    return Fail("{}: the recording belongs to the process that began it, not to its forked child", path_.string());
  }
  Stop();
  Result<TraceParts> parts = file_->Read();
  if (!parts) return tl::make_unexpected(parts.error());
  parts->info.finished = true;
  Result<Trace> trace = Trace::Build(std::move(*parts));
  if (!trace || path_.empty()) return trace;
  if (Result<void> written = WriteFinished(*trace, path_); !written) return tl::make_unexpected(written.error());
  file_->RemoveRing();
  finished_ = true;
  return trace;
}

}  // namespace lockscope::trace
