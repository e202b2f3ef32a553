#include "engine/evaluate.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "diff/images.h"
#include "engine/site_cache.h"

namespace towline::engine {

bool DiscoveryScreen::known_empty(const BlobId& blob) const {
  const std::lock_guard lock(mutex_);
  return empty_.contains(blob);
}

void DiscoveryScreen::remember_empty(const BlobId& blob) {
  constexpr std::size_t kMost = 100'000;
  const std::lock_guard lock(mutex_);
  if (empty_.size() >= kMost) empty_.clear();
  empty_.insert(blob);
}

namespace {

/// A commit's files with those that cannot declare an application reading as empty.
class ScreenedTree final : public git::FileTree {
 public:
  ScreenedTree(const git::Repository& repository, CommitId commit, DiscoveryScreen& screen)
      : repository_(repository), commit_(std::move(commit)), screen_(screen) {}

  Result<std::vector<git::TreeEntry>> files() const override {
    TRY(auto entries, repository_.list(commit_));
    for (const git::TreeEntry& entry : entries) ids_.emplace(entry.path, entry.id);
    return entries;
  }

  Result<std::string> read(std::string_view path) const override {
    const auto id = ids_.find(path);
    if (id == ids_.end()) return repository_.read_file(commit_, path);
    if (screen_.known_empty(id->second)) return std::string();
    TRY(std::string text, repository_.read_blob(id->second));
    if (text.find("argoproj.io") == std::string::npos) {
      screen_.remember_empty(id->second);
      text.clear();
    }
    return text;
  }

