#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "commands.h"
#include "diff/diff.h"
#include "engine/evaluate.h"
#include "load.h"
#include "manifest/object.h"
#include "paths.h"
#include "render/renderer.h"

namespace towline::bot {

namespace {

struct Options {
  std::string repo;
  std::vector<std::string> sides;
  std::string format = "text";
  bool exit_code = false;
};

struct Section {
  std::string title;  ///< application, "" when comparing files
  diff::Diff diff;
  std::vector<std::string> problems;
};

Result<manifest::ParsedManifests> read_manifests(const std::string& path) {
  TRY(const auto files, manifest_files({path}));
  manifest::ParsedManifests all;
  for (const LocalFile& file : files) {
    TRY(const std::string text, read_local(file));
    auto parsed = manifest::parse_manifests(file.shown, text, "");
    for (auto& resource : parsed.resources) all.resources.push_back(std::move(resource));
    for (auto& problem : parsed.problems) all.problems.push_back(std::move(problem));
  }
  return all;
}

Result<std::vector<Section>> diff_files(const Options& options, const Secret& masking_key) {
  TRY(const auto before, read_manifests(options.sides[0]));
  TRY(const auto after, read_manifests(options.sides[1]));
  Section section{"", diff::diff_resources(before.resources, after.resources, masking_key), {}};
  for (const auto* side : {&before, &after}) {
    for (const auto& problem : side->problems) {
      section.problems.push_back(problem.path + ":" + std::to_string(problem.line) + ": " + problem.message);
    }
  }
  return std::vector<Section>{std::move(section)};
}

Result<std::vector<Section>> diff_revisions(const Options& options, const Secret& masking_key) {
  TRY(const git::Repository repository, open_repository(options.repo));
  TRY(const CommitId base, resolve_revision(repository, options.sides[0]));
  TRY(const CommitId head, resolve_revision(repository, options.sides[1]));
  TRY(const promote::RepoConfig config, load_repo_config(repository, base));
  render::Renderer::Options render_options;
  if (const char* path = std::getenv("PATH"); path != nullptr) render_options.search_path = path;
  render::Renderer renderer(std::move(render_options));
  engine::DiscoveryScreen screen;
  TRY(const promote::Evaluation evaluation,
      engine::evaluate({renderer, screen, masking_key}, repository, base, head, config));
  std::vector<Section> sections;
  for (const auto& report : evaluation.applications) {
    std::string title = report.environment.empty() ? "" : report.environment + ": ";
    title += report.application.name;
    sections.push_back({std::move(title), report.diff, report.problems});
  }
  return sections;
}

Json as_json(const Section& section) {
  Json changes = Json::array();
  for (const diff::Change& change : section.diff.changes) {
    Json fields = Json::array();
    for (const diff::FieldChange& field : change.fields) {
      fields.push_back({{"path", field.path},
                        {"before", field.before ? Json(*field.before) : Json()},
                        {"after", field.after ? Json(*field.after) : Json()}});
    }
    changes.push_back({{"change", std::string(diff::to_string(change.kind))},
                       {"resource", change.key.str()},
                       {"masked", change.masked},
                       {"fields", std::move(fields)}});
  }
  return {{"application", section.title}, {"changes", std::move(changes)}, {"problems", section.problems}};
}

std::string coloured(const std::string& text, bool colours) {
  if (!colours) return text;
  std::string result;
  for (const auto line : split_lines(text)) {
    const std::string_view colour = line.starts_with("+") ? "\x1b[32m" : line.starts_with("-") ? "\x1b[31m" : "";
    result += std::string(colour) + std::string(line) + (colour.empty() ? "" : "\x1b[0m") + "\n";
  }
  return result;
}

/// Only people at a terminal see colours, unless they asked for none (no-color.org: set and not empty).
bool wants_colours() {
  const char* no_colour = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) != 0 && (no_colour == nullptr || *no_colour == '\0');
}

void print_text(const std::vector<Section>& sections) {
  const bool colours = wants_colours();
  for (const Section& section : sections) {
    if (!section.title.empty()) std::cout << "# " << printable_utf8(section.title) << "\n";
    for (const std::string& problem : section.problems) std::cout << "! " << printable_utf8(problem) << "\n";
    for (const diff::Change& change : section.diff.changes) {
      std::cout << diff::to_string(change.kind) << " " << printable_utf8(change.key.str()) << "\n"
                << coloured(printable_utf8(diff::to_text(change)), colours);
    }
    if (section.diff.empty() && section.problems.empty() && !section.title.empty())
      std::cout << "no resource changes\n";
  }
}

Result<int> run(const Options& options) {
  if (options.sides.size() != 2) {
    return fail(ErrorKind::invalid, options.repo.empty()
                                        ? "two files or directories are needed: towline diff OLD NEW"
                                        : "two revisions are needed: towline diff --repo DIR BASE HEAD");
  }
  const Secret masking_key(random_hex(32));
  TRY(const auto sections,
      options.repo.empty() ? diff_files(options, masking_key) : diff_revisions(options, masking_key));
  bool differs = false;
  bool broken = false;
  for (const Section& section : sections) {
    differs = differs || !section.diff.empty();
    broken = broken || !section.problems.empty();
  }
  if (options.format == "json") {
    Json all = Json::array();
    for (const Section& section : sections) all.push_back(as_json(section));
    std::cout << dump_json(all, 2) << "\n";
  } else {
    if (sections.empty()) std::cout << "no application is affected\n";
    print_text(sections);
  }
  if (broken) {
    std::cerr << "towline: some manifests could not be read or rendered; the difference above is not the whole one\n";
    return static_cast<int>(kSomethingBroke);
  }
  return static_cast<int>(differs && options.exit_code ? kAnswerIsNo : kDone);
}

}  // namespace

void add_diff(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("diff", "Show what changes in the cluster, resource by resource");
  auto options = std::make_shared<Options>();
  command
      ->add_option("--repo", options->repo,
                   "Compare two revisions of this repository: what merging HEAD into BASE changes")
      ->type_name("DIR");
  command->add_option("SIDES", options->sides, "OLD NEW: files or directories of manifests, or BASE HEAD with --repo");
  command->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  command->add_flag("--exit-code", options->exit_code, "Exit with 1 when there are differences");
  command->footer(
      "Examples:\n  towline diff old.yaml new.yaml\n  towline diff --repo . origin/main HEAD --exit-code\n"
      "Values of Secrets are masked.");
  command->callback([options, &exit_code] {
    const auto code = run(*options);
    exit_code = code ? *code : report_error(code.error());
  });
}

}  // namespace towline::bot
