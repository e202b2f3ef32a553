#include "arena.h"

#include <atomic>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "base/json.h"
#include "decide/decide.h"
#include "forge/gitea/gitea.h"
#include "forge/sandbox/sandbox.h"
#include "net/http_client.h"
#include "program/process.h"
#include "support/eventually.h"
#include "support/real_gitea.h"
#include "world.h"

namespace towline::test {
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

void run_git(const std::filesystem::path& directory, std::vector<std::string> arguments, const std::string& date = "") {
  ProcessSpec spec;
  spec.argv = {"git", "-C", directory.string(), "-c", "user.name=x", "-c", "user.email=x@example.com"};
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  spec.environment = {{"PATH", "/usr/bin:/bin"}, {"GIT_TERMINAL_PROMPT", "0"}, {"GIT_CONFIG_GLOBAL", "/dev/null"}};
  if (!date.empty()) {
    spec.environment.emplace_back("GIT_AUTHOR_DATE", date);
    spec.environment.emplace_back("GIT_COMMITTER_DATE", date);
  }
  const auto done = must(run_process(spec));
  if (done.exit_code != 0) throw std::runtime_error("git " + arguments.front() + ": " + done.standard_error);
}

/// The sandbox on a clock that stands still until somebody does something.
class SandboxArena final : public Arena {
 public:
  SandboxArena(Place place, TemporaryDirectory directory, Town town)
      : Arena(std::move(place), std::move(directory)), town_(std::move(town)) {}
  ~SandboxArena() override {
    town_.sandbox->flush_webhooks();
    stop();
  }

  void later() override { town_.clock->advance(std::chrono::seconds(2)); }

  CommitId commit(std::string_view branch, const Files& edits, std::string_view author) override {
    later();
    return must(town_.sandbox->commit(kInfra, branch, edits, author, "Change"));
  }
  PullNumber open_pull(std::string_view author, std::string_view head, std::string_view base) override {
    later();
    const auto as = forge::make_gitea(
        must(make_http_client(town_.sandbox->url(), Secret("token " + std::string(author) + "-token"))));
    return must(as->open_pull(kInfra, {std::string(head), std::string(base), "A change", ""})).number;
  }
  void review(PullNumber number, std::string_view author, bool approve) override {
    later();
    must(town_.sandbox->review(kInfra, number, author, approve));
  }
  void say(PullNumber number, std::string_view author, std::string_view body) override {
    later();
    must(town_.sandbox->comment(kInfra, number, author, body));
  }

  bool until(const std::function<bool()>& so) override {
    constexpr int kMostSteps = 100;
    for (int step = 0; step < kMostSteps; ++step) {
      town_.sandbox->flush_webhooks();
      must(engine().drain());
      town_.sandbox->flush_webhooks();
      if (so()) return true;
      const auto due = must(store().next_due());
      const TimePoint now = town_.clock->now();
      if (!due || *due > now + std::chrono::minutes(1)) return false;
      if (*due > now) town_.clock->advance(*due - now);
    }
    return false;
  }

 private:
  void add_webhook(const std::string& url) override {
    town_.sandbox->add_webhook(kInfra, url, Secret(std::string(kForgeSecret)));
  }
  void spend_webhooks() override { town_.sandbox->flush_webhooks(); }

  Town town_;
};

/// A repository of its own on the real Gitea.
class GiteaArena final : public Arena {
 public:
  GiteaArena(Place place, TemporaryDirectory directory, RealGitea& gitea)
      : Arena(std::move(place), std::move(directory)), gitea_(gitea) {}
  ~GiteaArena() override { stop(); }

