#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "base/json.h"
#include "commands.h"

namespace towline::bot {

void add_version(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("version", "Print the version");
  const auto format = std::make_shared<std::string>("text");
  command->add_option("--format", *format, "text or json")->check(CLI::IsMember({"text", "json"}));
  command->footer("Example:\n  towline version");
  command->callback([format] {
    if (*format == "json") {
      std::cout << dump_json({{"version", TOWLINE_VERSION}}, 2) << "\n";
    } else {
      std::cout << "towline " << TOWLINE_VERSION << "\n";
    }
  });
}

}  // namespace towline::bot
