#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <string>
#include <system_error>

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "commands.h"
#include "usage.h"

namespace towline::bot {

namespace {

constexpr AddCommand kCommands[] = {add_serve,  add_demo,    add_reconcile, add_bump,  add_images,
                                    add_render, add_diff,    add_check,     add_audit, add_config,
                                    add_doctor, add_version, add_evaluator};

constexpr const char* kExamples = R"(Examples:
  towline demo                                  see the whole story on this machine
  towline serve --config towline.yaml           run the bot
  towline bump --image ghcr.io/acme/pay --to 1.5.0 apps/dev
  towline audit at --env prod --time 2026-11-17T15:00:00Z

Exit codes: 0 done, 1 the answer is "no", 2 wrong use, 3 something else broke.)";

/// A descriptor that the caller closed would be given to the next file that is opened, and what is meant for
/// people written into it. Opened for reading, it fails every write instead.
void occupy_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF) {
      static_cast<void>(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    }
  }
}

/// Whoever read the output went away, as `head` does: they know, and need no sentence.
bool reader_left() {
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  return ::poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
}

/// The exit code, unless the output did not reach its reader.
int after_output(int exit_code) {
  errno = 0;
  std::cout.flush();
  const int error = errno;
  if (std::cout && std::ferror(stdout) == 0) return exit_code;
  if (!reader_left()) {
    std::cerr << "towline: the output could not be written"
              << (error == 0 ? "" : ": " + std::generic_category().message(error)) << "\n";
  }
  return kSomethingBroke;
}

}  // namespace

int report_error(const Error& error) {
  std::cerr << "towline: " << printable_utf8(error.message) << "\n";
  for (const auto line : split_lines(error.detail)) std::cerr << "  " << printable_utf8(line) << "\n";
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
    if (problem.get_exit_code() != 0) {
      std::cerr << explain_wrong_use(app, problem, argc, argv);
      return kWrongUse;
    }
    app.exit(problem);  // prints the help
  }
  return exit_code;
}

}  // namespace towline::bot

int main(int argc, char** argv) {
  // A reader that went away is an error of that write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    towline::bot::occupy_standard_descriptors();
    return towline::bot::after_output(towline::bot::run(argc, argv));
  } catch (const std::exception& problem) {
    std::cerr << "towline: an unexpected failure: " << problem.what() << "\n";
  } catch (...) {
    std::cerr << "towline: an unexpected failure\n";
  }
  return towline::bot::kSomethingBroke;
}
