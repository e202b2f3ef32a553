#include "world.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <stdexcept>

#include "base/crypto.h"
#include "base/embedded.h"
#include "base/json.h"
#include "base/private_files.h"
#include "forge/gitea/gitea.h"
#include "git/repository.h"
#include "net/http_client.h"
#include "net/webhook_signature.h"

namespace towline::test {

namespace {

/// The value, or the end of the test with the error's sentence.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message + " " + result.error().detail);
  return *std::move(result);
}
void must(Result<void> result) {
  if (!result) throw std::runtime_error(result.error().message + " " + result.error().detail);
}

TimePoint start_time() { return must(parse_time("2026-11-17T14:00:00Z")); }

}  // namespace

std::map<std::string, std::string> sample_files() {
  std::map<std::string, std::string> files;
  for (const embedded::File& file : embedded::sample()) files[std::string(file.path)] = std::string(file.text);
  return files;
}

Town Town::build(std::map<std::string, std::string> files) {
  auto clock = std::make_shared<ManualClock>(start_time());
  auto directory = must(TemporaryDirectory::create("towline-town"));
  forge::Sandbox::Options options;
  options.directory = directory.path() / "forge";
  options.clock = clock;
  options.users = {{"alice", Secret("alice-token"), true},
                   {"bob", Secret("bob-token"), true},
                   {"carol", Secret("carol-token"), false},
                   {"towline", Secret("bot-token"), true}};
  options.teams = {{"payments", {"alice"}}};
  auto sandbox = must(forge::Sandbox::start(std::move(options)));
  must(sandbox->create_repository(kInfra, files, "alice"));
  clock->advance(std::chrono::minutes(1));
  return Town{clock, std::move(directory), std::move(sandbox)};
}

std::unique_ptr<forge::Forge> Town::as_bot() const { return as("bot"); }

std::unique_ptr<forge::Forge> Town::as(const std::string& login) const {
  return forge::make_gitea(must(make_http_client(sandbox->url(), Secret("token " + login + "-token"))));
}

config::ServerConfig Town::bot_config() const {
  config::ServerConfig config;
  config.data = directory.path() / "bot";
  config.public_url = "http://127.0.0.1:1";
  config.listen_port = 0;
  config::ForgeConfig forge_config;
  forge_config.name = "sandbox";
  forge_config.kind = "gitea";
  forge_config.url = sandbox->url();
  forge_config.token = Secret("bot-token");
  forge_config.webhook_secrets = {Secret(std::string(kForgeSecret))};
  forge_config.repositories = {kInfra};
  config.forges = {forge_config};
  config.registries = {{"ci", "generic", Secret(std::string(kImageSecret)), {}, {}, {}}};
  const char* tools = std::getenv("TOWLINE_TOOLS_DIR");
  const char* home = std::getenv("HOME");
  const std::string cache =
      tools != nullptr ? tools : std::string(home != nullptr ? home : "") + "/.cache/towline-tools";
  config.search_path = cache + "/bin:/usr/local/bin:/usr/bin:/bin";
  return config;
}

std::string Town::file(std::string_view path) const {
  const auto repository = must(git::Repository::open(sandbox->repository_path(kInfra)));
  return must(repository.read_file(must(repository.resolve("refs/heads/main")), path));
}

std::vector<forge::PullRequest> Town::pulls() const {
  const auto forge = as_bot();
  auto all = must(forge->open_pulls(kInfra));
  for (auto& closed : must(forge->closed_pulls(kInfra, 50))) all.push_back(std::move(closed));
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
  return all;
}

forge::PullRequest Town::pull_on(std::string_view branch) const {
  const auto all = pulls();
  const auto found =
      std::find_if(all.rbegin(), all.rend(), [&](const auto& pull) { return pull.head_branch == branch; });
  if (found == all.rend()) throw std::runtime_error("there is no pull request on " + std::string(branch));
  return *found;
}

std::vector<forge::Comment> Town::comments(PullNumber number) const { return must(as_bot()->comments(kInfra, number)); }

