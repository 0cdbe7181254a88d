#include "core/trace/recorder.h"

#include <mutex>

#include "core/trace/live_file.h"
#include "core/trace/registry.h"
#include "core/trace/run_log.h"
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

// A thread's first chunk is small (4 KiB with its header), so that a thousand short threads do not take a thousand large
// ones; then they double.
constexpr size_t kFirstChunkEvents = 254;
constexpr size_t kLastChunkEvents = 4094;

}  // namespace

namespace internal {

std::atomic<uint32_t> session{0};

void SetSession(uint32_t number) {
  session.store(number, std::memory_order_release);
  number != 0 ? StartWatching(kRecordingOn) : StopWatching(kRecordingOn);
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
      chunks_ = 0;
      file_ = current.file;
    }
  }
  size_t events = kFirstChunkEvents;
  for (uint32_t i = 0; i < chunks_ && events < kLastChunkEvents; ++i) events = events * 2 + 2;
  const std::span<uint64_t> chunk = file_->TakeChunk(thread_, events);
  cursor_ = chunk.data();
  limit_ = chunk.data() + chunk.size();
  if (chunk.empty()) {
    file_->CountDropped(1);
    return false;
  }
  ++chunks_;
  file_->UpdateClock();
  return true;
}

void ThreadLog::RecordVirtually(EventKind kind, ObjectId object, uint32_t arg, SiteId site) {
  VirtualClock& clock = *virtual_clock_;
  clock.Advance(clock.ns_per_event_);
  if (clock.log_ != nullptr) {
    clock.log_->Append(thread_, Event::Make(clock.now_ns(), kind, object, arg, site));
  } else {
    if (internal::session.load(std::memory_order_relaxed) != session_ || cursor_ == limit_) {
      if (!NextChunk()) return;
    }
    Write(clock.now_ns(), kind, object, arg, site);
  }
  if (clock.observer_ != nullptr) clock.observer_->OnEvent(thread_, kind, object, arg);
}

Result<std::unique_ptr<Recorder>> Recorder::Start(const std::filesystem::path& path, Meta meta, Clock clock) {
  CurrentFile& current = Current();
  const std::lock_guard lock(current.mu);
  if (current.file != nullptr || current.in_memory) return Fail("{}: another recording is on", path.string());
  Result<std::shared_ptr<LiveFile>> file = LiveFile::Create(path, ++current.last_session, clock == Clock::kVirtual);
  if (!file) return tl::make_unexpected(file.error());
  const char* const real = TicksAreTsc() ? "tsc" : "monotonic";
  (*file)->JournalMeta("clock", clock == Clock::kVirtual ? "virtual" : real);
  for (const auto& [key, value] : meta) (*file)->JournalMeta(key, value);
  JournalTo(*file);
  current.file = *file;
  internal::SetSession((*file)->session());
  return std::unique_ptr<Recorder>(new Recorder(path, std::move(*file)));
}

Recorder::Recorder(std::filesystem::path path, std::shared_ptr<LiveFile> file)
    : path_(std::move(path)), file_(std::move(file)) {}

Recorder::~Recorder() { Stop(); }

void Recorder::Stop() {
  if (file_ == nullptr) return;
  CurrentFile& current = Current();
  const std::lock_guard lock(current.mu);
  if (current.file != file_) return;
  internal::SetSession(0);
  current.file = nullptr;
  JournalTo(nullptr);
  file_->UpdateClock();
}

void Recorder::AddMeta(std::string_view key, std::string_view value) { file_->JournalMeta(key, value); }

bool Recorder::HasMoved() const { return file_->HasMoved(); }

Result<Trace> Recorder::Finish() {
  Stop();
  const std::string name = path_.empty() ? "the recording in memory" : path_.string();
  Result<Trace> read = ReadTraceBytes(file_->Snapshot(), name);
  if (!read) return read;
  TraceParts parts = read->ToParts();
  parts.info.finished = true;
  Result<Trace> trace = Trace::Build(std::move(parts));
  if (!trace || path_.empty()) return trace;
  if (Result<void> written = WriteTrace(*trace, path_); !written) return tl::make_unexpected(written.error());
  return trace;
}

}  // namespace lockscope::trace
