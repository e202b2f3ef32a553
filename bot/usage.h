#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace towline::bot {

/// What is wrong with the command line and where its help is, in two lines: an unknown command or option comes with
/// the nearest one.
std::string explain_wrong_use(const CLI::App& app, const CLI::ParseError& problem, int argc, const char* const* argv);

}  // namespace towline::bot
