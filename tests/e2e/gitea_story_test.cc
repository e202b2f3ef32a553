#include <signal.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "base/crypto.h"
#include "forge/gitea/gitea.h"
#include "net/webhook_signature.h"
#include "program/process.h"
#include "support/child_process.h"
#include "support/eventually.h"
#include "support/paths.h"
#include "support/real_gitea.h"
#include "world.h"

using namespace towline;
using namespace towline::test;

namespace {

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message + " " + result.error().detail);
  return *std::move(result);
}
void must(Result<void> result) {
  if (!result) throw std::runtime_error(result.error().message + " " + result.error().detail);
}

constexpr std::chrono::seconds kPatience{60};

/// `towline serve` as a process of its own, with a repository of its own on a real Gitea.
struct Installation {
  RealGitea& gitea;
  RepoName repo;
  TemporaryDirectory directory;
  int port = 0;
  std::unique_ptr<ChildProcess> process;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port); }
  std::unique_ptr<forge::Forge> as_bot() const {
    return forge::make_gitea(must(make_http_client(gitea.url(), Secret("token " + gitea.token("towline").reveal()))));
  }
  std::string config_file() const { return (directory.path() / "towline.yaml").string(); }

  void write_config() const {
    const char* path = std::getenv("PATH");
    must(write_file(config_file(), "listen: 127.0.0.1:" + std::to_string(port) + "\npublic_url: " + url() +
                                       "\ndata: " + (directory.path() / "data").string() + "\nsearch_path: \"" +
                                       RealGitea::tools()->string() + ":" + (path != nullptr ? path : "/usr/bin:/bin") +
                                       "\"\nforges:\n  - name: gitea\n    kind: gitea\n    url: " + gitea.url() +
                                       "\n    token: {env: GITEA_TOKEN}\n"
                                       "    webhook_secrets: [{env: GITEA_WEBHOOK_SECRET}]\n"
                                       "    repositories: [" +
                                       repo.str() +
                                       "]\n"
                                       "registries:\n  - name: ci\n    kind: generic\n"
                                       "    secret: {env: IMAGE_WEBHOOK_SECRET}\n"));
  }

  std::vector<std::pair<std::string, std::string>> environment() const {
    return {{"GITEA_TOKEN", gitea.token("towline").reveal()},
            {"GITEA_WEBHOOK_SECRET", std::string(kForgeSecret)},
            {"IMAGE_WEBHOOK_SECRET", std::string(kImageSecret)},
            {"PATH", "/usr/local/bin:/usr/bin:/bin"}};
  }

  void start() {
    ChildProcess::Spec spec;
    spec.argv = {towline::test::binary_dir() + "/towline", "serve", "--config", config_file()};
    spec.environment = environment();
    spec.directory = directory.path();
    spec.log = directory.path() / "towline.log";
    process = must(ChildProcess::start(spec));
    REQUIRE(eventually([&] { return status_of("/readyz") == 200; }, kPatience));
  }

  int status_of(const std::string& path) const {
    HttpRequest request;
    request.path = path;
    const auto answer = must(make_http_client(url(), std::nullopt))->send(request);
    return answer ? answer->status : 0;
  }

  void push_image(std::string_view name, std::string_view tag) const {
    HttpRequest request;
    request.method = "POST";
    request.path = "/hooks/registry/ci";
    request.body =
        dump_json({{"image", std::string(name)}, {"tag", std::string(tag)}, {"digest", std::string(kDigest)}});
    const auto now = std::chrono::floor<std::chrono::seconds>(SystemClock().now());
    request.headers = sign_webhook(Secret(std::string(kImageSecret)), "push-" + random_hex(12), now, request.body);
    const auto answer = must(must(make_http_client(url(), std::nullopt))->send(request));
    REQUIRE(answer.status == 202);
  }

  std::optional<forge::PullRequest> find_pull(const std::string& branch) const {
    const auto forge = as_bot();
    auto all = must(forge->closed_pulls(repo, 50));
    for (auto& open : must(forge->open_pulls(repo))) all.push_back(std::move(open));
    for (auto& pull : all) {
      if (pull.head_branch == branch) return pull;
    }
    return std::nullopt;
  }

  /// A pull request that is being closed may be in neither list for a moment.
  bool is_merged(const std::string& branch) const {
    const auto pull = find_pull(branch);
    return pull && pull->merged;
  }

  bool has_report(PullNumber number) const {
    const auto comments = must(as_bot()->comments(repo, number));
    return std::any_of(comments.begin(), comments.end(), [](const auto& comment) {
      return comment.author == "towline" && comment.body.find("<!-- towline:report") != std::string::npos;
    });
  }

  std::optional<forge::CommitStatus> status(const CommitId& commit, std::string_view context) const {
    for (auto& status : must(as_bot()->statuses(repo, commit))) {
      if (status.context == context) return status;
    }
    return std::nullopt;
  }

  std::string file(const std::string& path) const {
    const Json answer = must(gitea.api("alice", "GET", "/repos/" + repo.str() + "/contents/" + path));
    std::string content = json_string(answer, "/content");
    std::erase(content, '\n');
    return base64_decode(content).value_or("");
  }
};

