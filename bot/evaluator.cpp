#include <CLI/CLI.hpp>

#include "commands.h"
#include "evaluate/evaluator/main.h"
#include "evaluate/evaluator/messages.h"

namespace towline::bot {

void add_evaluator(CLI::App& app, int& exit_code) {
  // Started by `serve` and `reconcile` alone, so it is not in the help.
  CLI::App* command = app.add_subcommand("evaluator", "Read and render repositories for the bot")->group("");
  command->callback(
      [&exit_code] { exit_code = evaluate::run_evaluator(evaluate::kEvaluatorSocket, evaluate::kEvaluatorProtocol); });
}

}  // namespace towline::bot
