#include "engine/branch_state.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace towline::engine {

namespace {

// How far back the default branch is searched for the merge that brought an image; beyond it the image counts
// as proven since the oldest commit looked at.
constexpr std::size_t kHistory = 2'000;

}  // namespace

std::vector<evaluate::ImageChange> site_changes(const std::vector<sites::ImageSite>& before,
                                                const std::vector<sites::ImageSite>& after) {
  // Sites of one image in one file are paired in their order: a bump neither adds nor moves any.
  std::map<std::pair<std::string, image::ImageName>, std::vector<const sites::ImageSite*>> old_sites;
  for (const sites::ImageSite& site : before) old_sites[{site.path, site.name}].push_back(&site);
  std::map<std::pair<std::string, image::ImageName>, std::size_t> used;
  std::vector<evaluate::ImageChange> changes;
  for (const sites::ImageSite& site : after) {
    const std::pair<std::string, image::ImageName> place{site.path, site.name};
    const auto old_list = old_sites.find(place);
    const std::size_t index = used[place]++;
    if (old_list == old_sites.end() || index >= old_list->second.size()) continue;
    const sites::ImageSite& old = *old_list->second[index];
    if (old.version == site.version) continue;
    evaluate::ImageChange change{site.name, old.version, site.version};
    if (std::find(changes.begin(), changes.end(), change) == changes.end()) changes.push_back(std::move(change));
  }
  return changes;
}

namespace {

/// Whether the branch is the bot's one commit and changes nothing but these images. E-mails prove nothing, anybody
/// may write the bot's; what the commit does is what counts.
Result<bool> is_own_work(InfraRepository& workspace, git::Repository& mirror, const CommitId& head,
                         const CommitId& merge_base, const std::string& directory,
                         const std::vector<evaluate::ImageChange>& images, std::string_view bot_email) {
  TRY(const git::Commit commit, mirror.commit(head));
  const bool one = commit.parents.size() == 1 && commit.parents.front() == merge_base;
  if (!one || commit.author.email != bot_email || commit.committer.email != bot_email) return false;
  auto edits = workspace.edits(mirror, merge_base, directory, images);
  if (!edits) return false;
  TRY(const CommitId expected, mirror.write_commit({merge_base, *std::move(edits), commit.author, commit.message}));
  TRY(const git::Commit wanted, mirror.commit(expected));
  return wanted.tree == commit.tree;
}

}  // namespace

Result<BranchState> branch_state(InfraRepository& workspace, git::Repository& mirror, const CommitId& head,
                                 const CommitId& base, const std::string& directory, std::string_view bot_email) {
  TRY(const auto merge_base, mirror.merge_base(base, head));
  if (!merge_base) {
    return fail(ErrorKind::conflict, "the branch at " + short_id(head) + " shares no history with the default branch");
  }
  BranchState state;
  if (auto known = workspace.known_branch_images(head)) {
    state.images = *std::move(known);
  } else {
    TRY(const auto before, workspace.sites_below(mirror, *merge_base, directory));
    TRY(const auto after, workspace.sites_below(mirror, head, directory));
    state.images = site_changes(*before, *after);
    workspace.remember_branch_images(head, state.images);
  }
  TRY(const bool own, is_own_work(workspace, mirror, head, *merge_base, directory, state.images, bot_email));
  state.foreign_commits = !own;
  if (*merge_base != base) {
    TRY(const auto on_branch, mirror.changed_paths(*merge_base, head));
    TRY(const auto on_base, mirror.changed_paths(*merge_base, base));
    std::set<std::string> moved;
    for (const git::PathChange& change : on_base) moved.insert(change.path);
    for (const git::PathChange& change : on_branch) {
      if (moved.contains(change.path)) state.outdated = true;
    }
  }
  return state;
}

namespace {

bool has_version(const std::vector<sites::ImageSite>& sites, const image::ImageName& name,
                 const image::Version& version) {
  return std::any_of(sites.begin(), sites.end(),
                     [&](const sites::ImageSite& site) { return site.name == name && site.version == version; });
}

std::string pull_request_of(const git::Commit& commit) {
  for (const auto& [key, value] : git::parse_trailers(commit.message)) {
    if (key == "Towline-Pull-Request") return value;
  }
  return {};
}

}  // namespace

Result<std::optional<decide::Proven>> when_proven(InfraRepository& workspace, const git::Repository& mirror,
                                                  const CommitId& tip, const std::string& directory,
                                                  const image::ImageName& name, const image::Version& version) {
  std::optional<decide::Proven> found;
  std::optional<git::Commit> newer;  // the oldest commit so far that has the version
  TreeId newer_tree;
  Error problem;
  bool broken = false;
  std::size_t looked = 0;
  std::vector<CommitId> above;
  const auto walked = mirror.walk_first_parents(tip, [&](const git::Commit& commit) {
    const auto tree = mirror.tree_at(commit.id, directory);
    const TreeId tree_id = tree && *tree ? **tree : TreeId();
    bool has = newer && tree_id == newer_tree;
    if (!has && !tree_id.empty()) {
      const auto sites = workspace.sites_below(mirror, commit.id, directory);
      if (!sites) {
        problem = sites.error();
        broken = true;
        return false;
      }
      has = has_version(**sites, name, version);
    }
    if (!has) return false;
    if (newer) above.push_back(newer->id);
    newer = commit;
    newer_tree = tree_id;
    return ++looked < kHistory;
  });
  if (!walked) return tl::unexpected<Error>(walked.error());
  if (broken) return tl::unexpected<Error>(problem);
  if (!newer) return found;
  std::reverse(above.begin(), above.end());
  TRY(const TimePoint since, workspace.there_since(*newer, above));
  found = decide::Proven{since, newer->id, pull_request_of(*newer)};
  return found;
}

}  // namespace towline::engine
