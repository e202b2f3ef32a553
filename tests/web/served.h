#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/files.h"
#include "engine/engine.h"
#include "net/http_client.h"
#include "store/store.h"
#include "web/server.h"

namespace towline::web {

/// A server on a loopback port with a real engine that is not started, so that what is taken in stays queued.
/// The forge "gitea" has the webhook secrets "new-hush" and "old-hush" and the repository acme/infra; the registry
/// "ci" is generic with the secret "ci-hush", "hub" is of kind distribution with "hub-hush". Bodies: 64 KiB.
class Served {
 public:
  explicit Served(const std::function<void(config::ServerConfig&)>& configure = {});

  HttpResponse get(const std::string& path);
  HttpResponse post(const std::string& path, const HttpHeaders& headers, const std::string& body);
  /// A push to acme/infra as Gitea sends it, signed with `secret`.
  HttpResponse post_push(const std::string& delivery, const std::string& secret);
  int port() const { return server->port(); }

  TemporaryDirectory directory;
  std::shared_ptr<ManualClock> clock;
  std::shared_ptr<store::Store> store;
  std::unique_ptr<engine::Engine> engine;
  config::ServerConfig config;
  std::unique_ptr<Server> server;
};

/// A connection that says exactly what a test wants.
class Raw {
 public:
  explicit Raw(int port);
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  ~Raw();
  /// False when the server has closed the connection.
  bool send(std::string_view bytes);
  /// What comes until the server closes, or for ten seconds.
  std::string read_all();
  /// What comes until that text has come.
  std::string read_until(std::string_view text);

 private:
  int socket_;
};

/// The status line of an answer.
std::string status_line(const std::string& answer);
std::string sign_gitea(const std::string& secret, const std::string& body);
extern const std::string kPush;

}  // namespace towline::web
