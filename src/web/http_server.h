#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

#include "web/answer.h"
#include "web/listen_socket.h"
#include "web/request_reader.h"

namespace towline::web {

/// What connections may cost.
struct ServerLimits {
  RequestLimits request;
  std::chrono::milliseconds head{10'000};        ///< from connecting, or the first byte of a later request
  std::chrono::milliseconds whole{30'000};       ///< from the same moment to the last byte of the request
  std::chrono::milliseconds pause{10'000};       ///< between two bytes of a body
  std::chrono::milliseconds keep_alive{15'000};  ///< between an answer and the next request
  std::chrono::milliseconds answer{30'000};      ///< until the client has taken the answer
  std::chrono::milliseconds linger{2'000};       ///< for a client that is still sending to read a refusal
  std::chrono::milliseconds stop_grace{5'000};   ///< for requests under way when the server stops
  std::size_t connections = 512;                 ///< one more closes the one that has waited longest
  /// Connections of one address (IPv6: one /64) that have not sent a whole head; one more closes the oldest of them.
  std::size_t unfinished_per_address = 64;
  /// So long a connection is no oldest one: its first bytes may still be on the way.
  std::chrono::milliseconds spared{250};
  std::size_t requests_per_connection = 1'000;
  std::size_t held_bytes = 128u << 20;  ///< of requests and answers under way, together
};

struct Handlers {
  /// Called with a head: what the request is refused with before its body is read, if it is. On the thread of all
  /// connections, so it must not wait for anything.
  std::function<std::optional<Answer>(const Request&, const Framing&)> refuse;
  /// Called with the whole request, on a thread of its own.
  std::function<Answer(const Request&)> answer;
};

/// An HTTP/1.1 server. One thread reads and writes all connections, without waiting for any; only a request that has
/// arrived whole takes a worker. So slow or idle connections cost memory alone, which is bounded, and when room runs
/// out the connection that has waited longest is closed, not the one that comes.
class HttpServer {
 public:
  HttpServer(ServerLimits limits, Handlers handlers, ListenSocket socket);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();
  /// Takes no more requests, and waits for those under way up to the limits' grace.
  void stop();

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace towline::web