  void later() override {
    const TimePoint start = SystemClock().now();
    eventually([&] { return SystemClock().now() - start > std::chrono::milliseconds(2'100); }, kPatience);
  }

  CommitId commit(std::string_view branch, const Files& edits, std::string_view author) override {
    later();
    return must(gitea_.commit(repo_, branch, edits, author, "Change"));
  }
  PullNumber open_pull(std::string_view author, std::string_view head, std::string_view base) override {
    later();
    const Json made =
        must(gitea_.api(author, "POST", "/repos/" + repo_.str() + "/pulls",
                        {{"head", std::string(head)}, {"base", std::string(base)}, {"title", "A change"}}));
    return PullNumber{json_integer(made, "/number")};
  }
  void review(PullNumber number, std::string_view author, bool approve) override {
    later();
    must(gitea_.review(repo_, number, author, approve));
  }
  void say(PullNumber number, std::string_view author, std::string_view body) override {
    later();
    must(gitea_.comment(repo_, number, author, body));
  }

  bool until(const std::function<bool()>& so) override {
    return eventually(
        [&] {
          must(engine().drain());
          return so();
        },
        kPatience);
  }

 private:
  void add_webhook(const std::string& url) override {
    must(gitea_.add_webhook(repo_, url, Secret(std::string(kForgeSecret))));
  }
  // Gitea delivers once, at once.
  void spend_webhooks() override { later(); }

  RealGitea& gitea_;
};

}  // namespace

std::unique_ptr<Arena> Arena::open(std::string_view kind, const std::map<std::string, std::string>& extra) {
  auto files = sample_files();
  for (const auto& [path, text] : extra) files[path] = text;
  auto directory = must(TemporaryDirectory::create("towline-arena"));
  Place place;
  place.kind = kind;
  if (kind == "sandbox") {
    Town town = Town::build(files);
    place.url = town.sandbox->url();
    place.repo = kInfra;
    for (const char* login : {"alice", "bob", "carol"}) place.tokens[login] = Secret(std::string(login) + "-token");
    place.tokens["towline"] = Secret("bot-token");
    place.clock = town.clock;
    auto arena = std::make_unique<SandboxArena>(std::move(place), std::move(directory), std::move(town));
    arena->start();
    return arena;
  }
  RealGitea* gitea = RealGitea::shared();
  if (gitea == nullptr) return nullptr;
  static std::atomic<int> count = 0;
  place.url = gitea->url();
  place.repo = {"acme", "arena-" + std::to_string(++count)};
  for (const char* login : {"alice", "bob", "carol", "towline"}) place.tokens[login] = gitea->token(login);
  place.clock = std::make_shared<SystemClock>();
  must(gitea->create_repository(place.repo, files, "alice"));
  auto arena = std::make_unique<GiteaArena>(std::move(place), std::move(directory), *gitea);
  arena->start();
  return arena;
}

Arena::Arena(Place place, TemporaryDirectory directory)
    : repo_(place.repo), place_(std::move(place)), directory_(std::move(directory)) {
  config_.data = directory_.path() / "bot";
  config_.public_url = "http://127.0.0.1:1";
  config_.listen_port = 0;
  config_.key = key();
  config::ForgeConfig forge_config;
  forge_config.name = "forge";
  forge_config.kind = "gitea";
  forge_config.url = place_.url;
  forge_config.token = place_.tokens.at("towline");
  forge_config.webhook_secrets = {Secret(std::string(kForgeSecret))};
  forge_config.repositories = {repo_};
  config_.forges = {forge_config};
  bot_ = forge::make_gitea(must(make_http_client(place_.url, Secret("token " + place_.tokens.at("towline").reveal()))));
}

Arena::~Arena() = default;

void Arena::start() {
  std::filesystem::create_directories(config_.data);
  store_ = must(store::open_sqlite(config_.data / "towline.db"));
  engine::Dependencies dependencies;
  dependencies.config = config_;
  dependencies.clock = place_.clock;
  dependencies.store = store_;
  dependencies.say_rendering_after = std::chrono::hours(1);
  dependencies.probe = [this](std::string_view point) {
    if (point == "merging" && before_merge) std::exchange(before_merge, nullptr)();
  };
  engine_ = must(engine::Engine::create(std::move(dependencies)));
  server_ = must(web::Server::start(*engine_, config_));
  config_.listen_port = server_->port();
}

void Arena::stop() {
  if (server_) server_->stop();
  server_.reset();
  engine_.reset();
  store_.reset();
}

void Arena::restart(const std::function<void()>& meanwhile) {
  stop();
  if (meanwhile) {
    meanwhile();
    spend_webhooks();
  }
  start();
  must(engine_->reconcile_all());
}

void Arena::lose_store(const std::function<void()>& meanwhile) {
  stop();
  if (meanwhile) {
    meanwhile();
    spend_webhooks();
  }
  for (const char* file : {"towline.db", "towline.db-wal", "towline.db-shm"}) {
    std::filesystem::remove(config_.data / file);
  }
  start();
  must(engine_->reconcile_all());
}

void Arena::connect() { add_webhook("http://127.0.0.1:" + std::to_string(server_->port()) + "/hooks/forge/forge"); }

void Arena::retarget(PullNumber number, std::string_view author, std::string_view base) {
  later();
  HttpRequest request;
  request.method = "PATCH";
  request.path = "/api/v1/repos/" + repo_.str() + "/pulls/" + std::to_string(number.value);
  request.headers = {{"Content-Type", "application/json"}};
  request.body = dump_json({{"base", std::string(base)}});
  const Secret token("token " + place_.tokens.at(std::string(author)).reveal());
  const auto answer = must(must(make_http_client(place_.url, token))->send(request));
  if (answer.status != 201) throw std::runtime_error("retargeting: " + std::to_string(answer.status) + answer.body);
}

CommitId Arena::push(std::string_view branch, const Files& edits, std::string_view author, std::string_view date) {
  later();
  const auto clone = must(TemporaryDirectory::create("towline-clone"));
  const std::string login(author);
  std::string url = place_.url;
  url.insert(url.find("://") + 3, login + ":" + place_.tokens.at(login).reveal() + "@");
  run_git(clone.path(), {"clone", "-q", url + "/" + repo_.str() + ".git", "clone"});
  const auto work = clone.path() / "clone";
  if (bot_->branch(repo_, branch)) run_git(work, {"checkout", "-q", std::string(branch)});
  for (const auto& [path, text] : edits) must(write_file(work / path, text.value_or("")));
  run_git(work, {"add", "-A"});
  run_git(work, {"commit", "-q", "-m", "Change"}, std::string(date));
  run_git(work, {"push", "-q", "origin", "HEAD:" + std::string(branch)});
  return must(bot_->branch(repo_, branch)).head;
}

std::unique_ptr<forge::Forge> Arena::as(const std::string& login) const {
  return forge::make_gitea(must(make_http_client(place_.url, Secret("token " + place_.tokens.at(login).reveal()))));
}

forge::PullRequest Arena::pull(PullNumber number) const { return must(bot_->pull(repo_, number)); }

std::string Arena::report(PullNumber number) const {
  for (const forge::Comment& comment : must(bot_->comments(repo_, number))) {
    if (comment.author == "towline" && decide::find_report_mark(comment.body)) return comment.body;
  }
  return {};
}

bool Arena::reports(PullNumber number, std::string_view text) {
  return until([&] { return report(number).find(text) != std::string::npos; });
}

std::optional<forge::CommitStatus> Arena::status(const CommitId& commit, std::string_view context) const {
  for (auto& status : must(bot_->statuses(repo_, commit))) {
    if (status.context == context) return status;
  }
  return std::nullopt;
}

}  // namespace towline::test
