#include "engine/evaluate.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "diff/images.h"
#include "engine/generated_applications.h"
#include "git/file_tree.h"
#include "manifest/tree_index.h"
#include "manifest/tree_reads.h"

namespace towline::engine {

namespace {

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

/// One state that is compared.
struct Side {
  CommitId commit;
  DiscoveryScreen::Known known;
};

/// The renders of both sides of each, made side by side.
Result<std::vector<RenderedSides>> render_sides(const Evaluator& evaluator, const git::Repository& repository,
                                                const Side& base, const Side& head,
                                                const std::vector<Sides>& applications) {
  // The heads first: the bases are mostly known already.
  std::vector<render::Renderer::Request> requests;
  for (const Sides& sides : applications) {
    if (sides.head != nullptr) requests.push_back({head.commit, sides.head, head.known->listing});
  }
  for (const Sides& sides : applications) {
    if (sides.base != nullptr) requests.push_back({base.commit, sides.base, base.known->listing});
  }
  TRY(auto rendered, evaluator.renderer.render_all(repository, requests));
  std::vector<RenderedSides> all(applications.size());
  auto next = rendered.begin();
  for (std::size_t i = 0; i < applications.size(); ++i) {
    if (applications[i].head != nullptr) all[i].after = std::move(*next++);
  }
  for (std::size_t i = 0; i < applications.size(); ++i) {
    if (applications[i].base != nullptr) all[i].before = std::move(*next++);
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

/// The applications of one side that the changed paths touch.
Result<std::set<const manifest::Application*>> touched_at(const git::Repository& repository, const Side& side,
                                                          const std::vector<std::string>& changed) {
  const git::CommitTree tree(repository, side.commit);
  const manifest::TreeIndex index(tree, side.known->listing);
  const manifest::Survey& survey = side.known->survey;
  TRY(const auto positions, survey.touched(index, changed));
  std::set<const manifest::Application*> result;
  for (const std::size_t position : positions) result.insert(&survey.discovered().applications[position]);
  return result;
}

/// What of the configuration makes a directory a service's.
std::string layout_of(const promote::RepoConfig& config) {
  std::string layout;
  for (const promote::Environment& environment : config.environments) {
    layout += environment.name + '\0' + environment.services.str() + '\0';
  }
  return layout;
}

std::vector<std::string> service_directories(const manifest::TreeListing& listing, const promote::RepoConfig& config) {
  std::set<std::string> directories;
  for (const git::TreeEntry& entry : listing.entries) {
    if (auto owner = config.service_of(entry.path)) directories.insert(std::move(owner->directory));
  }
  return {directories.begin(), directories.end()};
}

/// Of the state that the changes make of one whose directories are known, for the same layout.
std::vector<std::string> service_directories(const std::vector<std::string>& before,
                                             const std::vector<git::PathChange>& changes,
                                             const manifest::TreeListing& after, const promote::RepoConfig& config) {
  std::set<std::string> more;
  for (const git::PathChange& change : changes) {
    if (change.before && change.after) continue;
    const auto owner = config.service_of(change.path);
    if (!owner) continue;
    if (!change.after) return service_directories(after, config);
    if (!std::binary_search(before.begin(), before.end(), owner->directory)) more.insert(owner->directory);
  }
  std::vector<std::string> all = before;
  all.insert(all.end(), more.begin(), more.end());
  std::sort(all.begin(), all.end());
  return all;
}

/// What the changes make of a state that is known. `commit` has the contents of the changed files.
Result<DiscoveryScreen::Known> survey_changed(const Evaluator& evaluator, const git::Repository& repository,
                                              const Surveyed& before, const std::vector<git::PathChange>& changes,
                                              const CommitId& commit, const promote::RepoConfig& config) {
  auto after = std::make_shared<Surveyed>();
  TRY(after->listing, before.listing->changed(changes));
  after->service_directories = service_directories(before.service_directories, changes, *after->listing, config);
  const git::CommitTree tree(repository, commit);
  const manifest::TreeIndex index(tree, after->listing);
  TRY(after->survey, before.survey.updated(index, manifest::TreeChanges(*before.listing, *after->listing, changes),
                                           {after->service_directories, config.clusters}, &evaluator.screen));
  return after;
}

Result<DiscoveryScreen::Known> survey_from_scratch(const Evaluator& evaluator, const git::Repository& repository,
                                                   const CommitId& commit, const promote::RepoConfig& config) {
  auto made = std::make_shared<Surveyed>();
  const git::CommitTree tree(repository, commit);
  TRY(made->listing, manifest::TreeListing::of(tree));
  made->service_directories = service_directories(*made->listing, config);
  TRY(made->survey, manifest::Survey::make(manifest::TreeIndex(tree, made->listing),
                                           {made->service_directories, config.clusters}, &evaluator.screen));
  return made;
}

/// As known; else from another commit's by what differs, else from scratch.
Result<DiscoveryScreen::Known> survey_at(const Evaluator& evaluator, const git::Repository& repository,
                                         const CommitId& commit, const promote::RepoConfig& config) {
  DiscoveryScreen::Question question{repository.path().string(), commit, layout_of(config), config.clusters};
  if (auto known = evaluator.screen.find(question)) return known;
  DiscoveryScreen::Known made;
  CommitId other;
  if (const auto near = evaluator.screen.find_other(question, other)) {
    // The other commit may be gone by now.
    if (const auto changes = repository.changed_paths(other, commit)) {
      TRY(made, survey_changed(evaluator, repository, *near, *changes, commit, config));
    }
  }
  if (made == nullptr) {
    TRY(made, survey_from_scratch(evaluator, repository, commit, config));
  }
  evaluator.screen.remember(std::move(question), made);
  return made;
}

}  // namespace

Result<manifest::Discovered> applications_at(const Evaluator& evaluator, const git::Repository& repository,
                                             const CommitId& commit, const promote::RepoConfig& config) {
  TRY(const auto known, survey_at(evaluator, repository, commit, config));
  return known->survey.discovered();
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
  if (*merge_base != base_tip) {
    TRY(const auto merged, repository.merged_changes(base_tip, head));
    evaluation.conflicts = !merged;
  }
  CHECK_OK(read_config_change(repository, evaluation));

  Side base{evaluation.base, nullptr};
  TRY(base.known, survey_at(evaluator, repository, evaluation.base, config));
  Side after{head, nullptr};
  TRY(after.known, survey_changed(evaluator, repository, *base.known, changes, head, config));
  TRY(auto affected, touched_at(repository, base, evaluation.changed_paths));
  TRY(auto at_the_head, touched_at(repository, after, evaluation.changed_paths));
  affected.merge(at_the_head);
  const manifest::Discovered& at_base = base.known->survey.discovered();
  const manifest::Discovered& at_head = after.known->survey.discovered();
  std::vector<Sides> applications = pair_up(at_base.applications, at_head.applications);
  std::erase_if(applications,
                [&](const Sides& sides) { return !affected.contains(sides.base) && !affected.contains(sides.head); });
  if (evaluator.progress != nullptr) evaluator.progress->applications = applications.size();
  TRY(const auto rendered, render_sides(evaluator, repository, base, after, applications));
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