Installation install(RealGitea& gitea, const std::string& name) {
  Installation made{gitea, {"acme", name}, must(TemporaryDirectory::create("towline-e2e")), must(free_port()), nullptr};
  must(gitea.create_repository(made.repo, sample_files(), "alice"));
  must(gitea.add_webhook(made.repo, made.url() + "/hooks/forge/gitea", Secret(std::string(kForgeSecret))));
  made.write_config();
  made.start();
  return made;
}

std::string run_towline(const std::vector<std::string>& arguments) {
  ProcessSpec spec;
  spec.argv = {towline::test::binary_dir() + "/towline"};
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  const auto done = must(run_process(spec));
  INFO(done.standard_error);
  CHECK(done.exit_code == 0);
  return done.standard_output;
}

}  // namespace

TEST_CASE("with a real Gitea: an image travels to prod, and the history says who and why") {
  RealGitea* gitea = RealGitea::shared();
  if (gitea == nullptr) return;
  Installation bot = install(*gitea, "story");

  // When an image is pushed, dev takes it by itself
  bot.push_image("ghcr.io/acme/pay", "1.5.0");
  REQUIRE(eventually([&] { return bot.find_pull("towline/dev/pay").has_value(); }, kPatience));
  REQUIRE(eventually([&] { return bot.is_merged("towline/dev/pay"); }, kPatience));
  CHECK(bot.file("apps/dev/services/pay/deployment.yaml").find("ghcr.io/acme/pay:1.5.0") != std::string::npos);

  // Then prod has a pull request that waits for a person
  REQUIRE(eventually([&] { return bot.find_pull("towline/prod/pay").has_value(); }, kPatience));
  const auto prod = *bot.find_pull("towline/prod/pay");
  CHECK(prod.title == "prod: pay 1.4.2 -> 1.5.0");
  REQUIRE(eventually(
      [&] {
        const auto status = bot.status(prod.head, "towline/merge");
        return status && status->state == forge::StatusState::pending &&
               status->description.find("approval") != std::string::npos;
      },
      kPatience));
  CHECK(bot.status_of("/pulls/gitea/" + bot.repo.str() + "/" + std::to_string(prod.number.value)) == 200);

  // When somebody without write access says so, nothing happens; when alice does, it merges
  must(gitea->comment(bot.repo, prod.number, "carol", "/approve"));
  // A comment counts for the head that was there a whole second before it.
  REQUIRE(
      eventually([&, asked = SystemClock().now()] { return SystemClock().now() - asked > std::chrono::seconds(2); }));
  CHECK(bot.find_pull("towline/prod/pay")->open);
  must(gitea->comment(bot.repo, prod.number, "alice", "/approve"));
  REQUIRE(eventually([&] { return bot.is_merged("towline/prod/pay"); }, kPatience));
  CHECK(bot.file("apps/prod/services/pay/deployment.yaml").find("ghcr.io/acme/pay:1.5.0@" + std::string(kDigest)) !=
        std::string::npos);

  // Then there is one report each, and nothing twice
  const auto forge = bot.as_bot();
  for (const auto& pull : must(forge->closed_pulls(bot.repo, 50))) {
    auto comments = must(forge->comments(bot.repo, pull.number));
    const auto reports = std::count_if(comments.begin(), comments.end(), [](const auto& comment) {
      return comment.author == "towline" && comment.body.find("<!-- towline:report") != std::string::npos;
    });
    CHECK(reports == 1);
  }

  // And git alone answers the auditor
  const auto clone = bot.directory.path() / "clone";
  ProcessSpec git;
  git.argv = {"git", "clone", "-q", bot.gitea.url() + "/" + bot.repo.str() + ".git", clone.string()};
  git.environment = {{"PATH", "/usr/bin:/bin"}, {"GIT_TERMINAL_PROMPT", "0"}};
  REQUIRE(must(run_process(git)).exit_code == 0);
  const std::string now = format_time(SystemClock().now() + std::chrono::seconds(5));
  const std::string at = run_towline({"audit", "at", "--repo", clone.string(), "--env", "prod", "--time", now});
  CHECK(at.find("prod/pay  ghcr.io/acme/pay:1.5.0") != std::string::npos);
  CHECK(at.find("approved by alice") != std::string::npos);
  const std::string log = run_towline({"audit", "log", "--repo", clone.string(), "--env", "prod"});
  CHECK(log.find("1.4.2 -> 1.5.0") != std::string::npos);
}

