#pragma once

#include <httplib.h>

#include <atomic>
#include <string>
#include <thread>

#include "base/result.h"
#include "web/connection.h"

namespace towline::web {

/// httplib's server on bounded connections: a fixed number of threads, a bounded queue of accepted connections,
/// a port of its own, and a stop that wakes idle connections.
class Listener final : public httplib::Server {
 public:
  /// `in_flight_bytes`: of all requests under way together.
  Listener(const ConnectionLimits& limits, std::size_t in_flight_bytes);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() override;

  /// Takes the port (0: any free one) and gives it. Errors: conflict (in use), forbidden, invalid (no such address).
  Result<int> take_port(const std::string& host, int port);
  /// Answers requests on threads of its own.
  void run();
  /// Takes no more requests and waits for those under way, up to the limits' grace.
  void finish();
  /// Whether requests are being cut off because together they are too large.
  bool crowded() const { return in_flight_.crowded(); }

 private:
  class Pool;
  bool process_and_close_socket(socket_t socket) override;
  void serve(Connection& connection);

  ConnectionLimits limits_;
  InFlight in_flight_;
  int stop_event_;
  std::atomic<std::size_t> waiting_{0};  ///< connections accepted and not yet served
  std::atomic<std::size_t> serving_{0};
  std::thread acceptor_;
  std::thread::id acceptor_id_;  ///< set before any other thread is made
};

}  // namespace towline::web
