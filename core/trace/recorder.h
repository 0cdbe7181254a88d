// Recorder: turns recording on, and what was recorded into a finished trace file.
//
//   auto recorder = Recorder::Start("run.lockscope", {{"title", "Four clients, three workers"}});
//   …                                    every traced thread writes into the file as it goes
//   Result<Trace> trace = recorder->Finish();
//
// One recording at a time in a process. From Start on the file can be read at any moment, also after SIGKILL, up to the
// last event of each thread: what is not in it yet lies in a ring, a file of shared memory that it names. Both survive the
// process, not a loss of power. Start and Finish: one thread; meanwhile any thread records.
//
// A forked child does not record, and cannot finish what its parent began; it may start a recording of its own. A program that
// becomes another one (exec) leaves behind what a killed one does.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/trace/ring_options.h"
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

  enum class Detail {
    kFull,
    // Of acquisitions of locks, only those that had to wait, and all holds that begin with a wait; the others are counted. The
    // waiter names the thread in the way. For programs that count every nanosecond: who holds what is then known in part.
    kContendedOnly,
  };

  // Records to the file (created or replaced), or to memory where the path is empty. Fails where the file cannot be made, or
  // another recording is on, here or (to the same file) in another process.
  static Result<std::unique_ptr<Recorder>> Start(const std::filesystem::path& path, Meta meta,
                                                 Clock clock = Clock::kReal, const RingOptions& ring = {},
                                                 Detail detail = Detail::kFull);

  // Without Finish the file is whole and readable, but neither compact nor marked as finished.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // One more fact about the recording as a whole. Before Finish.
  void AddMeta(std::string_view key, std::string_view value);

  // Whether any thread has recorded since it was asked the last time; once the recording has ended: nobody has. One thread,
  // which need not be that of Start and Finish.
  bool HasMoved() const;

  // Stops the recording and writes the finished form over the file. Events of threads that still run are lost from here.
  // On failure the unfinished file and its ring are still there.
  Result<Trace> Finish();

 private:
  Recorder(std::filesystem::path path, std::shared_ptr<LiveFile> file);
  void Stop();
  std::filesystem::path path_;
  std::shared_ptr<LiveFile> file_;
  bool finished_ = false;
};

}  // namespace lockscope::trace
