// The calls that a scenario's client can make. Constant; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lockscope::scenario {

struct KnownCall {
  std::string_view name;             // "domain_list".
  int32_t procedure;                 // Its number in the protocol.
  std::vector<std::byte> arguments;  // As they go over the wire.
  bool in_driver = true;             // The daemon makes a driver call for it.
};

std::span<const KnownCall> KnownCalls();
std::vector<std::string> CallNames();
std::vector<std::string> DriverCallNames();        // Of those with a driver call.
const KnownCall* FindCall(std::string_view name);  // Null where there is none.

// Of some names, the one that a person who wrote `name` most likely meant: with a letter or two wrong, or a part of it. Empty
// where there is none.
std::string NearestName(std::string_view name, const std::vector<std::string>& names);

}  // namespace lockscope::scenario
