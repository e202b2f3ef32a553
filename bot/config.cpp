#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "base/files.h"
#include "base/text.h"
#include "commands.h"
#include "load.h"
#include "promote/config.h"
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

Result<std::string> validate(const std::string& file, const std::string& text) {
  if (is_server_config(file, text)) {
    TRY(const auto config, engine::parse_server_config(file, text, environment_variables()));
    return file + ": a valid server configuration with " + plural(config.forges.size(), "forge") + " and " +
           plural(config.registries.size(), "registry receiver");
  }
  TRY(const auto config, promote::parse_repo_config(file, text));
  std::string names;
  for (const auto& environment : config.environments) names += (names.empty() ? "" : ", ") + environment.name;
  return file + ": a valid repository configuration with the environments " + names;
}

}  // namespace

void add_config(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("config", "Check configuration files, or print their JSON schema");
  command->require_subcommand(1);
  command->footer("Example:\n  towline config validate .towline.yaml");

  CLI::App* check = command->add_subcommand("validate", "Check .towline.yaml or the server's towline.yaml");
  auto file = std::make_shared<std::string>(".towline.yaml");
  check->add_option("FILE", *file, "The file (default: .towline.yaml)");
  check->footer("Example:\n  towline config validate .towline.yaml");
  check->callback([file, &exit_code] {
    const auto text = as_argument(read_file(*file, kMaxConfigBytes));
    if (!text) {
      exit_code = report_error(text.error());
      return;
    }
    const auto valid = validate(*file, *text);
    if (valid) {
      std::cout << *valid << "\n";
    } else {
      exit_code = report_error(valid.error());
      if (valid.error().kind == ErrorKind::invalid) exit_code = kAnswerIsNo;
    }
  });

  CLI::App* schema = command->add_subcommand("schema", "Print the JSON schema of a configuration file");
  auto which = std::make_shared<std::string>("repository");
  schema->add_option("WHICH", *which, "repository (.towline.yaml) or server (towline.yaml)")
      ->check(CLI::IsMember({"repository", "server"}));
  schema->footer("Example:\n  towline config schema server > towline.schema.json");
  schema->callback([which] {
    std::cout << (*which == "server" ? engine::server_config_schema() : promote::repo_config_schema()) << "\n";
  });
}

}  // namespace towline::bot
