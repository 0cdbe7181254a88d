// The command line of lockscope-viewer. One thread.
#pragma once

#include <optional>
#include <string>

#include "core/base/result.h"
#include "viewer/model/axis.h"
#include "viewer/model/open_recording.h"

namespace lockscope::viewer {

// What the program ends with.
inline constexpr int kExitOk = 0;
inline constexpr int kExitBadInput = 2;
inline constexpr int kExitNoWindow = 3;

struct Options {
  std::string recording;
  std::string at;    // A place, as typed; empty: the story's or the picture's.
  std::string from;  // The same, of what is seen.
  std::string to;
  bool whole = false;
  bool unfold_clients = false;
  std::optional<AxisForm> axis;
  std::optional<bool> dark;
  std::string screenshot;  // A file to write instead of opening a window; "-": standard output.
  std::string picture;     // The same, for the composed picture.
  uint32_t job = 0;        // The one that the picture is of; 0: the best one.
  PixelSize size = {1280, 720};
  float scale = 1;  // Of text and all else, in a screenshot.
};

// Either options, or that the program is to end with this code: help was asked for, or the message has been printed.
struct ParsedOptions {
  std::optional<Options> options;
  int exit_code = kExitOk;
};
ParsedOptions ParseOptions(int argc, char** argv);

// Prints "lockscope-viewer: MESSAGE" to standard error; returns the exit code. Any thread.
int Complain(const Error& error, int exit_code);

}  // namespace lockscope::viewer
