#include <csignal>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "commands.h"

namespace towline::bot {

namespace {

constexpr AddCommand kCommands[] = {add_serve, add_demo,  add_reconcile, add_bump,   add_images, add_diff,
                                    add_check, add_audit, add_config,    add_doctor, add_version};

constexpr const char* kExamples = R"(Examples:
  towline demo                                  see the whole story on this machine
  towline serve --config towline.yaml           run the bot
  towline bump --image ghcr.io/acme/pay --to 1.5.0 apps/dev
  towline audit at --env prod --time 2026-11-17T15:00:00Z

Exit codes: 0 done, 1 the answer is "no", 2 wrong use, 3 something else broke.)";

}  // namespace

int report_error(const Error& error) {
  std::cerr << "towline: " << error.message << "\n";
  for (const auto line : split_lines(error.detail)) std::cerr << "  " << line << "\n";
  return error.kind == ErrorKind::invalid ? kWrongUse : kSomethingBroke;
}

int run(int argc, char** argv) {
  CLI::App app("Towline moves container images from dev to prod through pull requests.", "towline");
  app.footer(kExamples);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  int exit_code = kDone;
  for (const AddCommand add : kCommands) add(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    const int code = app.exit(problem);
    return code == 0 ? kDone : kWrongUse;
  }
  return exit_code;
}

}  // namespace towline::bot

int main(int argc, char** argv) {
  // A reader that went away is an error of that write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return towline::bot::run(argc, argv);
  } catch (const std::exception& problem) {
    std::cerr << "towline: an unexpected failure: " << problem.what() << "\n";
    return towline::bot::kSomethingBroke;
  }
}
