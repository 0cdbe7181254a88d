// What a person types after `lockscope`: the commands and their options, and what is said where they are wrong.
#pragma once

namespace lockscope::cli {

// Reads the command line and runs the command. The exit status: see core/cli/commands.h. The initial thread, once.
int RunCommandLine(int argc, char** argv);

}  // namespace lockscope::cli