TEST_CASE("with a real Gitea: SIGTERM ends the server cleanly, and a second one on its data is refused") {
  RealGitea* gitea = RealGitea::shared();
  if (gitea == nullptr) return;
  Installation bot = install(*gitea, "lifecycle");

  ProcessSpec second;
  second.argv = {towline::test::binary_dir() + "/towline", "serve", "--config", bot.config_file()};
  second.environment = bot.environment();
  const auto refused = must(run_process(second));
  CHECK(refused.exit_code == 3);
  CHECK(refused.standard_error.find("another Towline process is using the data directory") != std::string::npos);

  bot.process->signal(SIGTERM);
  REQUIRE(eventually([&] { return !bot.process->running(); }, std::chrono::seconds(10)));
  CHECK(bot.process->exit_code() == 0);
  const auto log = must(read_file(bot.directory.path() / "towline.log"));
  CHECK(log.find("repository gitea/acme/lifecycle as towline") != std::string::npos);
  CHECK(log.find("environment prod") != std::string::npos);
  CHECK(log.find(gitea->token("towline").reveal()) == std::string::npos);
}

TEST_CASE("with a real Gitea: a person's review approves, and doctor finds the installation healthy") {
  RealGitea* gitea = RealGitea::shared();
  if (gitea == nullptr) return;
  Installation bot = install(*gitea, "review");
  bot.push_image("ghcr.io/acme/ledger", "9.9.9");
  REQUIRE(eventually([&] { return bot.find_pull("towline/prod/ledger").has_value(); }, kPatience));
  const auto prod = *bot.find_pull("towline/prod/ledger");
  // An approval is for what the report showed in the seconds before it.
  REQUIRE(eventually([&] { return bot.has_report(prod.number); }, kPatience));
  REQUIRE(
      eventually([&, shown = SystemClock().now()] { return SystemClock().now() - shown > std::chrono::seconds(2); }));
  must(gitea->review(bot.repo, prod.number, "bob", true));
  REQUIRE(eventually([&] { return bot.is_merged("towline/prod/ledger"); }, kPatience));

  ProcessSpec doctor;
  doctor.argv = {towline::test::binary_dir() + "/towline", "doctor", "--config", bot.config_file()};
  doctor.environment = bot.environment();
  const auto examined = must(run_process(doctor));
  CAPTURE(examined.standard_output);
  CHECK(examined.exit_code == 0);
  CHECK(examined.standard_output.find("the token belongs to towline") != std::string::npos);
}
