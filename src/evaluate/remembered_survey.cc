#include "evaluate/remembered_survey.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "discovery/tree_index.h"
#include "discovery/tree_reads.h"
#include "git/file_tree.h"

namespace towline::evaluate {
namespace {

/// What of the configuration makes a directory a service's.
std::string layout_of(const config::RepoConfig& config) {
  std::string layout;
  for (const config::Environment& environment : config.environments) {
    layout += environment.name + '\0' + environment.services.str() + '\0';
  }
  return layout;
}

std::vector<std::string> service_directories(const discovery::TreeListing& listing, const config::RepoConfig& config) {
  std::set<std::string> directories;
  for (const git::TreeEntry& entry : listing.entries) {
    if (auto owner = config.service_of(entry.path)) directories.insert(std::move(owner->directory));
  }
  return {directories.begin(), directories.end()};
}

/// Of the state that the changes make of one whose directories are known, for the same layout.
std::vector<std::string> service_directories(const std::vector<std::string>& before,
                                             const std::vector<git::PathChange>& changes,
                                             const discovery::TreeListing& after, const config::RepoConfig& config) {
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

Result<DiscoveryScreen::Known> survey_from_scratch(DiscoveryScreen& screen, const git::Repository& repository,
                                                   const CommitId& commit, const config::RepoConfig& config,
                                                   const discovery::OwnRepository& own) {
  auto made = std::make_shared<Surveyed>();
  const git::CommitTree tree(repository, commit);
  TRY(made->listing, discovery::TreeListing::of(tree));
  made->service_directories = service_directories(*made->listing, config);
  TRY(made->survey, discovery::Survey::make(discovery::TreeIndex(tree, made->listing),
                                            {made->service_directories, config.clusters, own}, &screen));
  return made;
}

}  // namespace

Result<DiscoveryScreen::Known> survey_changed(DiscoveryScreen& screen, const git::Repository& repository,
                                              const Surveyed& before, const std::vector<git::PathChange>& changes,
                                              const config::RepoConfig& config, const discovery::OwnRepository& own) {
  auto after = std::make_shared<Surveyed>();
  TRY(after->listing, before.listing->changed(changes));
  after->service_directories = service_directories(before.service_directories, changes, *after->listing, config);
  const git::BlobTree tree(repository);
  const discovery::TreeIndex index(tree, after->listing);
  TRY(after->survey, before.survey.updated(index, discovery::TreeChanges(*before.listing, *after->listing, changes),
                                           {after->service_directories, config.clusters, own}, &screen));
  return after;
}

Result<DiscoveryScreen::Known> survey_at(DiscoveryScreen& screen, const git::Repository& repository,
                                         const CommitId& commit, const config::RepoConfig& config,
                                         const discovery::OwnRepository& own) {
  DiscoveryScreen::Question question{repository.path().string(), commit, layout_of(config), config.clusters, own};
  if (auto known = screen.find(question)) return known;
  DiscoveryScreen::Known made;
  CommitId other;
  if (const auto near = screen.find_other(question, other)) {
    // The other commit may be gone by now.
    if (const auto changes = repository.changed_paths(other, commit)) {
      TRY(made, survey_changed(screen, repository, *near, *changes, config, own));
    }
  }
  if (made == nullptr) {
    TRY(made, survey_from_scratch(screen, repository, commit, config, own));
  }
  screen.remember(std::move(question), made);
  return made;
}

}  // namespace towline::evaluate
