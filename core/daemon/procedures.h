// The table of procedures: what can be called, under which number and name, and what it takes to be let through.
// Constant; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/daemon/call_body.h"

namespace lockscope::daemon {

struct Procedure {
  int32_t number;
  std::string_view name;
  bool needs_open;
  bool calls_driver;
  DecodeBody decode;
  // Changes something: refused on a read-only connection, in an error that calls it by this name; "" where it does not.
  std::string_view writes_as = "";
};

std::span<const Procedure> AllProcedures();      // In the order of their numbers.
const Procedure* FindProcedure(int32_t number);  // Null where there is none.

}  // namespace lockscope::daemon
