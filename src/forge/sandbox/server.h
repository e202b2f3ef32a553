#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "forge/sandbox/sandbox.h"
#include "forge/sandbox/world.h"

namespace towline::forge::sandbox {

using FaultHook = std::function<std::optional<Sandbox::Fault>(std::string_view request)>;

/// The HTTP server on 127.0.0.1: API, git and pages on one port.
class Server {
 public:
  /// `port` 0: any free one. Error conflict: the port is in use.
  static Result<std::unique_ptr<Server>> start(World& world, int port);
  ~Server();
  int port() const;
  void set_fault_hook(FaultHook hook);

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace towline::forge::sandbox
