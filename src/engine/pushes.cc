#include "engine/pushes.h"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "engine/keys.h"

namespace towline::engine {
namespace {

constexpr std::string_view kKind = "push";
/// Pull requests with more commits, or more pushes, count as not recorded.
constexpr std::size_t kMostCommits = 500;

std::string key_of(std::string_view forge, const RepoName& repo, const CommitId& after) {
  return repo_id(forge, repo) + " " + after.str();
}

struct Push {
  CommitId before;  ///< empty: the branch was new
  std::string sender;
};

Result<std::vector<Push>> pushes_to(store::Store& store, const decide::PullSnapshot& snapshot, const CommitId& commit) {
  TRY(const auto values, store.facts(kKind, key_of(snapshot.forge, snapshot.repo, commit)));
  std::vector<Push> pushes;
  for (const std::string& value : values) {
    const std::size_t blank = value.find(' ');
    if (blank == std::string::npos) continue;
    const std::string before = value.substr(0, blank);
    pushes.push_back({before == "-" ? CommitId() : CommitId(before), value.substr(blank + 1)});
  }
  return pushes;
}

Result<bool> is_merged(const git::Repository& mirror, const CommitId& base, const CommitId& commit) {
  if (!mirror.has_commit(commit)) return false;
  TRY(const auto common, mirror.merge_base(base, commit));
  return common && *common == commit;
}

/// Follows the recorded pushes back from the commit to a branch's creation, or to a commit of the default branch.
Result<bool> is_recorded(store::Store& store, const git::Repository& mirror, const CommitId& base, const CommitId& head,
                         decide::PullSnapshot& snapshot) {
  std::set<CommitId> seen;
  std::vector<CommitId> ahead{head};
  while (!ahead.empty() && seen.size() < kMostCommits) {
    const CommitId commit = ahead.back();
    ahead.pop_back();
    if (!seen.insert(commit).second) continue;
    TRY(const auto pushes, pushes_to(store, snapshot, commit));
    for (const Push& push : pushes) {
      snapshot.pushers.insert(push.sender);
      if (push.before.empty()) return true;
      TRY(const bool merged, is_merged(mirror, base, push.before));
      if (merged) return true;
      ahead.push_back(push.before);
    }
  }
  return false;
}

}  // namespace

/// "BEFORE SENDER", "- SENDER" for a new branch.
store::Fact push_fact(std::string_view forge, const RepoName& repo, const CommitId& before, const CommitId& after,
                      std::string_view sender) {
  return {std::string(kKind), key_of(forge, repo, after),
          (before.empty() ? "-" : before.str()) + " " + std::string(sender)};
}

std::vector<store::Fact> push_facts(std::string_view forge, const forge::Event& event) {
  if (event.kind != forge::EventKind::push || event.commit.empty() || event.sender.empty()) return {};
  return {push_fact(forge, event.repo, event.before, event.commit, event.sender)};
}

Result<void> read_pushes(store::Store& store, const git::Repository& mirror, const CommitId& base,
                         decide::PullSnapshot& snapshot) {
  if (snapshot.pull.from_fork || !mirror.has_commit(snapshot.pull.head)) return {};
  TRY(const auto commits, mirror.log(snapshot.pull.head, base, kMostCommits));
  for (const git::Commit& commit : commits) {
    TRY(const auto pushes, pushes_to(store, snapshot, commit.id));
    for (const Push& push : pushes) snapshot.pushers.insert(push.sender);
  }
  if (commits.size() == kMostCommits) return {};
  TRY(snapshot.pushes_recorded, is_recorded(store, mirror, base, snapshot.pull.head, snapshot));
  // Whoever pushed later is in the timeline.
  if (snapshot.pushes_recorded || snapshot.heads.empty() || snapshot.heads.front().commit.empty()) return {};
  TRY(snapshot.pushes_recorded, is_recorded(store, mirror, base, snapshot.heads.front().commit, snapshot));
  return {};
}

Result<void> ask_for_pushes(forge::Forge& forge, store::Store& store, const git::Repository& mirror,
                            const CommitId& base, decide::PullSnapshot& snapshot) {
  if (snapshot.pushes_recorded || !snapshot.pull.open || snapshot.pull.from_fork) return {};
  const auto pushes = forge.recent_pushes(snapshot.repo);
  if (!pushes) {
    const ErrorKind kind = pushes.error().kind;
    if (kind != ErrorKind::not_found && kind != ErrorKind::forbidden) return tl::unexpected<Error>(pushes.error());
    log::warn("cannot read the activity feed, so earlier pushers stay unknown",
              {{"repo", snapshot.repo.str()}, {"why", pushes.error().message}});
    return {};
  }
  std::vector<store::Fact> facts;
  for (const forge::RecentPush& push : *pushes) {
    facts.push_back(push_fact(snapshot.forge, snapshot.repo, push.before, push.after, push.sender));
  }
  CHECK_OK(store.append_facts(facts));
  return read_pushes(store, mirror, base, snapshot);
}

}  // namespace towline::engine
