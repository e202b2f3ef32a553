#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "forge/sandbox/sandbox.h"
#include "git/repository.h"
#include "support/forge_under_test.h"
#include "support/real_gitea.h"

namespace towline::test {

class SandboxUnderTest final : public ForgeUnderTest {
 public:
  /// One for the whole program.
  static SandboxUnderTest* shared();

  std::string url() const override { return sandbox_->url(); }
  Secret token(const std::string& login) const override { return Secret("token-of-" + login); }
  std::unique_ptr<forge::Forge> client(const std::string& login) const override;
  Result<CommitId> create_repository(const RepoName& repo, const std::map<std::string, std::string>& files,
                                     std::string_view author) override;
  Result<void> add_webhook(const RepoName& repo, const std::string& url, const Secret& secret) override;
  Result<CommitId> commit(const RepoName& repo, std::string_view branch,
                          const std::map<std::string, std::optional<std::string>>& edits, std::string_view author,
                          std::string_view message) override;
  Result<CommitId> commit_to_fork(const RepoName& repo, std::string_view branch,
                                  const std::map<std::string, std::optional<std::string>>& edits,
                                  std::string_view author, std::string_view message) override;
  Result<PullNumber> open_pull(const RepoName& repo, std::string_view author, std::string_view head,
                               std::string_view title, std::string_view body) override;
  Result<std::int64_t> comment(const RepoName& repo, PullNumber number, std::string_view author,
                               std::string_view body) override;
  Result<void> edit_comment(const RepoName& repo, std::int64_t id, std::string_view body) override;
  Result<void> review(const RepoName& repo, PullNumber number, std::string_view author, bool approve) override;
  Result<void> close_pull(const RepoName& repo, PullNumber number, std::string_view by) override;

 private:
  explicit SandboxUnderTest(TemporaryDirectory directory) : directory_(std::move(directory)) {}
  TemporaryDirectory directory_;
  std::unique_ptr<forge::Sandbox> sandbox_;
};

class GiteaUnderTest final : public ForgeUnderTest {
 public:
  /// One for the whole program; null when there is no Gitea to test against.
  static GiteaUnderTest* shared();

  std::string url() const override { return gitea_->url(); }
  Secret token(const std::string& login) const override { return gitea_->token(login); }
  std::unique_ptr<forge::Forge> client(const std::string& login) const override;
  Result<CommitId> create_repository(const RepoName& repo, const std::map<std::string, std::string>& files,
                                     std::string_view author) override;
  Result<void> add_webhook(const RepoName& repo, const std::string& url, const Secret& secret) override;
  Result<CommitId> commit(const RepoName& repo, std::string_view branch,
                          const std::map<std::string, std::optional<std::string>>& edits, std::string_view author,
                          std::string_view message) override;
  Result<CommitId> commit_to_fork(const RepoName& repo, std::string_view branch,
                                  const std::map<std::string, std::optional<std::string>>& edits,
                                  std::string_view author, std::string_view message) override;
  Result<PullNumber> open_pull(const RepoName& repo, std::string_view author, std::string_view head,
                               std::string_view title, std::string_view body) override;
  Result<std::int64_t> comment(const RepoName& repo, PullNumber number, std::string_view author,
                               std::string_view body) override;
  Result<void> edit_comment(const RepoName& repo, std::int64_t id, std::string_view body) override;
  Result<void> review(const RepoName& repo, PullNumber number, std::string_view author, bool approve) override;
  Result<void> close_pull(const RepoName& repo, PullNumber number, std::string_view by) override;

 private:
  explicit GiteaUnderTest(RealGitea& gitea) : gitea_(&gitea) {}
  RealGitea* gitea_;
};

/// A fresh repository of "acme" on the forge, with `pay.yaml` at version 1.4.2, and the bot's client.
struct Stage {
  ForgeUnderTest& forge;
  RepoName repo;
  CommitId start;  ///< the first commit on main
  std::unique_ptr<forge::Forge> bot;

  /// Commits that version of `pay.yaml` to a branch, as that user.
  CommitId bump(std::string_view branch, std::string_view version, std::string_view author = "towline");
  /// A pull request by the bot that bumps to 1.5.0 from the branch "towline/dev/pay".
  forge::PullRequest open_bump();
  /// Merges as soon as the forge is done computing whether it can.
  Result<CommitId> merge(const forge::MergeRequest& request);
  /// Moves the branch to a commit beside its present one, by force, through git over HTTP as the bot.
  CommitId force_push(const std::string& branch, const CommitId& expected, std::string_view version);
  /// What git over HTTP gives for a reference, fetched as the bot.
  CommitId fetch(const std::string& ref);
  /// A commit on main.
  git::Commit read_commit(const CommitId& id);
};

Stage new_stage(ForgeUnderTest& forge);

/// Nothing when that forge cannot be had here; then it has said so.
template <class Kind>
std::optional<Stage> stage_on() {
  ForgeUnderTest* forge = Kind::shared();
  if (forge == nullptr) return std::nullopt;
  return new_stage(*forge);
}

/// The value, or an exception with the error's sentence that fails the test.
template <class T>
T expect(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message + " " + result.error().detail);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

/// The error, or an exception that fails the test when there is none.
template <class T>
Error expect_error(Result<T> result) {
  if (result) throw std::runtime_error("it succeeded");
  return std::move(result).error();
}

}  // namespace towline::test
