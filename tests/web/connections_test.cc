// Which connection goes when there is no room for another.
#include "web/connections.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace towline::web {

namespace {

using Phase = Connection::Phase;
using std::chrono::milliseconds;
using std::chrono::seconds;

const SteadyTime kStart{std::chrono::hours(1)};
const std::string kHead = "POST /hooks HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n";

struct Crowd {
  explicit Crowd(const ServerLimits& the_limits) : limits(the_limits), connections(limits) {}

  Connection& add(const std::string& peer, seconds since) {
    Connection connection(Descriptor(), peer, limits.request);
    connection.since = kStart + since;
    return connections.add(std::move(connection));
  }
  std::uint64_t unfinished(const std::string& peer, seconds since) { return add(peer, since).number; }
  std::uint64_t idle(seconds since) {
    Connection& connection = add("idle", since);
    connection.begun = false;
    return connection.number;
  }
  std::uint64_t body(seconds since, std::size_t bytes = 1) {
    Connection& connection = add("body", since);
    connection.reader.take(kHead);
    connection.reader.accept_body();
    connection.reader.take(std::string(bytes, 'x'));
    return connection.number;
  }
  std::uint64_t in(Phase phase, seconds since, std::size_t out = 0) {
    Connection& connection = add("phase", since);
    connection.phase = phase;
    connection.out.assign(out, 'x');
    return connection.number;
  }
  bool has(std::uint64_t number) { return connections.find(number) != nullptr; }

  ServerLimits limits;
  Connections connections;
};

ServerLimits small(std::size_t connections, std::size_t per_address) {
  ServerLimits limits;
  limits.connections = connections;
  limits.unfinished_per_address = per_address;
  limits.held_bytes = 100;
  return limits;
}

}  // namespace

TEST_CASE("as long as there is room nothing is closed") {
  Crowd crowd(small(4, 2));
  crowd.unfinished("a", seconds(0));
  crowd.unfinished("b", seconds(0));
  crowd.idle(seconds(0));
  CHECK_FALSE(crowd.connections.make_room("a", kStart + seconds(9)));
  CHECK(crowd.connections.all().size() == 3);
  CHECK_FALSE(crowd.connections.full());
}

TEST_CASE("an address with too many unfinished requests loses the oldest of them, and no other address one") {
  Crowd crowd(small(100, 2));
  const auto other = crowd.unfinished("b", seconds(0));
  const auto younger = crowd.unfinished("a", seconds(2));
  const auto oldest = crowd.unfinished("a", seconds(1));
  CHECK(crowd.connections.make_room("a", kStart + seconds(9)));
  CHECK(crowd.has(other));
  CHECK(crowd.has(younger));
  CHECK_FALSE(crowd.has(oldest));
}

TEST_CASE("connections that have sent their head, or wait for a next request, do not count for their address") {
  Crowd crowd(small(100, 2));
  crowd.body(seconds(0));
  crowd.body(seconds(0));
  crowd.idle(seconds(0));
  crowd.idle(seconds(0));
  crowd.in(Phase::working, seconds(0));
  crowd.in(Phase::writing, seconds(0));
  for (const char* peer : {"body", "idle", "phase"}) {
    CHECK_FALSE(crowd.connections.make_room(peer, kStart + seconds(9)));
  }
}

TEST_CASE("a connection that has just come is spared, unless there is no room at all") {
  Crowd crowd(small(3, 2));
  crowd.limits.spared = milliseconds(250);
  crowd.unfinished("a", seconds(0));
  crowd.unfinished("a", seconds(0));
  CHECK_FALSE(crowd.connections.make_room("a", kStart + milliseconds(249)));
  CHECK(crowd.connections.make_room("a", kStart + milliseconds(250)));
  crowd.unfinished("a", seconds(0));
  crowd.unfinished("a", seconds(0));
  REQUIRE(crowd.connections.full());
  CHECK(crowd.connections.make_room("a", kStart + milliseconds(1)));
  CHECK_FALSE(crowd.connections.full());
}

TEST_CASE("without room those go first that are missed least, and of them the oldest") {
  Crowd crowd(small(7, 100));
  const auto working = crowd.in(Phase::working, seconds(0));
  const auto writing = crowd.in(Phase::writing, seconds(1));
  const auto body = crowd.body(seconds(2));
  const auto unfinished = crowd.unfinished("a", seconds(3));
  const auto idle = crowd.idle(seconds(4));
  const auto young_lingering = crowd.in(Phase::lingering, seconds(6));
  const auto lingering = crowd.in(Phase::lingering, seconds(5));
  const std::vector<std::uint64_t> order = {lingering, young_lingering, idle, unfinished, body, writing};
  for (const std::uint64_t expected : order) {
    REQUIRE(crowd.connections.full());
    CHECK(crowd.connections.make_room("new", kStart + seconds(9)));
    CHECK_FALSE(crowd.has(expected));
    // What takes its place is being worked on.
    crowd.in(Phase::working, seconds(0));
  }
  CHECK(crowd.has(working));
  CHECK_FALSE(crowd.connections.make_room("new", kStart + seconds(9)));
  CHECK(crowd.connections.full());
}

TEST_CASE("when all hold too many bytes, the oldest body goes, then the oldest answer") {
  Crowd crowd(small(100, 100));
  crowd.in(Phase::writing, seconds(0), 60);
  crowd.body(seconds(2), 20);
  CHECK(crowd.connections.too_much() == nullptr);
  const auto oldest = crowd.body(seconds(1), 20);
  CHECK(crowd.connections.too_much() == nullptr);
  crowd.add("a", seconds(0)).working_bytes = 1;
  REQUIRE(crowd.connections.too_much() != nullptr);
  CHECK(crowd.connections.too_much()->number == oldest);

  Crowd answers(small(100, 100));
  answers.in(Phase::writing, seconds(2), 60);
  const auto answer = answers.in(Phase::writing, seconds(1), 60);
  REQUIRE(answers.connections.too_much() != nullptr);
  CHECK(answers.connections.too_much()->number == answer);

  Crowd working(small(100, 100));
  working.add("a", seconds(0)).working_bytes = 101;
  CHECK(working.connections.too_much() == nullptr);
}

TEST_CASE("from four fifths of the connections on none is kept after its answer") {
  Crowd crowd(small(10, 100));
  for (int count = 0; count < 8; ++count) crowd.idle(seconds(0));
  CHECK_FALSE(crowd.connections.crowded());
  crowd.idle(seconds(0));
  CHECK(crowd.connections.crowded());
}

}  // namespace towline::web