std::vector<forge::Comment> Town::bot_comments(PullNumber number) const {
  auto all = comments(number);
  std::erase_if(all, [](const auto& comment) { return comment.author != "towline"; });
  return all;
}

std::optional<forge::CommitStatus> Town::status(const CommitId& commit, std::string_view context) const {
  for (auto& status : must(as_bot()->statuses(kInfra, commit))) {
    if (status.context == context) return status;
  }
  return std::nullopt;
}

std::int64_t Town::say(PullNumber number, std::string_view author, std::string_view body) const {
  clock->advance(std::chrono::seconds(2));
  return must(sandbox->comment(kInfra, number, author, body));
}

World::World(std::map<std::string, std::string> files, engine::Probe probe, Duration say_rendering_after,
             const Configure& configure, std::vector<std::string> evaluator)
    : town_(Town::build(std::move(files))),
      config_(town_.bot_config()),
      probe_(std::move(probe)),
      say_rendering_after_(say_rendering_after),
      evaluator_(std::move(evaluator)) {
  if (configure) configure(config_);
  run();
  config_.listen_port = server_->port();
  town_.sandbox->add_webhook(kInfra, bot_url() + "/hooks/forge/sandbox", Secret(std::string(kForgeSecret)));
}

void World::run() {
  must(make_private_directory(config_.data));
  store_ = must(store::open_sqlite(config_.data / "towline.db"));
  engine::Dependencies dependencies;
  dependencies.config = config_;
  dependencies.clock = town_.clock;
  dependencies.store = store_;
  dependencies.probe = probe_;
  dependencies.evaluator = evaluator_;
  dependencies.say_rendering_after = say_rendering_after_;
  engine_ = must(engine::Engine::create(std::move(dependencies)));
  server_ = must(web::Server::start(*engine_, config_));
}

void World::stop() {
  town_.sandbox->flush_webhooks();
  server_->stop();
  server_.reset();
  engine_.reset();
  store_.reset();
}

void World::start(Records records) {
  // What happened meanwhile is delivered to nobody.
  town_.sandbox->flush_webhooks();
  if (records == Records::lost) {
    for (const char* file : {"towline.db", "towline.db-wal", "towline.db-shm"}) {
      std::filesystem::remove(config_.data / file);
    }
  }
  run();
  std::vector<std::string> keys = {engine::repo_key("sandbox", kInfra)};
  for (const forge::PullRequest& pull : town_.pulls()) {
    keys.push_back(engine::pull_key("sandbox", kInfra, pull.number));
  }
  must(store_->make_due(keys, town_.clock->now()));
}

void World::work() {
  constexpr int kRounds = 3;
  for (int round = 0; round < kRounds; ++round) {
    town_.sandbox->flush_webhooks();
    must(engine_->drain());
  }
}

World::~World() {
  town_.sandbox->flush_webhooks();
  if (server_) server_->stop();
}

std::string World::bot_url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

void World::push_image(std::string_view name, std::string_view tag, std::string_view digest) {
  Json body{{"image", std::string(name)}, {"tag", std::string(tag)}};
  if (!digest.empty()) body["digest"] = std::string(digest);
  HttpRequest request;
  request.method = "POST";
  request.path = "/hooks/registry/ci";
  request.body = dump_json(body);
  const auto now = std::chrono::floor<std::chrono::seconds>(town_.clock->now());
  request.headers = sign_webhook(Secret(std::string(kImageSecret)), "push-" + random_hex(12), now, request.body);
  const auto answer = must(must(make_http_client(bot_url(), std::nullopt))->send(request));
  if (answer.status != 202) throw std::runtime_error("the image was answered " + std::to_string(answer.status));
}

void World::settle() {
  constexpr int kMostSteps = 500;
  for (int step = 0; step < kMostSteps; ++step) {
    town_.sandbox->flush_webhooks();
    must(engine_->drain());
    town_.sandbox->flush_webhooks();
    const auto due = must(store_->next_due());
    const TimePoint now = town_.clock->now();
    if (!due || *due > now + std::chrono::hours(1)) return;
    if (*due > now) town_.clock->advance(*due - now);
  }
  throw std::runtime_error("the world does not settle");
}

}  // namespace towline::test
