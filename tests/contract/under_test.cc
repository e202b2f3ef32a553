#include "contract/under_test.h"
#include "forge/gitea/gitea.h"

#include <atomic>

#include "base/clock.h"
#include "git/repository.h"
#include "git/transport.h"
#include "support/eventually.h"

namespace towline::test {
namespace {

std::unique_ptr<forge::Forge> client_of(const ForgeUnderTest& forge, const std::string& login) {
  return forge::make_gitea(expect(make_http_client(forge.url(), Secret("token " + forge.token(login).reveal()))));
}

std::string pay_yaml(std::string_view version) { return "image: ghcr.io/acme/pay:" + std::string(version) + "\n"; }

}  // namespace

SandboxUnderTest* SandboxUnderTest::shared() {
  static const std::unique_ptr<SandboxUnderTest> instance = [] {
    std::unique_ptr<SandboxUnderTest> made(
        new SandboxUnderTest(expect(TemporaryDirectory::create("towline-sandbox-"))));
    forge::Sandbox::Options options;
    options.directory = made->directory_.path();
    options.clock = std::make_shared<SystemClock>();
    for (const std::string login : {"alice", "bob", "carol", "towline"}) {
      options.users.push_back({login, made->token(login), login != "carol"});
    }
    options.teams = {{"payments", {"alice", "towline"}}};
    made->sandbox_ = expect(forge::Sandbox::start(std::move(options)));
    return made;
  }();
  return instance.get();
}

std::unique_ptr<forge::Forge> SandboxUnderTest::client(const std::string& login) const {
  return client_of(*this, login);
}

Result<CommitId> SandboxUnderTest::create_repository(const RepoName& repo,
                                                     const std::map<std::string, std::string>& files,
                                                     std::string_view author) {
  return sandbox_->create_repository(repo, files, author);
}

Result<void> SandboxUnderTest::add_webhook(const RepoName& repo, const std::string& url, const Secret& secret) {
  sandbox_->add_webhook(repo, url, secret);
  return {};
}

Result<CommitId> SandboxUnderTest::commit(const RepoName& repo, std::string_view branch,
                                          const std::map<std::string, std::optional<std::string>>& edits,
                                          std::string_view author, std::string_view message) {
  return sandbox_->commit(repo, branch, edits, author, message);
}

Result<CommitId> SandboxUnderTest::commit_to_fork(const RepoName& repo, std::string_view branch,
                                                  const std::map<std::string, std::optional<std::string>>& edits,
                                                  std::string_view author, std::string_view message) {
  return sandbox_->commit_to_fork(repo, branch, edits, author, message);
}

Result<PullNumber> SandboxUnderTest::open_pull(const RepoName& repo, std::string_view author, std::string_view head,
                                               std::string_view title, std::string_view body) {
  return sandbox_->open_pull(repo, author, head, title, body);
}

Result<std::int64_t> SandboxUnderTest::comment(const RepoName& repo, PullNumber number, std::string_view author,
                                               std::string_view body) {
  return sandbox_->comment(repo, number, author, body);
}

Result<void> SandboxUnderTest::edit_comment(const RepoName& repo, std::int64_t id, std::string_view body) {
  return sandbox_->edit_comment(repo, id, body);
}

Result<void> SandboxUnderTest::review(const RepoName& repo, PullNumber number, std::string_view author, bool approve) {
  return sandbox_->review(repo, number, author, approve);
}

Result<void> SandboxUnderTest::close_pull(const RepoName& repo, PullNumber number, std::string_view by) {
  return sandbox_->close_pull(repo, number, by);
}

GiteaUnderTest* GiteaUnderTest::shared() {
  RealGitea* gitea = RealGitea::shared();
  if (gitea == nullptr) return nullptr;
  static GiteaUnderTest instance(*gitea);
  return &instance;
}

std::unique_ptr<forge::Forge> GiteaUnderTest::client(const std::string& login) const { return client_of(*this, login); }

Result<CommitId> GiteaUnderTest::create_repository(const RepoName& repo,
                                                   const std::map<std::string, std::string>& files,
                                                   std::string_view author) {
  return gitea_->create_repository(repo, files, author);
}

Result<void> GiteaUnderTest::add_webhook(const RepoName& repo, const std::string& url, const Secret& secret) {
  return gitea_->add_webhook(repo, url, secret);
}

Result<CommitId> GiteaUnderTest::commit(const RepoName& repo, std::string_view branch,
                                        const std::map<std::string, std::optional<std::string>>& edits,
                                        std::string_view author, std::string_view message) {
  return gitea_->commit(repo, branch, edits, author, message);
}

Result<CommitId> GiteaUnderTest::commit_to_fork(const RepoName& repo, std::string_view branch,
                                                const std::map<std::string, std::optional<std::string>>& edits,
                                                std::string_view author, std::string_view message) {
  return gitea_->commit_to_fork(repo, branch, edits, author, message);
}

Result<PullNumber> GiteaUnderTest::open_pull(const RepoName& repo, std::string_view author, std::string_view head,
                                             std::string_view title, std::string_view body) {
  return gitea_->open_pull(repo, author, head, title, body);
}

Result<std::int64_t> GiteaUnderTest::comment(const RepoName& repo, PullNumber number, std::string_view author,
                                             std::string_view body) {
  return gitea_->comment(repo, number, author, body);
}

Result<void> GiteaUnderTest::edit_comment(const RepoName& repo, std::int64_t id, std::string_view body) {
  return gitea_->edit_comment(repo, id, body);
}

Result<void> GiteaUnderTest::review(const RepoName& repo, PullNumber number, std::string_view author, bool approve) {
  return gitea_->review(repo, number, author, approve);
}

Result<void> GiteaUnderTest::close_pull(const RepoName& repo, PullNumber number, std::string_view by) {
  return gitea_->close_pull(repo, number, by);
}

Stage new_stage(ForgeUnderTest& forge) {
  static std::atomic<int> count = 0;
  const RepoName repo{"acme", "infra-" + std::to_string(++count)};
  const CommitId start =
      expect(forge.create_repository(repo, {{"pay.yaml", pay_yaml("1.4.2")}, {"other.yaml", "a: 1\n"}}, "alice"));
  return {forge, repo, start, forge.client("towline")};
}

CommitId Stage::bump(std::string_view branch, std::string_view version, std::string_view author) {
  return expect(
      forge.commit(repo, branch, {{"pay.yaml", pay_yaml(version)}}, author, "Bump pay to " + std::string(version)));
}

forge::PullRequest Stage::open_bump() {
  bump("towline/dev/pay", "1.5.0");
  return expect(bot->open_pull(repo, {"towline/dev/pay", "main", "dev: pay 1.4.2 -> 1.5.0", "Bumps **pay**."}));
}

Result<CommitId> Stage::merge(const forge::MergeRequest& request) {
  Result<CommitId> merged = bot->merge(repo, request);
  eventually([&] {
    const bool settled = merged || merged.error().kind != ErrorKind::unavailable;
    if (!settled) merged = bot->merge(repo, request);
    return settled;
  });
  return merged;
}

/// A mirror of some references that goes away with its directory.
struct Mirror {
  TemporaryDirectory directory;
  git::Repository repository;
  git::Remote remote;
};

static Mirror mirror_of(const Stage& stage, const std::string& refspec) {
  TemporaryDirectory directory = expect(TemporaryDirectory::create("towline-mirror-"));
  git::Repository repository = expect(git::Repository::init_bare(directory.path() / "mirror.git", "main"));
  const git::Remote remote{expect(stage.bot->repo(stage.repo)).clone_url, stage.bot->git_user(),
                           stage.forge.token("towline")};
  expect(git::fetch(repository.path(), remote, {refspec}));
  return {std::move(directory), std::move(repository), remote};
}

CommitId Stage::force_push(const std::string& branch, const CommitId& expected, std::string_view version) {
  Mirror mirror = mirror_of(*this, "+refs/heads/*:refs/heads/*");
  const CommitId commit =
      expect(mirror.repository.write_commit({start,
                                             {{"pay.yaml", pay_yaml(version)}},
                                             {"towline", "towline@example.com", SystemClock().now()},
                                             "Bump pay to " + std::string(version)}));
  expect(git::push(mirror.repository.path(), mirror.remote, {{"refs/heads/" + branch, commit, expected}}));
  return commit;
}

CommitId Stage::fetch(const std::string& ref) {
  const Mirror mirror = mirror_of(*this, "+" + ref + ":refs/fetched");
  return expect(mirror.repository.resolve("refs/fetched"));
}

git::Commit Stage::read_commit(const CommitId& id) {
  const Mirror mirror = mirror_of(*this, "+refs/heads/main:refs/heads/main");
  return expect(mirror.repository.commit(id));
}

}  // namespace towline::test
