// RingFile: where a recording's ring lies among the files, whose it is, and whether its writer lives. Any thread.
//
// The writer holds a lock (flock) on the ring as long as it records. The kernel lets go of it when the process ends, however
// it ends, and when it becomes another program (exec); a forked child gives up its copy. So the lock, and not a process
// number that another process may bear by now, says whether anybody still writes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/unique_fd.h"
#include "core/trace/live_format.h"
#include "core/trace/ring_options.h"

namespace lockscope::trace {

struct RingFile {
  unique_fd fd;
  // Bears the lock. Not `fd`: a mapping keeps what it was made from, and a forked child has the mapping, too.
  unique_fd lock;
  std::filesystem::path path;  // Empty: a ring without a name, which ends with its process.
  bool on_tmpfs = true;
};

// $LOCKSCOPE_RING_FOLDER alone where it is set; else /dev/shm and $XDG_RUNTIME_DIR.
std::vector<std::filesystem::path> DefaultRingFolders();

// A new, locked file with room for `bytes`: in the first of the folders that is on tmpfs and has that room, else beside `out`.
Result<RingFile> CreateRingFile(const RingOptions& options, const std::filesystem::path& out, uint64_t ring_id,
                                size_t bytes);
// The same without a name.
Result<RingFile> CreateNamelessRing(size_t bytes);
uint64_t NewRingId();

// The ring of that name, to be read, with its header; fails where it is not there, or is no ring or not that one.
struct OpenedRing {
  unique_fd fd;
  format::RingHeader header;
};
Result<OpenedRing> OpenRing(const std::filesystem::path& path);
Result<OpenedRing> OpenRing(const std::filesystem::path& path, uint64_t ring_id);
// `ring_fd`: from OpenRing.
bool WriterLives(int ring_fd);

// A ring that was found in one of the folders.
struct FoundRing {
  std::filesystem::path path;
  bool readable = false;  // It has a whole header; else only its size is known.
  bool writer_lives = false;
  uint32_t pid = 0;
  std::filesystem::path out;  // The recording that it belongs to.
  bool out_names_it = false;  // That recording is there, unfinished, and names this ring.
  uint64_t bytes = 0;         // Memory, or disk, that it takes.
  int64_t age_ns = 0;         // Since the recording began.
};
// The rings of this user, in the order of their names.
std::vector<FoundRing> FindRings(const std::vector<std::filesystem::path>& folders);

// Makes room for bytes [from, from + bytes) of a file, or fails with errno.
bool Allocate(int fd, uint64_t from, uint64_t bytes);

// Which ring the file names, if it is a live recording.
struct NamedRing {
  uint64_t ring_id = 0;
  std::filesystem::path path;
};
Result<NamedRing> RingOf(int out_fd, const std::string& name);

}  // namespace lockscope::trace
