// One connection, without a server: what bounds it holds against its peer.
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "web/connection.h"

namespace towline::web {

namespace {

/// A connection whose peer is the test.
struct Pair {
  explicit Pair(const ConnectionLimits& limits_of, std::size_t in_flight_bytes = 1u << 20)
      : limits(limits_of), in_flight(in_flight_bytes), stop_event(eventfd(0, EFD_CLOEXEC)) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
    peer = ends[0];
    own = ends[1];
    connection = std::make_unique<Connection>(own, stop_event, limits, in_flight);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  ~Pair() {
    connection.reset();
    close(peer);
    close(own);
    close(stop_event);
  }

  void say(std::string_view bytes) const {
    if (send(peer, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) std::abort();
  }
  void stop() const {
    const std::uint64_t one = 1;
    if (write(stop_event, &one, sizeof one) != sizeof one) std::abort();
  }
  /// Bytes read, one at a time as httplib reads headers, until the connection refuses or `most` are there.
  std::size_t read_bytes(std::size_t most) const {
    char byte = 0;
    std::size_t read = 0;
    while (read < most && connection->read(&byte, 1) == 1) ++read;
    return read;
  }

  ConnectionLimits limits;
  InFlight in_flight;
  int stop_event;
  int peer = -1;
  int own = -1;
  std::unique_ptr<Connection> connection;
};

ConnectionLimits small() {
  ConnectionLimits limits;
  limits.max_header_bytes = 40;
  limits.max_request_bytes = 100;
  limits.pause = std::chrono::milliseconds(20);
  limits.keep_alive = std::chrono::milliseconds(20);
  return limits;
}

const std::string kHeaders = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

}  // namespace

TEST_CASE("headers may be as long as the limit, and no longer") {
  Pair pair(small());
  pair.say("GET / HTTP/1.1\r\n" + std::string(200, 'x'));
  REQUIRE(pair.connection->wait_for_request());
  CHECK(pair.read_bytes(200) == 40);
}

TEST_CASE("a line of LF alone does not end the headers, nor does an empty first line") {
  for (const char* start : {"GET / HTTP/1.1\r\n\n", "\r\n", "\n", "GET / HTTP/1.1\r\n\r\r\n"}) {
    Pair pair(small());
    pair.say(start + std::string(200, 'x'));
    REQUIRE(pair.connection->wait_for_request());
    CHECK(pair.read_bytes(200) == 40);
  }
}

TEST_CASE("headers and body together may be as long as the limit, and no longer") {
  Pair pair(small());
  pair.say(kHeaders + std::string(200, 'x'));
  REQUIRE(pair.connection->wait_for_request());
  CHECK(pair.read_bytes(300) == 100);
}

TEST_CASE("each request of a connection has the whole limit") {
  Pair pair(small());
  pair.say(kHeaders + kHeaders + kHeaders);
  for (int request = 0; request < 3; ++request) {
    REQUIRE(pair.connection->wait_for_request());
    CHECK(pair.read_bytes(kHeaders.size()) == kHeaders.size());
  }
  CHECK_FALSE(pair.connection->wait_for_request());
}

TEST_CASE("a request is cut off when all of them together are too large, and room is given back after it") {
  Pair pair(small(), 50);
  REQUIRE(pair.in_flight.add(30));
  pair.say(kHeaders + kHeaders);
  REQUIRE(pair.connection->wait_for_request());
  CHECK(pair.read_bytes(100) == 20);
  CHECK(pair.in_flight.crowded());
  pair.connection.reset();
  CHECK_FALSE(pair.in_flight.crowded());
}

TEST_CASE("a peer that pauses in the middle of a request is given up") {
  Pair pair(small());
  pair.say("GET / HTTP/1.1\r\n");
  REQUIRE(pair.connection->wait_for_request());
  CHECK(pair.read_bytes(100) == 16);
}

TEST_CASE("a request that trickles in is given up at its deadline") {
  ConnectionLimits limits = small();
  limits.request = std::chrono::milliseconds(0);
  Pair pair(limits);
  pair.say("GET");
  REQUIRE(pair.connection->wait_for_request());
  // What has arrived could be read; waiting for more is over.
  pair.read_bytes(3);
  CHECK(pair.read_bytes(1) == 0);
}

TEST_CASE("a peer that sends no next request is given up") {
  const Pair pair(small());
  CHECK_FALSE(pair.connection->wait_for_request());
}

TEST_CASE("no request is begun once the server stops, even one that has arrived") {
  Pair pair(small());
  pair.say(kHeaders);
  pair.stop();
  CHECK_FALSE(pair.connection->wait_for_request());
}

TEST_CASE("a request under way may end within the grace when the server stops") {
  ConnectionLimits limits = small();
  limits.pause = std::chrono::seconds(10);
  limits.stop_grace = std::chrono::milliseconds(20);
  Pair pair(limits);
  pair.say("GET");
  REQUIRE(pair.connection->wait_for_request());
  pair.stop();
  CHECK(pair.read_bytes(10) == 3);
}

TEST_CASE("an answer leaves in one piece, and tells whether it is the last") {
  Pair pair(small());
  pair.say(kHeaders);
  REQUIRE(pair.connection->wait_for_request());
  pair.connection->write("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", 47);
  pair.connection->write("no", 2);
  REQUIRE(pair.connection->flush());
  char buffer[100];
  CHECK(recv(pair.peer, buffer, sizeof buffer, 0) == 49);
  CHECK(pair.connection->answered_with_close());
}

TEST_CASE("the text of a page cannot close the connection") {
  Pair pair(small());
  const std::string answer = "HTTP/1.1 200 OK\r\n\r\nxx\r\nConnection: close\r\n";
  pair.connection->write(answer.data(), answer.size());
  REQUIRE(pair.connection->flush());
  CHECK_FALSE(pair.connection->answered_with_close());
}

}  // namespace towline::web
