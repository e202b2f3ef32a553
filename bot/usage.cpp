#include "usage.h"

#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/text.h"

namespace towline::bot {

namespace {

/// The command that the arguments name, as far as they name one.
struct Named {
  const CLI::App* command = nullptr;
  std::string words;  ///< "towline audit at"
  int next = 1;       ///< the argument after it
};

Named follow(const CLI::App& app, int argc, const char* const* argv) {
  Named named{&app, app.get_name(), 1};
  while (named.next < argc) {
    const std::string_view word = argv[named.next];
    const auto children =
        named.command->get_subcommands([&](const CLI::App* child) { return child->get_name() == word; });
    if (children.empty()) break;
    named.command = children.front();
    named.words += " " + named.command->get_name();
    ++named.next;
  }
  return named;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string unknown(std::string_view what, std::string_view word, const std::vector<std::string>& known) {
  const std::string near = nearest(word, known);
  return "there is no " + std::string(what) + " '" + std::string(word) + "'" +
         (near.empty() ? "" : "; did you mean '" + near + "'?");
}

std::string sentence(const CLI::App& app, const Named& named, const CLI::ParseError& problem, int argc,
                     const char* const* argv) {
  const auto commands = command_names(*named.command);
  if (named.command->get_require_subcommand_min() > 0 && !commands.empty() && named.next < argc &&
      argv[named.next][0] != '-') {
    return unknown("command", argv[named.next], commands);
  }
  for (const std::string& word : app.remaining(true)) {
    const std::string name = word.substr(0, word.find('='));
    if (name.starts_with("--")) return unknown("option", name, option_names(*named.command));
  }
  return problem.what();
}

}  // namespace

std::string explain_wrong_use(const CLI::App& app, const CLI::ParseError& problem, int argc, const char* const* argv) {
  const Named named = follow(app, argc, argv);
  return printable_utf8("towline: " + sentence(app, named, problem, argc, argv) + "\nSee `" + named.words +
                        " --help`.\n");
}

}  // namespace towline::bot