 private:
  const git::Repository& repository_;
  CommitId commit_;
  DiscoveryScreen& screen_;
  mutable std::map<std::string, BlobId, std::less<>> ids_;
};

std::vector<std::string> service_directories(const std::vector<git::TreeEntry>& entries,
                                             const promote::RepoConfig& config) {
  std::set<std::string> directories;
  for (const git::TreeEntry& entry : entries) {
    if (const auto owner = config.service_of(entry.path)) directories.insert(owner->directory);
  }
  return {directories.begin(), directories.end()};
}

std::string problem_text(const manifest::ManifestProblem& problem) {
  std::string text = problem.path;
  if (!text.empty() && problem.line > 0) text += ":" + std::to_string(problem.line);
  return text.empty() ? problem.message : text + ": " + problem.message;
}

/// The image changes that the rendered workloads show, each once.
std::vector<promote::ImageChange> image_changes(const std::vector<manifest::Resource>& base,
                                                const std::vector<manifest::Resource>& head) {
  std::vector<promote::ImageChange> changes;
  for (const diff::ImageDelta& delta : diff::image_deltas(base, head)) {
    const auto before = image::parse_reference(delta.before);
    const auto after = image::parse_reference(delta.after);
    if (!before || !after || before->name != after->name) continue;
    promote::ImageChange change{after->name, {before->tag, before->digest}, {after->tag, after->digest}};
    if (change.from == change.to) continue;
    if (std::find(changes.begin(), changes.end(), change) == changes.end()) changes.push_back(std::move(change));
  }
  return changes;
}

struct Sides {
  const manifest::Application* base = nullptr;
  const manifest::Application* head = nullptr;
};

Result<void> evaluate_application(const Evaluator& evaluator, const git::Repository& repository, const Sides& sides,
                                  const promote::RepoConfig& config, promote::Evaluation& evaluation) {
  promote::ApplicationReport report;
  report.application = sides.head != nullptr ? *sides.head : *sides.base;
  if (const auto owner = config.service_of(report.application.path)) {
    report.environment = owner->environment->name;
    report.service = owner->service;
  }
  render::Rendered before;
  render::Rendered after;
  if (sides.base != nullptr) {
    TRY(before, evaluator.renderer.render(repository, evaluation.base, *sides.base));
  }
  if (sides.head != nullptr) {
    TRY(after, evaluator.renderer.render(repository, evaluation.head, *sides.head));
  }
  for (const auto& problem : after.problems) report.problems.push_back(problem_text(problem));
  for (const auto& problem : before.problems) {
    const std::string text = std::string(promote::kAtTheBase) + problem_text(problem);
    if (after.problems.empty()) report.problems.push_back(text);
  }
  // Of the base: a pull request must not choose what its own report hides.
  const auto ignored =
      sides.base == nullptr ? std::vector<manifest::IgnoreDifference>{} : sides.base->ignore_differences;
  report.diff = diff::diff_resources(before.resources, after.resources, {evaluator.masking_key, config.noise, ignored});
  report.images = image_changes(before.resources, after.resources);
  const std::string& name = report.application.name;
  for (policy::Finding& finding : policy::check(name, after.resources, after.problems, config.policies)) {
    evaluation.findings.push_back(std::move(finding));
  }
  evaluation.applications.push_back(std::move(report));
  return {};
}

Result<void> read_config_change(const git::Repository& repository, promote::Evaluation& evaluation) {
  const auto touched = std::find(evaluation.changed_paths.begin(), evaluation.changed_paths.end(),
                                 std::string(promote::kRepoConfigPath));
  if (touched == evaluation.changed_paths.end()) return {};
  evaluation.touches_config = true;
  auto text = repository.read_file(evaluation.head, promote::kRepoConfigPath);
  if (!text) {
    if (text.error().kind == ErrorKind::not_found) return {};
    evaluation.config_error = text.error().message;
    return {};
  }
  if (const auto parsed = promote::parse_repo_config(promote::kRepoConfigPath, *text); !parsed) {
    evaluation.config_error = parsed.error().message;
  }
  return {};
}

using BySource = std::map<std::tuple<std::string, std::string>, Sides>;

Result<void> collect_affected(const git::FileTree& tree, const std::vector<manifest::Application>& applications,
                              const std::vector<std::string>& changed,
                              std::set<std::tuple<std::string, std::string>>& affected) {
  TRY(const auto touched, manifest::affected_applications(tree, applications, changed));
  for (const manifest::Application& application : touched) affected.insert({application.path, application.name});
  return {};
}

}  // namespace

Result<manifest::Discovered> applications_at(const Evaluator& evaluator, const git::Repository& repository,
                                             const CommitId& commit, const promote::RepoConfig& config) {
  const ScreenedTree tree(repository, commit, evaluator.screen);
  TRY(const auto entries, tree.files());
  return manifest::discover_applications(tree, service_directories(entries, config));
}

Result<promote::Evaluation> evaluate(const Evaluator& evaluator, const git::Repository& repository,
                                     const CommitId& base_tip, const CommitId& head,
                                     const promote::RepoConfig& config) {
  TRY(const auto merge_base, repository.merge_base(base_tip, head));
  if (!merge_base) {
    return fail(ErrorKind::invalid, "commit " + short_id(head) + " shares no history with the default branch");
  }
  promote::Evaluation evaluation;
  evaluation.base = *merge_base;
  evaluation.head = head;
  TRY(const auto changes, repository.changed_paths(evaluation.base, head));
  for (const git::PathChange& change : changes) evaluation.changed_paths.push_back(change.path);
  TRY(const bool clean, repository.merges_cleanly(base_tip, head));
  evaluation.conflicts = !clean;
  CHECK_OK(read_config_change(repository, evaluation));

  TRY(const auto at_base, applications_at(evaluator, repository, evaluation.base, config));
  TRY(const auto at_head, applications_at(evaluator, repository, head, config));
  std::set<std::tuple<std::string, std::string>> affected;
  CHECK_OK(collect_affected(git::CommitTree(repository, evaluation.base), at_base.applications,
                            evaluation.changed_paths, affected));
  CHECK_OK(
      collect_affected(git::CommitTree(repository, head), at_head.applications, evaluation.changed_paths, affected));

  BySource sides;
  for (const auto& application : at_base.applications) {
    if (affected.contains({application.path, application.name})) {
      sides[{application.path, application.name}].base = &application;
    }
  }
  for (const auto& application : at_head.applications) {
    if (affected.contains({application.path, application.name})) {
      sides[{application.path, application.name}].head = &application;
    }
  }
  for (const auto& [source, pair] : sides) {
    CHECK_OK(evaluate_application(evaluator, repository, pair, config, evaluation));
  }
  // A declaration that cannot be read may hide an application: it is a finding, not silence.
  for (const auto& problem : at_head.problems) {
    if (std::find(evaluation.changed_paths.begin(), evaluation.changed_paths.end(), problem.path) ==
        evaluation.changed_paths.end()) {
      continue;
    }
    for (policy::Finding& finding : policy::check("", {}, {problem}, config.policies)) {
      if (finding.level != policy::Level::pass) evaluation.findings.push_back(std::move(finding));
    }
  }
  std::sort(evaluation.applications.begin(), evaluation.applications.end(), [](const auto& a, const auto& b) {
    return std::tie(a.environment, a.application.name, a.application.path) <
           std::tie(b.environment, b.application.name, b.application.path);
  });
  std::vector<std::pair<std::string, diff::Diff>> by_application;
  for (const auto& report : evaluation.applications) {
    by_application.emplace_back(report.application.name + " " + report.application.path, report.diff);
  }
  evaluation.diff_hash = diff::diff_hash(by_application);
  return evaluation;
}

}  // namespace towline::engine
