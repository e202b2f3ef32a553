#include "engine/evaluate.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "diff/images.h"
#include "engine/generated_applications.h"
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

std::optional<manifest::Discovered> DiscoveryScreen::find(const Question& question) {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::find_if(answers_.begin(), answers_.end(), [&](const auto& one) { return one.first == question; });
  if (found == answers_.end()) return std::nullopt;
  answers_.splice(answers_.begin(), answers_, found);
  return found->second;
}

void DiscoveryScreen::remember(Question question, const manifest::Discovered& discovered) {
  constexpr std::size_t kMost = 16;
  const std::lock_guard lock(mutex_);
  answers_.emplace_front(std::move(question), discovered);
  if (answers_.size() > kMost) answers_.pop_back();
}

namespace {

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

/// What one application was rendered to.
struct RenderedSides {
  render::Rendered before;
  render::Rendered after;
};

void evaluate_application(const Evaluator& evaluator, const Sides& sides, const RenderedSides& rendered,
                          const promote::RepoConfig& config, promote::Evaluation& evaluation) {
  const auto& [before, after] = rendered;
  promote::ApplicationReport report;
  report.application = sides.head != nullptr ? *sides.head : *sides.base;
  if (const auto owner = config.service_of(report.application.path)) {
    report.environment = owner->environment->name;
    report.service = owner->service;
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
}

/// The renders of both sides of each, made side by side.
Result<std::vector<RenderedSides>> render_sides(const Evaluator& evaluator, const git::Repository& repository,
                                                const promote::Evaluation& evaluation,
                                                const std::vector<Sides>& applications) {
  std::vector<render::Renderer::Request> requests;
  for (const Sides& sides : applications) {
    if (sides.base != nullptr) requests.push_back({evaluation.base, sides.base});
    if (sides.head != nullptr) requests.push_back({evaluation.head, sides.head});
  }
  TRY(auto rendered, evaluator.renderer.render_all(repository, requests));
  std::vector<RenderedSides> all;
  auto next = rendered.begin();
  for (const Sides& sides : applications) {
    RenderedSides both;
    if (sides.base != nullptr) both.before = std::move(*next++);
    if (sides.head != nullptr) both.after = std::move(*next++);
    all.push_back(std::move(both));
  }
  return all;
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

using Identity = std::tuple<std::string, std::string>;
Identity identity_of(const manifest::Application& application) { return {application.path, application.name}; }

/// The two sides of every application. One whose directory changed is still the same if its name says so: if on both
/// sides just one declared application of that name has no partner.
std::vector<Sides> pair_up(const std::vector<manifest::Application>& base,
                           const std::vector<manifest::Application>& head) {
  std::map<Identity, Sides> pairs;
  for (const auto& application : base) pairs[identity_of(application)].base = &application;
  for (const auto& application : head) pairs[identity_of(application)].head = &application;
  std::map<std::string, std::vector<Sides*>> alone;
  for (auto& [identity, sides] : pairs) {
    const manifest::Application* only = sides.base == nullptr   ? sides.head
                                        : sides.head == nullptr ? sides.base
                                                                : nullptr;
    if (only != nullptr && !only->declared_in.empty()) alone[only->name].push_back(&sides);
  }
  for (const auto& [name, found] : alone) {
    if (found.size() != 2 || (found[0]->base == nullptr) == (found[1]->base == nullptr)) continue;
    Sides& kept = found[0]->base == nullptr ? *found[1] : *found[0];
    Sides& merged = found[0]->base == nullptr ? *found[0] : *found[1];
    kept.head = merged.head;
    merged.head = nullptr;
  }
  std::vector<Sides> result;
  for (const auto& [identity, sides] : pairs) {
    if (sides.base != nullptr || sides.head != nullptr) result.push_back(sides);
  }
  return result;
}

/// The applications of one commit that the changed paths touch.
Result<std::set<const manifest::Application*>> touched_at(const git::Repository& repository, const CommitId& commit,
                                                          const std::vector<manifest::Application>& applications,
                                                          const std::vector<std::string>& changed) {
  TRY(const auto touched, manifest::affected_applications(git::CommitTree(repository, commit), applications, changed));
  std::set<Identity> identities;
  for (const manifest::Application& application : touched) identities.insert(identity_of(application));
  std::set<const manifest::Application*> result;
  for (const manifest::Application& application : applications) {
    if (identities.contains(identity_of(application))) result.insert(&application);
  }
  return result;
}

}  // namespace

Result<manifest::Discovered> applications_at(const Evaluator& evaluator, const git::Repository& repository,
                                             const CommitId& commit, const promote::RepoConfig& config) {
  const git::CommitTree tree(repository, commit);
  TRY(const auto entries, tree.files());
  DiscoveryScreen::Question question{commit, service_directories(entries, config), config.clusters};
  if (auto known = evaluator.screen.find(question)) return *std::move(known);
  TRY(auto discovered,
      manifest::discover_applications(tree, question.service_directories, &evaluator.screen, config.clusters));
  evaluator.screen.remember(std::move(question), discovered);
  return discovered;
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
  TRY(auto affected, touched_at(repository, evaluation.base, at_base.applications, evaluation.changed_paths));
  TRY(auto at_the_head, touched_at(repository, head, at_head.applications, evaluation.changed_paths));
  affected.merge(at_the_head);
  std::vector<Sides> applications = pair_up(at_base.applications, at_head.applications);
  std::erase_if(applications,
                [&](const Sides& sides) { return !affected.contains(sides.base) && !affected.contains(sides.head); });
  if (evaluator.progress != nullptr) evaluator.progress->applications = applications.size();
  TRY(const auto rendered, render_sides(evaluator, repository, evaluation, applications));
  for (std::size_t i = 0; i < applications.size(); ++i) {
    evaluate_application(evaluator, applications[i], rendered[i], config, evaluation);
    note_unfollowed(rendered[i].after.resources, at_head, evaluation.applications.back());
  }
  // A declaration that cannot be read may hide an application: it is a finding, not silence. What breaks it may be
  // another file than the one that declares it.
  for (const auto& problem : at_head.problems) {
    const bool is_old = std::any_of(at_base.problems.begin(), at_base.problems.end(), [&](const auto& one) {
      return one.path == problem.path && one.message == problem.message;
    });
    const auto& changed = evaluation.changed_paths;
    if (is_old && std::find(changed.begin(), changed.end(), problem.path) == changed.end()) continue;
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
