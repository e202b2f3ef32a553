#include "engine/bump_branch.h"

#include <algorithm>
#include <utility>

namespace towline::engine {

namespace {

constexpr std::size_t kBranchCommits = 100;

std::string commit_message(const decide::UpsertBump& action) {
  std::string message = action.title + "\n\n";
  message += "Towline-Environment: " + action.wanted.target.environment + "\n";
  message += "Towline-Service: " + action.wanted.target.service + "\n";
  for (const evaluate::ImageChange& change : action.wanted.images) {
    message += "Towline-Image: " + change.name.str() + " " + change.from.str() + " -> " + change.to.str() + "\n";
  }
  return message;
}

/// Whether the branch at `head` is one commit of the bot's on `base` that has this tree.
Result<bool> is_just_that(const git::Repository& mirror, const CommitId& head, const git::Commit& wanted) {
  TRY(const git::Commit present, mirror.commit(head));
  return present.tree == wanted.tree && present.parents == wanted.parents;
}

Result<CommitId> remote_head(InfraRepository& workspace, git::Repository& mirror, const std::string& branch) {
  TRY(const forge::Branch present, workspace.forge().branch(workspace.repo(), branch));
  CHECK_OK(workspace.ensure(mirror, present.head, {"refs/heads/" + branch}));
  return present.head;
}

Result<bool> has_foreign_commits(const git::Repository& mirror, const CommitId& head, const CommitId& base,
                                 const std::string& bot_email) {
  TRY(const auto merge_base, mirror.merge_base(base, head));
  TRY(const auto commits, mirror.log(head, merge_base, kBranchCommits));
  return std::any_of(commits.begin(), commits.end(), [&](const git::Commit& commit) {
    return commit.author.email != bot_email || commit.committer.email != bot_email;
  });
}

}  // namespace

Result<BumpBranch> write_bump_branch(InfraRepository& workspace, git::Repository& mirror,
                                     const decide::UpsertBump& action, const CommitId& base,
                                     const std::string& directory, const git::Signature& bot) {
  TRY(auto edits, workspace.edits(mirror, base, directory, action.wanted.images));
  TRY(const CommitId commit, mirror.write_commit({base, std::move(edits), bot, commit_message(action)}));
  TRY(const git::Commit wanted, mirror.commit(commit));
  TRY(const git::Remote remote, workspace.remote());
  const std::string ref = "refs/heads/" + action.branch;
  std::optional<CommitId> expected = action.branch_head;
  if (expected && mirror.has_commit(*expected)) {
    TRY(const bool same, is_just_that(mirror, *expected, wanted));
    if (same) return BumpBranch{*expected, {}};
  }
  auto pushed = git::push(mirror.path(), remote, {{ref, commit, expected}});
  if (pushed) return BumpBranch{commit, {}};
  if (pushed.error().kind != ErrorKind::conflict || expected) return tl::unexpected<Error>(pushed.error());
  // The branch exists although no pull request is known: an earlier push whose pull request was never opened
  // is adopted, the bot's own leftovers are replaced, a person's work is left alone.
  TRY(const CommitId present, remote_head(workspace, mirror, action.branch));
  TRY(const bool same, is_just_that(mirror, present, wanted));
  if (same) return BumpBranch{present, {}};
  TRY(const bool foreign, has_foreign_commits(mirror, present, base, bot.email));
  if (foreign) {
    return BumpBranch{present, "the branch " + action.branch + " in " + workspace.repo().str() +
                                   " has commits by someone else; Towline does not touch it: delete or merge it"};
  }
  CHECK_OK(git::push(mirror.path(), remote, {{ref, commit, present}}));
  return BumpBranch{commit, {}};
}

}  // namespace towline::engine
