// The fuzz targets: functions that take any bytes and abort where a promise is broken. Each is a pure function of its
// input: the same bytes, the same run.
//
// libFuzzer calls them in builds of the preset "fuzz" (`./dev fuzz`); corpus_test.cc replays in every build what was worth
// keeping. What an input means is said in each target's file, and read by FuzzInput (fuzz_input.h). One thread at a time.
#pragma once

#include <cstddef>
#include <span>

namespace lockscope::fuzz {

// What a peer's bytes become: packets, headers, or the end of the stream. (framer_target.cc)
void FuzzFramer(std::span<const std::byte> input);
// What a packet's bytes become: arguments, driver calls, replies, refusals; and every type of the protocol there and back.
// (arguments_target.cc)
void FuzzArguments(std::span<const std::byte> input);
// A whole daemon whose clients do what the input says, in the order that it says. (connection_target.cc)
void FuzzConnection(std::span<const std::byte> input);
// A recording, finished or under way, as it might be found on a disk. (trace_target.cc)
void FuzzTrace(std::span<const std::byte> input);

}  // namespace lockscope::fuzz
