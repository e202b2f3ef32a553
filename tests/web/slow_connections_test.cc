// Connections that send nothing, or little, or never end, while others want an answer.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "served.h"
#include "web/http_server.h"

namespace towline::web {

namespace {

using Clock = std::chrono::steady_clock;

/// Sockets of this process that are connected to the server and have sent these bytes; closed at the end.
class Crowd {
 public:
  Crowd(int port, std::size_t count, std::string_view bytes) {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = std::min<rlim_t>(files.rlim_max, 8'192);
    setrlimit(RLIMIT_NOFILE, &files);
    for (std::size_t number = 0; number < count; ++number) {
      const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      REQUIRE(socket >= 0);
      sockets_.push_back(socket);
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_port = htons(static_cast<std::uint16_t>(port));
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      REQUIRE(connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
      // The server may have closed it by now.
      static_cast<void>(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL));
    }
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  ~Crowd() {
    for (const int socket : sockets_) close(socket);
  }

  /// How many the server has closed or answered.
  std::size_t done() const {
    std::size_t count = 0;
    for (const int socket : sockets_) {
      pollfd polled{socket, POLLIN, 0};
      if (poll(&polled, 1, 0) > 0) ++count;
    }
    return count;
  }

 private:
  std::vector<int> sockets_;
};

/// How long a signed webhook took to be accepted.
Clock::duration webhook_time(Served& served, const std::string& delivery) {
  const auto start = Clock::now();
  CHECK(served.post_push(delivery, "new-hush").status == 202);
  return Clock::now() - start;
}

constexpr std::chrono::seconds kPrompt{2};
const std::string kSlowHead = "POST /hooks/forge/gitea HTTP/1.1\r\nHost: x\r\nX-Slow: ";
const std::string kSlowBody = "POST /hooks/forge/gitea HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n{";
const std::string kSlowChunks =
    "POST /hooks/forge/gitea HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{";

}  // namespace

TEST_CASE("600 connections that send nothing, half a head or half a body keep no webhook waiting") {
  for (const std::string& bytes : {std::string(), kSlowHead, kSlowBody, kSlowChunks}) {
    INFO(bytes);
    Served served;
    const Crowd crowd(served.port(), 600, bytes);
    for (const char* delivery : {"d1", "d2", "d3"}) CHECK(webhook_time(served, delivery) < kPrompt);
    CHECK(served.get("/healthz").status == 200);
  }
}

TEST_CASE("600 clients that were answered and keep their connections keep no webhook waiting") {
  Served served;
  const Crowd crowd(served.port(), 600, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  for (const char* delivery : {"d1", "d2", "d3"}) CHECK(webhook_time(served, delivery) < kPrompt);
}

TEST_CASE("600 clients that do not read their answers keep no webhook waiting") {
  Served served;
  std::string many;
  for (int count = 0; count < 50; ++count) many += "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
  const Crowd crowd(served.port(), 600, many);
  for (const char* delivery : {"d1", "d2", "d3"}) CHECK(webhook_time(served, delivery) < kPrompt);
}

TEST_CASE("a head that does not arrive in time is answered 408, and a connection without a byte is closed") {
  Served served([](config::ServerConfig& config) { config.connections.headers = std::chrono::milliseconds(50); });
  Raw silent(served.port());
  CHECK(silent.read_all() == "");
  Raw slow(served.port());
  slow.send(kSlowHead);
  const std::string answer = slow.read_all();
  CHECK(status_line(answer) == "HTTP/1.1 408 Request Timeout");
  CHECK(answer.find("\r\nConnection: close\r\n") != std::string::npos);
}

TEST_CASE("a head that trickles in has no more time than one that stops") {
  Served served([](config::ServerConfig& config) { config.connections.headers = std::chrono::milliseconds(200); });
  Raw slow(served.port());
  slow.send(kSlowHead);
  const auto start = Clock::now();
  // Each byte arrives well within any pause that is allowed.
  while (Clock::now() - start < std::chrono::seconds(5) && slow.send("x")) {
    pollfd none{-1, 0, 0};
    poll(&none, 1, 10);
  }
  CHECK(Clock::now() - start < std::chrono::seconds(5));
}

TEST_CASE("a body that does not arrive in time is answered 408") {
  Served served([](config::ServerConfig& config) { config.connections.request = std::chrono::milliseconds(50); });
  for (const std::string& bytes : {kSlowBody, kSlowChunks}) {
    Raw slow(served.port());
    slow.send(bytes);
    CHECK(status_line(slow.read_all()) == "HTTP/1.1 408 Request Timeout");
  }
}

TEST_CASE("a later request of a connection has the same time, from its first byte") {
  Served served([](config::ServerConfig& config) { config.connections.headers = std::chrono::milliseconds(50); });
  Raw slow(served.port());
  slow.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HT");
  const std::string answers = slow.read_all();
  CHECK(status_line(answers) == "HTTP/1.1 200 OK");
  CHECK(answers.find("HTTP/1.1 408 Request Timeout") != std::string::npos);
}

TEST_CASE("connections of one address that send no head are bounded: the oldest are closed") {
  ServerLimits limits;
  limits.unfinished_per_address = 8;
  limits.spared = std::chrono::milliseconds(0);
  ListenSocket socket = listen_on("127.0.0.1", 0).value();
  const int port = socket.port;
  const HttpServer server(limits,
                          {[](const Request&, const Framing&) { return std::nullopt; },
                           [](const Request&) { return status_answer(200, "ok"); }},
                          std::move(socket));
  const Crowd old(port, 8, kSlowHead);
  const Crowd young(port, 4, kSlowHead);
  Raw prompt(port);
  prompt.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(status_line(prompt.read_until("ok\"}\n")) == "HTTP/1.1 200 OK");
  CHECK(old.done() == 5);
  CHECK(young.done() == 0);
}

TEST_CASE("bodies that together are too large are given up, the oldest first, and room is there again") {
  Served served([](config::ServerConfig& config) { config.max_body_bytes = 8u << 20; });
  const std::string head = "POST /hooks/forge/gitea HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n";
  std::vector<std::unique_ptr<Raw>> large;
  for (int number = 0; number < 5; ++number) {
    large.push_back(std::make_unique<Raw>(served.port()));
    REQUIRE(large.back()->send(head + std::string(7'900'000, 'x')));
  }
  CHECK(status_line(large.front()->read_all()) == "HTTP/1.1 503 Service Unavailable");
  CHECK(webhook_time(served, "d1") < kPrompt);
}

TEST_CASE("a connection answers so many requests and no more") {
  Served served;
  Raw raw(served.port());
  std::string many;
  for (int count = 0; count < 1'001; ++count) many += "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
  raw.send(many);
  const std::string answers = raw.read_all();
  std::size_t count = 0;
  for (std::size_t at = answers.find("HTTP/1.1 200"); at != std::string::npos;
       at = answers.find("HTTP/1.1 200", at + 1))
    ++count;
  CHECK(count == 1'000);
}

TEST_CASE("whatever a connection sends, the next one is answered") {
  Served served;
  const std::vector<std::string> garbage = {
      std::string(100'000, '\0'),
      "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\n y: z\r\n\r\n",
      "POST /hooks/forge/gitea HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
      "\r\n\r\n\r\n",
      "HTTP/1.1 200 OK\r\n\r\n"};
  for (const std::string& bytes : garbage) {
    Raw raw(served.port());
    raw.send(bytes);
    CHECK_THAT(raw.read_all(), Catch::StartsWith("HTTP/1.1 400 Bad Request\r\n"));
    CHECK(served.get("/healthz").status == 200);
  }
}

}  // namespace towline::web
