#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace CLI {
class App;
}

namespace towline::bot {

/// What the process exits with.
enum ExitCode : int {
  kDone = 0,        ///< it is done, or the answer is "yes"
  kAnswerIsNo = 1,  ///< findings failed, differences were found, nothing matched
  kWrongUse = 2,    ///< the command line or a file it names is wrong
  kSomethingBroke = 3,
};

/// Prints "towline: <sentence>" (and the detail, indented) on stderr and gives the exit code of its kind:
/// invalid is wrong use, everything else means that something broke.
int report_error(const Error& error);

/// A subcommand adds itself to the program; when it is the one asked for, it sets the exit code.
using AddCommand = void (*)(CLI::App& app, int& exit_code);

void add_serve(CLI::App& app, int& exit_code);
void add_demo(CLI::App& app, int& exit_code);
void add_reconcile(CLI::App& app, int& exit_code);
void add_bump(CLI::App& app, int& exit_code);
void add_images(CLI::App& app, int& exit_code);
/// `images select`: below `images`.
void add_images_select(CLI::App& images, int& exit_code);
void add_render(CLI::App& app, int& exit_code);
void add_diff(CLI::App& app, int& exit_code);
void add_check(CLI::App& app, int& exit_code);
void add_audit(CLI::App& app, int& exit_code);
void add_config(CLI::App& app, int& exit_code);
void add_doctor(CLI::App& app, int& exit_code);
void add_version(CLI::App& app, int& exit_code);
/// Hidden: what `serve` starts to read and render repositories.
void add_evaluator(CLI::App& app, int& exit_code);

}  // namespace towline::bot
