#include "core/cli/commands.h"

namespace lockscope::cli {

CLI::App* AddCommand(CLI::App& app, const std::string& name, const std::string& description) {
  return app.add_subcommand(name, description);
}

}  // namespace lockscope::cli
