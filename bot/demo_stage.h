#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/files.h"
#include "base/ids.h"
#include "config/server.h"
#include "forge/forge.h"
#include "forge/sandbox/sandbox.h"
#include "load.h"
#include "web/server.h"

namespace towline::bot {

struct DemoOptions {
  int port = 0;                ///< of the sandbox's pages; the bot takes the next one; 0: any free ones
  std::filesystem::path keep;  ///< directory for everything; empty: a temporary one
  bool once = false;
};

/// The demo's repository on the sandbox forge.
inline const RepoName kDemoRepository{"acme", "infra"};

/// Everything the demo needs, in this process and on loopback: a sandbox forge with the sample infra repository,
/// and the bot that looks after it. Members are destroyed in reverse order.
class DemoStage {
 public:
  /// Error invalid: the directory to keep is not empty. Error conflict: a port is in use.
  static Result<std::unique_ptr<DemoStage>> build(const DemoOptions& options);

  forge::Sandbox& sandbox() { return *sandbox_; }
  /// The forge's API as the bot, for looking at what happened.
  forge::Forge& forge() { return *forge_; }
  const std::filesystem::path& directory() const { return directory_; }
  const std::string& bot_url() const { return config_.public_url; }
  /// "http://127.0.0.1:PORT/acme/infra" and below.
  std::string page(const std::string& below = {}) const;
  /// False when work was still running at the deadline: the process must end without tearing down.
  bool stop();

 private:
  DemoStage() = default;

  std::optional<TemporaryDirectory> temporary_;
  std::filesystem::path directory_;
  config::ServerConfig config_;
  std::unique_ptr<forge::Sandbox> sandbox_;
  std::unique_ptr<forge::Forge> forge_;
  std::optional<Opened> bot_;
  std::unique_ptr<web::Server> server_;
};

}  // namespace towline::bot
