#include "demo_stage.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <map>

#include "base/crypto.h"
#include "base/embedded.h"
#include "forge/kinds.h"
#include "net/http_client.h"

namespace towline::bot {
namespace {

constexpr Duration kStopDeadline = std::chrono::seconds(8);
/// How old the sample repository is when the story begins, so that one can ask what ran before it.
constexpr Duration kAge = std::chrono::hours(24);

/// The time of day, but a while ago until it is told to catch up.
class CatchingUpClock final : public Clock {
 public:
  TimePoint now() const override { return SystemClock().now() - (behind_ ? kAge : Duration(0)); }
  void catch_up() { behind_ = false; }

 private:
  std::atomic<bool> behind_ = true;
};

/// A port that was free just now. The bot's address stands in its comments, so it must be known before it listens.
Result<int> free_port() {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const bool bound =
      descriptor >= 0 && bind(descriptor, generic, length) == 0 && getsockname(descriptor, generic, &length) == 0;
  if (descriptor >= 0) close(descriptor);
  if (!bound) return fail(ErrorKind::internal, "no free port was found on 127.0.0.1");
  return ntohs(address.sin_port);
}

Result<std::filesystem::path> make_directory(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (!error && !std::filesystem::is_empty(directory, error) && !error) {
    return fail(ErrorKind::invalid, "the directory " + directory.string() + " is not empty: name a new one for --keep");
  }
  if (error) return fail(ErrorKind::invalid, "the directory " + directory.string() + ": " + error.message());
  return std::filesystem::absolute(directory);
}

/// Made up anew for every demo; they never leave this machine.
struct Credentials {
  Secret bot_token{random_hex(20)};
  Secret forge_secret{random_hex(20)};
  Secret image_secret{random_hex(20)};
};

forge::Sandbox::Options sandbox_options(const DemoOptions& options, const Credentials& credentials) {
  forge::Sandbox::Options sandbox;
  sandbox.port = options.port;
  sandbox.users = {{"alice", Secret(random_hex(20)), true},
                   {"bob", Secret(random_hex(20)), true},
                   {"carol", Secret(random_hex(20)), false},
                   {"towline", credentials.bot_token, true, true}};
  sandbox.teams = {{"payments", {"alice", "bob"}}};
  return sandbox;
}

config::ServerConfig bot_config(const std::filesystem::path& directory, const std::string& forge_url, int port,
                                const Credentials& credentials) {
  config::ServerConfig config;
  config.listen_port = port;
  config.public_url = "http://127.0.0.1:" + std::to_string(port);
  config.data = directory / "bot";
  config.bot_email = "towline@example.com";
  config.forges = {{"sandbox",
                    std::string(forge::Sandbox::kKind),
                    forge_url,
                    credentials.bot_token,
                    {credentials.forge_secret},
                    {kDemoRepository}}};
  config.registries = {{"ci", "generic", credentials.image_secret, {}, {}, {}}};
  const auto variables = environment_variables();
  if (const auto path = variables.find("PATH"); path != variables.end()) config.search_path = path->second;
  return config;
}

}  // namespace

std::string DemoStage::page(const std::string& below) const {
  return sandbox_->url() + "/" + kDemoRepository.str() + below;
}

Result<std::unique_ptr<DemoStage>> DemoStage::build(const DemoOptions& options) {
  const Credentials credentials;
  std::unique_ptr<DemoStage> stage(new DemoStage());
  if (options.keep.empty()) {
    TRY(stage->temporary_, TemporaryDirectory::create("towline-demo"));
    stage->directory_ = stage->temporary_->path();
  } else {
    TRY(stage->directory_, make_directory(options.keep));
  }

  auto sandbox = sandbox_options(options, credentials);
  auto clock = std::make_shared<CatchingUpClock>();
  sandbox.directory = stage->directory_ / "forge";
  sandbox.clock = clock;
  TRY(stage->sandbox_, forge::Sandbox::start(std::move(sandbox)));
  std::map<std::string, std::string> files;
  for (const embedded::File& file : embedded::sample()) files[std::string(file.path)] = std::string(file.text);
  CHECK_OK(stage->sandbox_->create_repository(kDemoRepository, files, "alice").map([](const CommitId&) {}));
  clock->catch_up();

  int port = options.port + 1;
  if (options.port == 0) {
    TRY(port, free_port());
  }
  stage->config_ = bot_config(stage->directory_, stage->sandbox_->url(), port, credentials);
  stage->sandbox_->add_webhook(kDemoRepository, stage->bot_url() + "/hooks/forge/sandbox", credentials.forge_secret);
  stage->sandbox_->set_demo_registry(stage->bot_url() + "/hooks/registry/ci", credentials.image_secret);
  TRY(stage->forge_, forge::find_kind(forge::Sandbox::kKind)->connect({stage->sandbox_->url(), credentials.bot_token}));

  TRY(stage->bot_, open_engine(stage->config_));
  TRY(stage->server_, web::Server::start(*stage->bot_->engine, stage->config_));
  stage->bot_->engine->start();
  return stage;
}

bool DemoStage::stop() {
  server_->stop();
  return bot_->engine->stop(kStopDeadline);
}

}  // namespace towline::bot
