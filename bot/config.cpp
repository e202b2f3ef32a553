#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "commands.h"
#include "config/repository.h"
#include "load.h"
#include "yaml/node.h"

namespace towline::bot {

namespace {

/// A file with `forges` (or named towline.yaml) configures the server; any other, a repository.
bool is_server_config(const std::string& file, const std::string& text) {
  const auto documents = yaml::parse(text);
  if (documents && !documents->empty()) {
    if (documents->front().root.find("forges") != nullptr) return true;
    if (documents->front().root.find("environments") != nullptr) return false;
  }
  return std::filesystem::path(file).filename() == "towline.yaml";
}

/// What is right about it. In `absent`: the credentials that this machine has not, which only the server needs.
Result<std::string> validate(const std::string& file, const std::string& text, std::vector<std::string>& absent) {
  if (is_server_config(file, text)) {
    TRY(const auto config, config::check_server_config(file, text, environment_variables(), absent));
    return file + ": a valid server configuration with " + plural(config.forges.size(), "forge") + " and " +
           plural(config.registries.size(), "registry receiver");
  }
  TRY(const auto config, config::parse_repo_config(file, text));
  std::string names;
  for (const auto& environment : config.environments) names += (names.empty() ? "" : ", ") + environment.name;
  return file + ": a valid repository configuration with the environments " + names;
}

int run_validate(const std::string& file, bool json) {
  const auto text = as_argument(read_file(file, kMaxConfigBytes));
  if (!text) return report_error(text.error());
  std::vector<std::string> absent;
  const auto valid = validate(file, *text, absent);
  const bool is_answer = valid || valid.error().kind == ErrorKind::invalid;
  if (json && is_answer) {
    std::cout << dump_json({{"file", file},
                            {"valid", valid.has_value()},
                            {"message", valid ? *valid : valid.error().message},
                            {"absent_credentials", absent}},
                           2)
              << "\n";
    return valid ? kDone : kAnswerIsNo;
  }
  if (!valid) {
    const int code = report_error(valid.error());
    return is_answer ? kAnswerIsNo : code;
  }
  std::cout << *valid << "\n";
  for (const std::string& one : absent) {
    std::cerr << "towline: " << printable_utf8(one) << " (here; the server needs it)\n";
  }
  return kDone;
}

}  // namespace

void add_config(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("config", "Check configuration files, or print their JSON schema");
  command->require_subcommand(1);
  command->footer("Example:\n  towline config validate .towline.yaml");

  CLI::App* check = command->add_subcommand("validate", "Check .towline.yaml or the server's towline.yaml");
  auto file = std::make_shared<std::string>(".towline.yaml");
  auto format = std::make_shared<std::string>("text");
  check->add_option("FILE", *file, "The file (default: .towline.yaml)");
  check->add_option("--format", *format, "text or json")->check(CLI::IsMember({"text", "json"}));
  check->footer("Exit status: 0 valid, 1 not valid.\nExample:\n  towline config validate .towline.yaml");
  check->callback([file, format, &exit_code] { exit_code = run_validate(*file, *format == "json"); });

  CLI::App* schema = command->add_subcommand("schema", "Print the JSON schema of a configuration file");
  auto which = std::make_shared<std::string>("repository");
  schema->add_option("WHICH", *which, "repository (.towline.yaml) or server (towline.yaml)")
      ->check(CLI::IsMember({"repository", "server"}));
  schema->footer("Example:\n  towline config schema server > towline.schema.json");
  schema->callback([which] {
    std::cout << (*which == "server" ? config::server_config_schema() : config::repo_config_schema()) << "\n";
  });
}

}  // namespace towline::bot
