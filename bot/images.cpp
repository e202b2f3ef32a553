#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "base/json.h"
#include "base/text.h"
#include "commands.h"
#include "git/file_tree.h"
#include "load.h"
#include "manifest/sites.h"
#include "paths.h"

namespace towline::bot {

namespace {

struct Options {
  std::string path = ".";
  std::string environment;
  std::string format = "text";
};

struct Row {
  manifest::ImageSite site;
  std::string environment;
  std::string service;
};

std::string text_of(const std::optional<image::Tag>& tag) { return tag ? tag->str() : ""; }
std::string text_of(const std::optional<image::Digest>& digest) { return digest ? digest->str() : ""; }

Result<std::vector<Row>> collect(const Options& options, std::vector<std::string>& skipped) {
  TRY(const auto files, manifest_files({options.path}));
  promote::RepoConfig config;
  std::error_code error;
  if (std::filesystem::is_directory(options.path, error)) {
    TRY(config, load_repo_config(git::DirectoryTree(options.path)));
  }
  if (!options.environment.empty() && config.find(options.environment) == nullptr) {
    return unknown_environment(options.environment, config);
  }
  std::vector<Row> rows;
  for (const LocalFile& file : files) {
    const std::string below = std::filesystem::path(file.disk).lexically_relative(options.path).generic_string();
    const auto owner = config.service_of(below);
    const std::string environment = owner ? owner->environment->name : "";
    if (!options.environment.empty() && environment != options.environment) continue;
    TRY(const std::string text, read_local(file));
    auto found = manifest::find_sites(file.shown, text);
    for (auto& reason : found.skipped) skipped.push_back(file.shown + ": " + reason);
    for (auto& site : found.sites) rows.push_back({std::move(site), environment, owner ? owner->service : ""});
  }
  return rows;
}

Json as_json(const Row& row) {
  return {{"file", row.site.path},
          {"line", row.site.line},
          {"column", row.site.column},
          {"kind", std::string(manifest::to_string(row.site.kind))},
          {"image", row.site.name.str()},
          {"written", row.site.written_name},
          {"tag", text_of(row.site.version.tag)},
          {"digest", text_of(row.site.version.digest)},
          {"environment", row.environment},
          {"service", row.service}};
}

/// RFC 4180; a leading = + - @ is quoted with an apostrophe so that no spreadsheet takes it for a formula.
std::string csv_field(std::string text) {
  if (!text.empty() && std::string_view("=+-@").find(text.front()) != std::string_view::npos) text.insert(0, 1, '\'');
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return "\"" + replace_all(std::move(text), "\"", "\"\"") + "\"";
}

void print_csv(const std::vector<Row>& rows) {
  std::cout << "file,line,column,kind,image,written,tag,digest,environment,service\r\n";
  for (const Row& row : rows) {
    std::cout << csv_field(row.site.path) << ',' << row.site.line << ',' << row.site.column << ','
              << manifest::to_string(row.site.kind) << ',' << csv_field(row.site.name.str()) << ','
              << csv_field(row.site.written_name) << ',' << csv_field(text_of(row.site.version.tag)) << ','
              << csv_field(text_of(row.site.version.digest)) << ',' << csv_field(row.environment) << ','
              << csv_field(row.service) << "\r\n";
  }
}

void print(const std::vector<Row>& rows, const std::string& format) {
  if (format == "csv") {
    print_csv(rows);
  } else if (format == "json") {
    Json all = Json::array();
    for (const Row& row : rows) all.push_back(as_json(row));
    std::cout << dump_json(all, 2) << "\n";
  } else {
    for (const Row& row : rows) {
      std::cout << printable_utf8(row.site.path) << ":" << row.site.line << ":" << row.site.column << "  "
                << row.site.written_name << "  " << row.site.version.display();
      if (!row.environment.empty()) std::cout << "  " << row.environment << "/" << row.service;
      std::cout << "\n";
    }
  }
}

}  // namespace

void add_images(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("images", "List every place that writes an image");
  auto options = std::make_shared<Options>();
  command->add_option("PATH", options->path, "A file or directory (default: .)");
  command->add_option("--env", options->environment, "Only this environment")->type_name("NAME");
  command->add_option("--format", options->format, "text, json or csv")->check(CLI::IsMember({"text", "json", "csv"}));
  command->footer("Exit status: 0 some were found, 1 none.\nExample:\n  towline images --env prod --format csv .");
  add_images_select(*command, exit_code);
  command->callback([options, command, &exit_code] {
    if (!command->get_subcommands().empty()) return;
    std::vector<std::string> skipped;
    const auto rows = collect(*options, skipped);
    if (!rows) {
      exit_code = report_error(rows.error());
      return;
    }
    print(*rows, options->format);
    for (const std::string& reason : skipped) std::cerr << "skipped " << reason << "\n";
    if (rows->empty()) exit_code = kAnswerIsNo;
  });
}

}  // namespace towline::bot
