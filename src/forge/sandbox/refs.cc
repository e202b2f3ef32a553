#include "forge/sandbox/refs.h"

#include <algorithm>

#include "base/text.h"
#include "forge/sandbox/git.h"
#include "forge/sandbox/hooks.h"
#include "forge/sandbox/pulls.h"
#include "git/repository.h"

namespace towline::forge::sandbox {
namespace {

constexpr std::size_t kMostCommits = 1000;

std::string pull_ref(const Pull& pull) { return "refs/pull/" + std::to_string(pull.number.value) + "/head"; }

/// The commits of `tip` that are not in `since`, oldest first.
Result<std::vector<CommitId>> commits_since(const Repository& repository, const CommitId& since, const CommitId& tip) {
  TRY(const git::Repository objects, git::Repository::open(repository.path));
  TRY(const auto log, objects.log(tip, since, kMostCommits));
  std::vector<CommitId> ids;
  for (auto commit = log.rbegin(); commit != log.rend(); ++commit) ids.push_back(commit->id);
  return ids;
}

Result<bool> is_ancestor(const Repository& repository, const CommitId& old, const CommitId& commit) {
  TRY(const git::Repository objects, git::Repository::open(repository.path));
  TRY(const auto base, objects.merge_base(old, commit));
  return base && *base == old;
}

Result<void> write_ref(const Repository& repository, const std::string& ref, const CommitId& commit) {
  TRY(git::Repository objects, git::Repository::open(repository.path));
  return objects.set_ref(ref, commit);
}

Outcome<void> move_pull_head(World& world, Repository& repository, Pull& pull, const CommitId& after,
                             std::string_view by) {
  const CommitId before = pull.head;
  if (auto written = write_ref(repository, pull_ref(pull), after); !written) return refuse(written.error());
  pull.head = after;
  pull.updated = world.now();
  return add_push_entries(world, repository, pull, before, after, by);
}

Outcome<void> move_pulls(World& world, Repository& repository, const std::string& fork, const std::string& branch,
                         const CommitId& after, std::string_view by) {
  for (Pull& pull : repository.pulls) {
    if (!pull.open || pull.fork != fork || pull.head_branch != branch || pull.head == after) continue;
    if (auto moved = move_pull_head(world, repository, pull, after, by); !moved) return moved;
    if (auto told = notify_pull(world, repository, pull, "synchronized", by); !told) return told;
  }
  return {};
}

/// Takes the commits that a forced push replaced out of the earlier entries, and those that they still have
/// out of `commits`.
void forget_replaced_commits(Pull& pull, std::vector<CommitId>& commits) {
  const auto holds = [](const std::vector<CommitId>& list, const CommitId& commit) {
    return std::find(list.begin(), list.end(), commit) != list.end();
  };
  const std::vector<CommitId> all = commits;
  for (Entry& entry : pull.timeline) {
    if (entry.type != "pull_push" || entry.forced) continue;
    std::erase_if(entry.commits, [&](const CommitId& commit) { return !holds(all, commit); });
    std::erase_if(commits, [&](const CommitId& commit) { return holds(entry.commits, commit); });
  }
  std::erase_if(pull.timeline, [](const Entry& entry) { return entry.type == "pull_push" && entry.commits.empty(); });
}

void add_feed_entry(World& world, Repository& repository, std::string type, std::string_view by,
                    std::string_view branch, std::string content = {}) {
  repository.feed.push_back({++world.last_feed_entry, std::move(type), std::string(by), std::string(branch),
                             std::move(content), world.now()});
}

/// The commits of `after` that no other branch had.
Result<std::vector<CommitId>> new_commits(const Repository& repository, const std::string& branch,
                                          const CommitId& after) {
  TRY(const git::Repository objects, git::Repository::open(repository.path));
  TRY(const auto log, objects.log(after, std::nullopt, kMostCommits));
  std::vector<CommitId> ids;
  for (const git::Commit& commit : log) {
    for (const auto& [other, head] : repository.heads) {
      if (other == branch) continue;
      TRY(const bool known, is_ancestor(repository, commit.id, head));
      if (known) return ids;
    }
    ids.push_back(commit.id);
  }
  return ids;
}

/// As Gitea does it: the first push of a branch has two entries, and compares with the parent of its oldest new commit.
Outcome<void> tell_feed(World& world, Repository& repository, const std::string& branch, const CommitId& before,
                        const CommitId& after, std::string_view by) {
  std::string from = before.str();
  if (before.empty()) {
    add_feed_entry(world, repository, "commit_repo", by, branch);
    from = repository.default_branch;
    const auto commits = new_commits(repository, branch, after);
    if (!commits) return refuse(commits.error());
    const auto objects = git::Repository::open(repository.path);
    if (!objects) return refuse(objects.error());
    const auto oldest = objects->commit(commits->empty() ? after : commits->back());
    if (!oldest) return refuse(oldest.error());
    if (!commits->empty() && !oldest->parents.empty()) from = oldest->parents.front().str();
  }
  const Json content = {{"HeadCommit", {{"Sha1", after.str()}}},
                        {"CompareURL", repository.name.str() + "/compare/" + from + "..." + after.str()}};
  add_feed_entry(world, repository, "commit_repo", by, branch, dump_json(content));
  return {};
}

/// Why it cannot be merged now, in the order in which Gitea looks.
Outcome<void> check_mergeable(const Repository& repository, Pull& pull, const User& by) {
  if (pull.merged) return refuse(405, "The PR is already merged");
  if (!pull.open) return refuse(404, "not found");
  if (!by.writer) return refuse(405, "User not allowed to merge PR");
  if (pull.draft()) return refuse(405, "Work in progress PRs cannot be merged");
  auto facts = current_facts(repository, pull);
  if (!facts) return tl::unexpected(facts.error());
  // Gitea does not tell a conflict from mergeability that is still being computed.
  if (!facts->mergeable) return refuse(405, "Please try again later");
  return {};
}

std::string merge_message(const Pull& pull, const MergeForm& form) {
  const std::string_view title = trim(form.title);
  std::string message(title);
  if (title.empty()) {
    message = "Merge pull request '" + pull.title + "' (#" + std::to_string(pull.number.value) + ") from " +
              pull.head_branch + " into " + pull.base_branch;
  }
  if (const std::string_view body = trim(form.message); !body.empty()) message += "\n\n" + std::string(body);
  return message;
}

}  // namespace

Entry& add_entry(World& world, Pull& pull, std::string type, std::string_view by, std::string body) {
  Entry entry;
  entry.id = ++world.last_entry;
  entry.type = std::move(type);
  entry.author = by;
  entry.body = std::move(body);
  entry.created = entry.updated = world.now();
  pull.updated = entry.created;
  return pull.timeline.emplace_back(std::move(entry));
}

Outcome<void> add_push_entries(World& world, Repository& repository, Pull& pull, const CommitId& before,
                               const CommitId& after, std::string_view by) {
  const CommitId& base = repository.heads.at(pull.base_branch);
  bool forced = false;
  if (!before.empty()) {
    const auto ancestor = is_ancestor(repository, before, after);
    if (!ancestor) return refuse(ancestor.error());
    forced = !*ancestor;
  }
  auto commits = commits_since(repository, forced || before.empty() ? base : before, after);
  if (!commits) return refuse(commits.error());
  if (forced) forget_replaced_commits(pull, *commits);
  if (!commits->empty()) add_entry(world, pull, "pull_push", by).commits = *commits;
  if (forced) {
    Entry& entry = add_entry(world, pull, "pull_push", by);
    entry.commits = {before, after};
    entry.forced = true;
  }
  return {};
}

Outcome<void> branch_moved(World& world, Repository& repository, const std::string& branch, const CommitId& after,
                           std::string_view by) {
  CommitId& head = repository.heads[branch];
  const CommitId before = head;
  head = after;
  repository.updated = world.now();
  if (auto told = tell_feed(world, repository, branch, before, after, by); !told) return told;
  if (auto told = notify_push(world, repository, branch, before, after, by); !told) return told;
  return move_pulls(world, repository, "", branch, after, by);
}

Outcome<void> fork_moved(World& world, Repository& repository, const std::string& branch, const CommitId& after,
                         std::string_view by) {
  repository.fork_heads[{std::string(by), branch}] = after;
  return move_pulls(world, repository, std::string(by), branch, after, by);
}

Outcome<void> branch_deleted(World& world, Repository& repository, const std::string& branch, std::string_view by) {
  repository.heads.erase(branch);
  add_feed_entry(world, repository, "delete_branch", by, branch);
  repository.updated = world.now();
  for (Pull& pull : repository.pulls) {
    const bool is_head = pull.fork.empty() && pull.head_branch == branch;
    if (!pull.open || (!is_head && pull.base_branch != branch)) continue;
    if (auto closed = set_open(world, repository, pull, false, by); !closed) return closed;
  }
  return {};
}

Outcome<void> heads_pushed(World& world, Repository& repository, std::string_view by) {
  const auto heads = read_heads(repository.path);
  if (!heads) return refuse(heads.error());
  const std::map<std::string, CommitId> before = repository.heads;
  for (const auto& [branch, commit] : *heads) {
    const auto known = before.find(branch);
    if (known != before.end() && known->second == commit) continue;
    if (auto moved = branch_moved(world, repository, branch, commit, by); !moved) return moved;
  }
  for (const auto& [branch, commit] : before) {
    if (heads->contains(branch)) continue;
    if (auto deleted = branch_deleted(world, repository, branch, by); !deleted) return deleted;
  }
  return {};
}

Outcome<void> delete_branch(World& world, Repository& repository, const std::string& branch, const User& by) {
  if (!by.writer) return refuse(403, "user should have a permission to write to a repo");
  if (!repository.heads.contains(branch)) return refuse(404, "not found");
  if (branch == repository.default_branch) {
    return refuse(403, "can not delete default or pull request target branch");
  }
  auto objects = git::Repository::open(repository.path);
  if (!objects) return refuse(objects.error());
  if (auto deleted = objects->delete_ref("refs/heads/" + branch); !deleted) return refuse(deleted.error());
  return branch_deleted(world, repository, branch, by.login);
}

Outcome<void> merge_pull(World& world, Repository& repository, Pull& pull, const User& by, const MergeForm& form) {
  if (!form.style.empty() && form.style != "merge") return refuse(422, "[Do]: In");
  if (auto able = check_mergeable(repository, pull, by); !able) return able;
  if (!form.head.empty() && form.head != pull.head) return refuse(409, "head out of date");
  const CommitId base = repository.heads.at(pull.base_branch);
  const auto merged =
      write_merge(repository.path, {base, pull.head, by.login, by.email(), world.now(), merge_message(pull, form)});
  if (!merged) return refuse(merged.error());
  if (auto written = write_ref(repository, "refs/heads/" + pull.base_branch, *merged); !written) {
    return refuse(written.error());
  }
  pull.open = false;
  pull.merged = true;
  pull.merge_commit = *merged;
  pull.merged_by = by.login;
  add_entry(world, pull, "merge_pull", by.login);
  pull.closed = pull.updated;
  repository.heads[pull.base_branch] = *merged;
  repository.updated = pull.updated;
  if (auto told = notify_pull(world, repository, pull, "closed", by.login); !told) return told;
  if (auto told = tell_feed(world, repository, pull.base_branch, base, *merged, by.login); !told) return told;
  if (auto told = notify_push(world, repository, pull.base_branch, base, *merged, by.login); !told) return told;
  if (!form.delete_branch || !pull.fork.empty() || !repository.heads.contains(pull.head_branch)) return {};
  add_entry(world, pull, "delete_branch", by.login);
  return delete_branch(world, repository, pull.head_branch, by);
}

}  // namespace towline::forge::sandbox
