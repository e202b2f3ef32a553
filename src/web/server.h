#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "engine/engine.h"

namespace towline::web {

/// The HTTP side of `towline serve`: hooks, health, metrics, pages.
class Server {
 public:
  /// Binds; the port is known afterwards. Error conflict: the address is in use.
  static Result<std::unique_ptr<Server>> start(engine::Engine& engine, const config::ServerConfig& config);
  ~Server();
  int port() const;
  /// Refuses new connections and waits for the requests under way.
  void stop();

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace towline::web
