// Recorder: turns recording on, and what was recorded into a finished trace file.
//
//   auto recorder = Recorder::Start("run.lockscope", {{"title", "Four clients, three workers"}});
//   …                                    every traced thread writes into the file as it goes
//   Result<Trace> trace = recorder->Finish();
//
// One recording at a time in a process. From Start on the file can be read at any moment, also after SIGKILL, up to the
// last event of each thread; it survives the process, not a loss of power. Start and Finish: one thread; meanwhile any
// thread records.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/trace/trace.h"

namespace lockscope::trace {

class LiveFile;

class Recorder {
 public:
  using Meta = std::vector<std::pair<std::string, std::string>>;

  enum class Clock {
    kReal,     // Time stamps are those of the machine.
    kVirtual,  // All threads that record have a VirtualClock: a tick is one of its nanoseconds.
  };

  // Records to the file (created or replaced), or to memory where the path is empty. Fails where the file cannot be made,
  // or another recording is on.
  static Result<std::unique_ptr<Recorder>> Start(const std::filesystem::path& path, Meta meta,
                                                 Clock clock = Clock::kReal);

  // Without Finish the file stays as it is: readable, marked as unfinished.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // One more fact about the recording as a whole. Before Finish.
  void AddMeta(std::string_view key, std::string_view value);

  // Whether any thread has recorded since it was asked the last time; once the recording has ended: nobody has. One thread,
  // which need not be that of Start and Finish.
  bool HasMoved() const;

  // Stops the recording and writes the finished form over the file. Events of threads that still run are lost from here.
  // On failure the unfinished file is still there.
  Result<Trace> Finish();

 private:
  Recorder(std::filesystem::path path, std::shared_ptr<LiveFile> file);
  void Stop();
  std::filesystem::path path_;
  std::shared_ptr<LiveFile> file_;
};

}  // namespace lockscope::trace
