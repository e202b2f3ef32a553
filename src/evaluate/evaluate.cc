#include "evaluate/evaluate.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "discovery/generating.h"
#include "discovery/tree_index.h"
#include "evaluate/changed_images.h"
#include "evaluate/chart_range.h"
#include "evaluate/checkout_problems.h"
#include "evaluate/declaration_change.h"
#include "evaluate/destinations.h"
#include "evaluate/duplicate_objects.h"
#include "evaluate/generated_applications.h"
#include "evaluate/referenced_values.h"
#include "evaluate/remembered_survey.h"
#include "evaluate/strictest_environment.h"
#include "evaluate/volatile_change.h"
#include "git/file_tree.h"

namespace towline::evaluate {
namespace {

std::string problem_text(const manifest::ManifestProblem& problem) {
  std::string text = problem.path;
  if (!text.empty() && problem.line > 0) text += ":" + std::to_string(problem.line);
  return text.empty() ? problem.message : text + ": " + problem.message;
}

struct Sides {
  const discovery::Application* base = nullptr;
  const discovery::Application* head = nullptr;
};

/// What one application was rendered to.
struct RenderedSides {
  render::Rendered before;
  render::Rendered after;
};

/// The environment that an application counts for, by its files and by where it goes.
void settle_environment(const Sides& sides, const Destinations& destinations, const config::RepoConfig& config,
                        const std::set<std::string>& changed, evaluate::ApplicationReport& report) {
  const auto owner = strictest_owner(sides.base, sides.head, config);
  if (owner) {
    report.environment = owner->owner.environment->name;
    report.service = owner->owner.service;
    report.environment_cause = owner->cause;
  }
  const DestinationOwner destination = destinations.owner(sides.base, sides.head, changed);
  if (!destination.known) {
    report.environment.clear();
    report.environment_cause.reset();
    report.diff.remarks.push_back("it " + destination.cause.how + " " + destination.cause.place +
                                  ", and no application of an environment does so on the default branch; the approvals "
                                  "of all environments are needed");
  } else if (destination.environment != nullptr &&
             (!owner || is_stricter(*destination.environment, *owner->owner.environment, config))) {
    report.environment = destination.environment->name;
    report.environment_cause = destination.cause;
  }
}

void evaluate_application(const Evaluator& evaluator, const Sides& sides, const RenderedSides& rendered,
                          const config::RepoConfig& config, evaluate::ApplicationReport report,
                          evaluate::Evaluation& evaluation) {
  const auto& [before, after] = rendered;
  report.application = sides.head != nullptr ? *sides.head : *sides.base;
  for (const auto& problem : after.problems) report.problems.push_back(problem_text(problem));
  for (const auto& problem : before.problems) {
    const std::string text = std::string(evaluate::kAtTheBase) + problem_text(problem);
    if (after.problems.empty()) report.problems.push_back(text);
  }
  // Of the base: a pull request must not choose what its own report hides.
  const auto ignored =
      sides.base == nullptr ? std::vector<discovery::IgnoreDifference>{} : sides.base->ignore_differences;
  std::vector<std::string> remarks = std::move(report.diff.remarks);
  report.diff = diff::diff_resources(before.resources, after.resources, {evaluator.masking_key, config.noise, ignored});
  report.diff.remarks.insert(report.diff.remarks.end(), remarks.begin(), remarks.end());
  read_images(before.resources, after.resources, report);
  const std::string& name = report.application.name;
  for (policy::Finding& finding : policy::check(name, after.resources, after.problems, config.policies)) {
    evaluation.findings.push_back(std::move(finding));
  }
  note_chart_ranges(sides.base, sides.head, report, evaluation.findings);
  note_volatile_uses(before.uses, after.uses, sides.head != nullptr, report, evaluation.findings);
  evaluation.applications.push_back(std::move(report));
}

/// The renders of both sides of each, made side by side.
Result<std::vector<RenderedSides>> render_sides(const Evaluator& evaluator, const git::Repository& repository,
                                                const State& base, const State& head,
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

Result<void> read_config_change(const git::Repository& repository, const State& head,
                                evaluate::Evaluation& evaluation) {
  const auto touched =
      std::find(evaluation.changed_paths.begin(), evaluation.changed_paths.end(), std::string(config::kRepoConfigPath));
  if (touched == evaluation.changed_paths.end()) return {};
  evaluation.touches_config = true;
  const git::BlobTree tree(repository);
  const discovery::TreeIndex index(tree, head.known->listing);
  if (index.entry(config::kRepoConfigPath) == nullptr) return {};
  const auto text = index.read(config::kRepoConfigPath);
  if (!text) {
    evaluation.config_error = text.error().message;
    return {};
  }
  if (const auto parsed = config::parse_repo_config(config::kRepoConfigPath, *text); !parsed) {
    evaluation.config_error = parsed.error().message;
  }
  return {};
}

/// What is compared: the default branch's tip, and what merging makes of it. Where that cannot be said, what the head
/// makes of the commit at which it left the branch.
struct Comparison {
  CommitId base;
  std::vector<git::PathChange> changes;    ///< of `base`
  std::vector<std::string> changed_paths;  ///< of these and of the branch alone: what it does when main moves again
  bool conflicts = false;
};

Result<Comparison> comparison_of(const git::Repository& repository, const CommitId& base_tip, const CommitId& head) {
  TRY(const auto merge_bases, repository.merge_bases(base_tip, head));
  if (merge_bases.empty()) {
    return fail(ErrorKind::invalid, "commit " + short_id(head) + " shares no history with the default branch");
  }
  Comparison comparison{merge_bases.front(), {}, {}, false};
  TRY(comparison.changes, repository.changed_paths(comparison.base, head));
  std::set<std::string> paths;
  for (const git::PathChange& change : comparison.changes) paths.insert(change.path);
  // Merged crosswise: what the head has from one of the commits at which they parted it did not change itself.
  for (std::size_t i = 1; i < merge_bases.size(); ++i) {
    TRY(const auto changes, repository.changed_paths(merge_bases[i], head));
    std::set<std::string> common;
    for (const git::PathChange& change : changes) {
      if (paths.contains(change.path)) common.insert(change.path);
    }
    paths = std::move(common);
  }
  if (comparison.base != base_tip) {
    TRY(auto merged, repository.merged_changes(base_tip, head));
    comparison.conflicts = !merged;
    if (merged) {
      comparison.base = base_tip;
      comparison.changes = *std::move(merged);
    }
    // Where it conflicts these are of the first of those commits.
    for (const git::PathChange& change : comparison.changes) paths.insert(change.path);
  }
  comparison.changed_paths.assign(paths.begin(), paths.end());
  return comparison;
}

using Identity = std::tuple<std::string, std::string, std::string>;
Identity identity_of(const discovery::Application& application) {
  return {application.path, application.name, application.generated_by};
}

/// Puts together what is alone and of one such name, if on both sides there is just one.
template <class Name>
void pair_alone(std::map<Identity, Sides>& pairs, const Name& name_of) {
  std::map<std::string, std::vector<Sides*>> alone;
  for (auto& [identity, sides] : pairs) {
    const discovery::Application* only = sides.base == nullptr   ? sides.head
                                         : sides.head == nullptr ? sides.base
                                                                 : nullptr;
    if (only != nullptr && !only->declared_in.empty()) alone[name_of(*only)].push_back(&sides);
  }
  for (const auto& [name, found] : alone) {
    if (found.size() != 2 || (found[0]->base == nullptr) == (found[1]->base == nullptr)) continue;
    Sides& kept = found[0]->base == nullptr ? *found[1] : *found[0];
    Sides& merged = found[0]->base == nullptr ? *found[0] : *found[1];
    kept.head = merged.head;
    merged.head = nullptr;
  }
}

/// The two sides of every application. One whose directory changed is still the same if its name says so: if on both
/// sides just one declared application of that name, of one parent or of whichever, has no partner.
std::vector<Sides> pair_up(const std::vector<const discovery::Application*>& base,
                           const std::vector<const discovery::Application*>& head) {
  std::map<Identity, Sides> pairs;
  for (const auto* application : base) pairs[identity_of(*application)].base = application;
  for (const auto* application : head) pairs[identity_of(*application)].head = application;
  pair_alone(pairs, [](const auto& application) { return application.generated_by + '\0' + application.name; });
  pair_alone(pairs, [](const auto& application) { return application.name; });
  std::vector<Sides> result;
  for (const auto& [identity, sides] : pairs) {
    if (sides.base != nullptr || sides.head != nullptr) result.push_back(sides);
  }
  return result;
}

/// Whether the objects that the rendering holds differ: nothing else shows that one came, went or is another now.
bool is_generated_otherwise(const Sides& sides) {
  const auto is_generated = [](const discovery::Application* side) {
    return side != nullptr && !side->generated_by.empty();
  };
  if (!is_generated(sides.base) && !is_generated(sides.head)) return false;
  if (sides.base == nullptr || sides.head == nullptr) return true;
  if (*sides.base == *sides.head) return false;
  return sides.base->declaration != sides.head->declaration ||
         discovery::comparable(*sides.base) != discovery::comparable(*sides.head);
}

/// Whether the two sides name other repositories or revisions: the object that says so may stand in a file of its own.
bool comes_from_elsewhere(const Sides& sides) {
  if (sides.base == nullptr || sides.head == nullptr) return false;
  const auto& before = sides.base->sources;
  const auto& after = sides.head->sources;
  return !std::equal(before.begin(), before.end(), after.begin(), after.end(), [](const auto& one, const auto& other) {
    return std::tie(one.origin, one.repo_url, one.target_revision) ==
           std::tie(other.origin, other.repo_url, other.target_revision);
  });
}

void add_touched(const GeneratedApplications& generated, const std::vector<std::string>& changed,
                 std::set<const discovery::Application*>& touched) {
  for (const auto& made : generated.all) {
    if (made.inputs->sources_touched_by(changed)) touched.insert(&made.application);
  }
}

/// What cannot be read of the declarations of one state, in files and in renderings, and what makes the cluster's
/// checkout differ from the files that are read here.
Result<std::vector<manifest::ManifestProblem>> problems_of(const git::Repository& repository, const State& state,
                                                           const GeneratedApplications& generated) {
  TRY(std::vector<manifest::ManifestProblem> all, checkout_problems(repository, state, generated));
  const auto& discovered = state.known->survey.discovered().problems;
  all.insert(all.end(), discovered.begin(), discovered.end());
  all.insert(all.end(), generated.problems.begin(), generated.problems.end());
  return all;
}

/// One change, with what is affected by it rendered.
struct Change {
  const git::Repository& repository;
  const State& base;
  const State& head;
  const GeneratedSides& generated;
  const std::vector<RenderedSides>& rendered;
};

/// What is wrong with the declarations of the head, but for what was wrong before and is in no file that changes.
Result<std::vector<manifest::ManifestProblem>> problems_of_change(const Change& change,
                                                                  const std::vector<std::string>& changed_paths) {
  // A declaration that cannot be read may hide an application: it is a finding, not silence. What breaks it may be
  // another file than the one that declares it.
  TRY(const auto at_base, problems_of(change.repository, change.base, change.generated.base));
  TRY(auto problems, problems_of(change.repository, change.head, change.generated.head));
  std::erase_if(problems, [&](const auto& problem) {
    const bool is_old = std::any_of(at_base.begin(), at_base.end(), [&](const auto& one) {
      return one.path == problem.path && one.message == problem.message;
    });
    return is_old && std::find(changed_paths.begin(), changed_paths.end(), problem.path) == changed_paths.end();
  });
  TRY(auto duplicates,
      new_duplicates(change.repository, change.base, change.generated.base, change.head, change.generated.head));
  std::move(duplicates.begin(), duplicates.end(), std::back_inserter(problems));
  RenderedState before{change.base, applications_of(change.base, change.generated.base), {}};
  RenderedState after{change.head, applications_of(change.head, change.generated.head), {}};
  for (const RenderedSides& sides : change.rendered) {
    for (const auto& resource : sides.before.resources) before.resources.push_back(&resource);
    for (const auto& resource : sides.after.resources) after.resources.push_back(&resource);
  }
  TRY(auto of_values, referenced_value_problems(change.repository, before, after));
  std::move(of_values.begin(), of_values.end(), std::back_inserter(problems));
  return problems;
}

void note_generated(const GeneratedSides& generated, evaluate::Evaluation& evaluation) {
  evaluation.unseen = generated.head.gaps;
  for (const std::string& gap : generated.base.gaps) {
    const auto& known = generated.head.gaps;
    if (std::find(known.begin(), known.end(), gap) == known.end()) {
      evaluation.unseen.push_back(std::string(evaluate::kAtTheBase) + gap);
    }
  }
  for (evaluate::ApplicationReport& report : evaluation.applications) {
    const auto [first, last] = generated.head.circles.equal_range(report.application.name);
    for (auto one = first; one != last; ++one) report.diff.remarks.push_back(one->second);
  }
}

/// The applications of one side that the changed paths touch.
Result<std::set<const discovery::Application*>> touched_at(const git::Repository& repository, const State& side,
                                                           const std::vector<std::string>& changed) {
  const git::BlobTree tree(repository);
  const discovery::TreeIndex index(tree, side.known->listing);
  const discovery::Survey& survey = side.known->survey;
  TRY(const auto positions, survey.touched(index, changed));
  std::set<const discovery::Application*> result;
  for (const std::size_t position : positions) result.insert(&survey.discovered().applications[position]);
  return result;
}

}  // namespace

Result<discovery::Discovered> applications_at(const Evaluator& evaluator, const git::Repository& repository,
                                              const CommitId& commit, const config::RepoConfig& config) {
  State state{commit, nullptr};
  TRY(state.known, survey_at(evaluator.screen, repository, commit, config, evaluator.own));
  TRY(auto generated,
      follow_generated({evaluator.renderer, repository, evaluator.screen, config.clusters, {}, evaluator.own}, state));
  discovery::Discovered all;
  for (const auto* application : applications_of(state, generated)) all.applications.push_back(*application);
  TRY(all.problems, problems_of(repository, state, generated));
  std::sort(all.applications.begin(), all.applications.end(), [](const auto& a, const auto& b) {
    return std::tie(a.path, a.name, a.declared_in) < std::tie(b.path, b.name, b.declared_in);
  });
  for (std::string& gap : generated.gaps) all.problems.push_back({"", 0, std::move(gap)});
  return all;
}

Result<evaluate::Evaluation> evaluate(const Evaluator& evaluator, const git::Repository& repository,
                                      const CommitId& base_tip, const CommitId& head,
                                      const config::RepoConfig& config) {
  TRY(const Comparison comparison, comparison_of(repository, base_tip, head));
  evaluate::Evaluation evaluation;
  evaluation.base = comparison.base;
  evaluation.head = head;
  evaluation.changed_paths = comparison.changed_paths;
  evaluation.conflicts = comparison.conflicts;
  evaluation.sandbox_note = evaluator.renderer.sandbox_note();
  State base{evaluation.base, nullptr};
  TRY(base.known, survey_at(evaluator.screen, repository, evaluation.base, config, evaluator.own));
  const auto own = discovery::learned(evaluator.own, base.known->survey.discovered());
  State after{head, nullptr};
  TRY(after.known, survey_changed(evaluator.screen, repository, *base.known, comparison.changes, config, own));
  CHECK_OK(read_config_change(repository, after, evaluation));
  TRY(auto affected, touched_at(repository, base, evaluation.changed_paths));
  TRY(auto at_the_head, touched_at(repository, after, evaluation.changed_paths));
  affected.merge(at_the_head);
  TRY(const GeneratedSides generated,
      follow_generated({evaluator.renderer, repository, evaluator.screen, config.clusters, {}, own}, base, after,
                       discovery::TreeChanges(*base.known->listing, *after.known->listing, comparison.changes)));
  add_touched(generated.base, evaluation.changed_paths, affected);
  add_touched(generated.head, evaluation.changed_paths, affected);
  std::vector<Sides> applications =
      pair_up(applications_of(base, generated.base), applications_of(after, generated.head));
  std::erase_if(applications, [&](const Sides& sides) {
    return !affected.contains(sides.base) && !affected.contains(sides.head) && !is_generated_otherwise(sides) &&
           !comes_from_elsewhere(sides);
  });
  if (evaluator.on_affected) evaluator.on_affected(applications.size());
  TRY(const auto rendered, render_sides(evaluator, repository, base, after, applications));
  const Destinations destinations(applications_of(base, generated.base), config);
  const std::set<std::string> changed(evaluation.changed_paths.begin(), evaluation.changed_paths.end());
  for (std::size_t i = 0; i < applications.size(); ++i) {
    evaluate::ApplicationReport report;
    settle_environment(applications[i], destinations, config, changed, report);
    evaluate_application(evaluator, applications[i], rendered[i], config, std::move(report), evaluation);
    if (generated.head.followed.contains(applications[i].head)) continue;
    note_unfollowed(rendered[i].after.resources, after.known->survey.discovered(), evaluation.applications.back());
  }
  std::vector<Declarations> declarations;
  declarations.reserve(applications.size());
  for (const Sides& sides : applications) declarations.push_back({sides.base, sides.head});
  show_declaration_changes(declarations, evaluator.masking_key, config, evaluation.applications);
  note_generated(generated, evaluation);
  TRY(const auto problems,
      problems_of_change({repository, base, after, generated, rendered}, evaluation.changed_paths));
  for (const auto& problem : problems) {
    // Whatever the rule counts as here: as in an application, what cannot be read blocks.
    for (policy::Finding& finding : policy::check("", {}, {problem}, {{"parsable", policy::Severity::fail}})) {
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
  // Who approved what was seen did not approve what is not.
  for (const std::string& reason : evaluation.unseen) {
    evaluation.diff_hash = sha256_hex(evaluation.diff_hash + "\n" + reason);
  }
  return evaluation;
}

}  // namespace towline::evaluate
