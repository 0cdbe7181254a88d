// The bugs on purpose: what people have got wrong about this model, each as one small class beside the correct one.
//
// A bug takes the place of one part (core/daemon/parts.h) and differs from it by one idea; its file says what its author
// thought. Bugs are meant for the guard policy *record* (core/sync/guard.h): a broken rule becomes an event, and the run
// goes on to the real consequence, which is never undefined behaviour. Constant; any thread.
#pragma once

#include <span>
#include <string_view>

#include "core/daemon/parts.h"

namespace lockscope::daemon {

// A function's definition, whose first line has the function's name and its bracket.
struct CodePlace {
  std::string_view file;      // From the root: "core/daemon/worker.cc".
  std::string_view function;  // "Worker::Reply".
};

struct Bug {
  std::string_view name;     // "reply-locks-client-first": what scenarios say.
  std::string_view title;    // In a few words, what the code does.
  std::string_view breaks;   // "R1 server-before-client"; or "", where no rule stands against it.
  CodePlace buggy, correct;  // What a reader compares.
  void (*install)(Parts& parts);
};

// In the order in which a course takes them.
std::span<const Bug> AllBugs();
// Null where there is none of that name ("none" is no bug's name).
const Bug* FindBug(std::string_view name);

}  // namespace lockscope::daemon
