// What every command says of input that it cannot use.
#pragma once

#include <string>

namespace lockscope::cli {

// Prints "lockscope: MESSAGE" to standard error; returns 2, the exit status.
int Unusable(std::string message);

}  // namespace lockscope::cli
