#include <iostream>
#include <iterator>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

#include "base/json.h"
#include "base/text.h"
#include "commands.h"
#include "load.h"
#include "paths.h"
#include "sites/sites.h"
#include "working_copy.h"

namespace towline::bot {

namespace {

struct Options {
  std::string path = ".";
  std::string environment;
  std::string format = "text";
};

struct Row {
  sites::ImageSite site;
  std::string environment;
  std::string service;
};

std::string text_of(const std::optional<image::Tag>& tag) { return tag ? tag->str() : ""; }
std::string text_of(const std::optional<image::Digest>& digest) { return digest ? digest->str() : ""; }

struct FileRows {
  std::vector<Row> rows;
  std::vector<std::string> skipped;
};

/// Tells whose a file is, by its path from the working copy's root.
class Owners {
 public:
  Owners(const std::string& argument, WorkingCopy copy) : argument_(argument), copy_(std::move(copy)) {
    std::error_code error;
    prefix_ = std::filesystem::absolute(argument, error).lexically_normal().lexically_relative(copy_.root).string();
    if (prefix_ == ".") prefix_.clear();
  }

  std::optional<config::RepoConfig::ServiceOf> owner_of(const LocalFile& file) const {
    std::string path = prefix_;
    if (file.disk.size() > argument_.size()) {
      if (!path.empty() && !path.ends_with('/')) path += '/';
      path += file.disk.substr(file.disk.find_first_not_of('/', argument_.size()));
    }
    return copy_.config.service_of(path);
  }

 private:
  std::string argument_;
  WorkingCopy copy_;
  std::string prefix_;  ///< of the argument
};

Result<FileRows> collect(const Options& options) {
  std::error_code error;
  if (!std::filesystem::exists(options.path, error)) {
    return fail(ErrorKind::invalid, "there is no file or directory " + options.path);
  }
  TRY(WorkingCopy copy, find_working_copy(options.path));
  if (!options.environment.empty() && copy.config.find(options.environment) == nullptr) {
    return unknown_environment(options.environment, copy.config);
  }
  const Owners owners(options.path, std::move(copy));
  const auto rows_of = [&](const LocalFile& file, const ReadText& read) -> Result<std::optional<FileRows>> {
    std::optional<config::RepoConfig::ServiceOf> owner;
    if (!options.environment.empty()) {
      owner = owners.owner_of(file);
      if (!owner || owner->environment->name != options.environment) return std::nullopt;
    }
    TRY(const std::string_view text, read());
    auto found = sites::find_sites(file.shown, text);
    if (found.sites.empty() && found.skipped.empty()) return std::nullopt;
    if (!owner) owner = owners.owner_of(file);
    FileRows rows;
    for (auto& reason : found.skipped) rows.skipped.push_back(file.shown + ": " + reason);
    for (auto& site : found.sites) {
      rows.rows.push_back({std::move(site), owner ? owner->environment->name : "", owner ? owner->service : ""});
    }
    return rows;
  };
  TRY(auto files, map_manifests<FileRows>({options.path}, rows_of));
  FileRows all;
  for (FileRows& file : files) {
    std::move(file.rows.begin(), file.rows.end(), std::back_inserter(all.rows));
    std::move(file.skipped.begin(), file.skipped.end(), std::back_inserter(all.skipped));
  }
  return all;
}

Json as_json(const Row& row) {
  return {{"file", row.site.path},
          {"line", row.site.line},
          {"column", row.site.column},
          {"kind", std::string(sites::to_string(row.site.kind))},
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
              << sites::to_string(row.site.kind) << ',' << csv_field(row.site.name.str()) << ','
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
    const auto found = collect(*options);
    if (!found) {
      exit_code = report_error(found.error());
      return;
    }
    print(found->rows, options->format);
    for (const std::string& reason : found->skipped) std::cerr << "skipped " << reason << "\n";
    if (found->rows.empty()) exit_code = kAnswerIsNo;
  });
}

}  // namespace towline::bot
