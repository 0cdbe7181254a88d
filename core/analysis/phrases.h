// How sentences call the things of a trace: one place, so that window, report and JSON use the same words. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/analysis/explain.h"  // LockPhrase
#include "core/trace/trace.h"

namespace lockscope::analysis {

// "event loop", "leader" (where one thread alone has that role), else the thread's name: how a list calls it.
std::string ThreadName(const trace::Trace& trace, ObjectId thread);
// "the event loop", "the leader", "worker-1": how a sentence calls it.
std::string ThreadPhrase(const trace::Trace& trace, ObjectId thread);

// "alice's watch" for the watch of a client, else its name.
std::string WatchPhrase(const trace::Trace& trace, ObjectId watch);
// An object's name, or "a nameless mutex".
std::string ObjectPhrase(const trace::Trace& trace, ObjectId object);

// " (taken at core/daemon/client.cc:88)", or "" where the place is not known.
std::string TakenAt(const trace::Trace& trace, size_t step);

// The classes of the model's locks, as in Object::lock_class.
inline constexpr std::string_view kServerClass = "server";
inline constexpr std::string_view kClientClass = "client";
inline constexpr std::string_view kLoopClass = "loop";
inline constexpr std::string_view kDriverClass = "driver";

// "The event loop": the first letter of an article made large at the start of a sentence. A name is left as it is.
std::string AtStart(std::string phrase);
// "a", "a and b", "a, b and c".
std::string Listing(const std::vector<std::string>& words);
// "1 job", "2 jobs".
std::string Counted(uint64_t count, std::string_view thing);

}  // namespace lockscope::analysis
