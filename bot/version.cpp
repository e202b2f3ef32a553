#include <iostream>

#include <CLI/CLI.hpp>

#include "commands.h"

namespace towline::bot {

void add_version(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("version", "Print the version");
  command->footer("Example:\n  towline version");
  command->callback([] { std::cout << "towline " << TOWLINE_VERSION << "\n"; });
}

}  // namespace towline::bot
