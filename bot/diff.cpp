#include <unistd.h>

#include <cstdlib>
#include <future>
#include <iostream>
#include <memory>
#include <set>

#include <CLI/CLI.hpp>

#include "base/credential_text.h"
#include "base/crypto.h"
#include "base/text.h"
#include "commands.h"
#include "diff/diff.h"
#include "diff/twins.h"
#include "diff_formats.h"
#include "evaluate/evaluate.h"
#include "load.h"
#include "manifest/object.h"
#include "paths.h"
#include "policy/finding.h"
#include "render/renderer.h"
#include "render_options.h"

namespace towline::bot {

namespace {

struct Options {
  std::string repo;
  std::string application;
  std::vector<std::string> sides;
  std::string format = "text";
  bool exit_code = false;
  bool show_hidden = false;
  std::string branch;
  render::Renderer::Options render;
};

/// The manifest files of one side.
struct Side {
  std::vector<LocalFile> files;
  std::vector<std::string> texts;

  std::vector<std::string> paths() const {
    std::vector<std::string> all;
    for (const LocalFile& file : files) all.push_back(file.shown);
    return all;
  }
};

std::string shown(const manifest::ManifestProblem& problem) {
  return problem.path + ":" + std::to_string(problem.line) + ": " + redact_credentials(problem.message);
}

Result<Side> read_side(const std::string& path) {
  Side side;
  TRY(side.files, manifest_files({path}));
  for (const LocalFile& file : side.files) {
    TRY(std::string text, read_local(file));
    side.texts.push_back(std::move(text));
  }
  return side;
}

manifest::ParsedManifests parse_side(const Side& side) {
  manifest::ParsedManifests all;
  for (std::size_t i = 0; i < side.files.size(); ++i) {
    auto parsed = manifest::parse_manifests(side.files[i].shown, side.texts[i], "");
    for (auto& resource : parsed.resources) all.resources.push_back(std::move(resource));
    for (auto& problem : parsed.problems) all.problems.push_back(std::move(problem));
  }
  return all;
}

Result<std::vector<DiffSection>> diff_files(const Options& options, const Secret& masking_key) {
  TRY(Side old_side, read_side(options.sides[0]));
  TRY(Side new_side, read_side(options.sides[1]));
  const auto twins = diff::drop_twin_documents(old_side.texts, new_side.texts);
  // Reading takes most of the time, and the two sides have nothing to do with each other.
  auto old_reading = std::async(std::launch::async, [&old_side] { return parse_side(old_side); });
  const auto after = parse_side(new_side);
  const auto before = old_reading.get();
  const auto alike = diff::problems_of(twins, new_side.paths());
  DiffSection section{"", diff::diff_resources(before.resources, after.resources, masking_key), {}};
  for (const auto* side : {&before, &after}) {
    for (const auto& problem : side->problems) {
      section.problems.push_back(shown(problem));
    }
  }
  for (const auto& problem : alike) section.problems.push_back(shown(problem) + " (the same on both sides)");
  return std::vector<DiffSection>{std::move(section)};
}

/// Error invalid: neither revision has an application of that name.
Result<void> check_application(const std::string& name, const evaluate::Evaluator& evaluator,
                               const git::Repository& repository, const std::vector<CommitId>& commits,
                               const config::RepoConfig& config) {
  std::set<std::string> names;
  for (const CommitId& commit : commits) {
    TRY(const auto discovered, evaluate::applications_at(evaluator, repository, commit, config));
    for (const auto& application : discovered.applications) names.insert(application.name);
  }
  if (names.contains(name)) return {};
  const std::vector<std::string> known(names.begin(), names.end());
  const std::string near = nearest(name, known);
  return fail(ErrorKind::invalid, "there is no application '" + name + "'" +
                                      (known.empty()   ? ": the repository has none"
                                       : !near.empty() ? "; did you mean '" + near + "'?"
                                                       : "; there are " + ellipsize(join(known, ", "), 500)));
}

Result<std::vector<DiffSection>> diff_revisions(const Options& options, const Secret& masking_key) {
  TRY(const git::Repository repository, open_repository(options.repo));
  TRY(const CommitId base, resolve_revision(repository, options.sides[0]));
  TRY(const CommitId head, resolve_revision(repository, options.sides[1]));
  TRY(const config::RepoConfig config, load_repo_config(repository, base));
  render::Renderer renderer(options.render);
  evaluate::DiscoveryScreen screen;
  TRY(auto own, own_repository(repository, options.branch, options.sides[0]));
  const evaluate::Evaluator evaluator{renderer, screen, masking_key, {}, std::move(own)};
  if (!options.application.empty()) {
    CHECK_OK(check_application(options.application, evaluator, repository, {base, head}, config));
  }
  TRY(const evaluate::Evaluation evaluation, evaluate::evaluate(evaluator, repository, base, head, config));
  std::vector<DiffSection> sections;
  for (const auto& report : evaluation.applications) {
    if (!options.application.empty() && report.application.name != options.application) continue;
    std::string title = report.environment.empty() ? "" : report.environment + ": ";
    title += report.application.name;
    sections.push_back({std::move(title), report.diff, report.problems});
  }
  // Declarations that cannot be read are of no application; those of an application are in its section.
  DiffSection declarations{"declarations", {}, {}};
  for (const policy::Finding& finding : evaluation.findings) {
    const bool blocks = finding.level == policy::Level::fail || finding.level == policy::Level::error;
    if (!blocks || !finding.application.empty()) continue;
    declarations.problems.push_back((finding.path.empty() ? "" : finding.path + ": ") +
                                    redact_credentials(finding.message));
  }
  if (!declarations.problems.empty()) sections.push_back(std::move(declarations));
  // Without that "no application is affected" would be wrong.
  if (!evaluation.unseen.empty()) sections.push_back({"what is not known", {}, evaluation.unseen});
  return sections;
}

/// Only people at a terminal see colours, unless they asked for none (no-color.org: set and not empty).
bool wants_colours() {
  const char* no_colour = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) != 0 && (no_colour == nullptr || *no_colour == '\0');
}

Result<std::string> shown(const Options& options, const std::vector<DiffSection>& sections) {
  DiffDisplay display;
  if (options.show_hidden) display.hidden = diff::HiddenFields::shown;
  if (options.format == "json") return diff_as_json(sections);
  if (options.format == "html") return diff_as_html(sections, display);
  const std::string nothing = options.application.empty() ? "no application is affected\n"
                                                          : "application " + options.application + " is not affected\n";
  if (sections.empty()) return nothing;
  if (options.format == "markdown") return diff_as_markdown(sections, display);
  display.colours = wants_colours();
  return diff_as_text(sections, display);
}

Result<int> run(const Options& options) {
  if (options.sides.size() != 2) {
    return fail(ErrorKind::invalid, options.repo.empty()
                                        ? "two files or directories are needed: towline diff OLD NEW"
                                        : "two revisions are needed: towline diff --repo DIR BASE HEAD");
  }
  if (options.repo.empty() && !options.application.empty()) {
    return fail(ErrorKind::invalid, "--app names an application of a repository: add --repo DIR");
  }
  const Secret masking_key(random_hex(32));
  TRY(const auto sections,
      options.repo.empty() ? diff_files(options, masking_key) : diff_revisions(options, masking_key));
  TRY(const std::string text, shown(options, sections));
  std::cout << text;
  const auto hidden = options.show_hidden ? diff::HiddenFields::shown : diff::HiddenFields::folded;
  bool differs = false;
  bool broken = false;
  for (const DiffSection& section : sections) {
    differs = differs || shows_changes(section, hidden);
    broken = broken || !section.problems.empty();
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
  command->add_option("--app", options->application, "Only this application; with --repo")->type_name("NAME");
  command->add_option("--format", options->format, "text, markdown, json or html")
      ->check(CLI::IsMember({"text", "markdown", "json", "html"}));
  command->add_flag("--exit-code", options->exit_code, "Exit with 1 when there are differences that are shown");
  command->add_flag("--show-hidden", options->show_hidden,
                    "Show what noise rules fold away: checksum annotations, chart labels, ignoreDifferences, the order "
                    "of lists where it means nothing");
  add_branch_option(*command, options->branch);
  add_render_options(*command, options->render);
  command->footer(
      "Examples:\n  towline diff old.yaml new.yaml\n  towline diff <(helm template old/) <(helm template new/)\n"
      "  towline diff --repo . origin/main HEAD --app pay --format markdown\n"
      "Values of Secrets are masked. JSON has every field, hidden ones with \"hidden_by\".");
  command->callback([options, &exit_code] {
    const auto code = run(*options);
    exit_code = code ? *code : report_error(code.error());
  });
}

}  // namespace towline::bot
