#include <catch2/catch.hpp>

#include <httplib.h>

#include <optional>
#include <string>
#include <vector>

#include "net/hostile_server.h"
#include "net/http_client.h"
#include "support/http_host.h"

// What a host that means harm can make a client do: wait, hold memory, or ask others.
namespace towline {
namespace {

using test::endlessly;
using test::HostileServer;
using test::silently;
using test::slowly;

constexpr std::chrono::milliseconds kShort{150};
const std::string kHead = "HTTP/1.1 200 OK\r\n";
const std::string kChunked = kHead + "Transfer-Encoding: chunked\r\n\r\n";

HttpRequest get(std::chrono::milliseconds deadline) {
  HttpRequest request;
  request.path = "/x";
  request.deadline = deadline;
  request.max_response_bytes = 1u << 20;
  return request;
}

struct Hostile {
  const char* name;
  HostileServer::Talk talk;
  ErrorKind kind;
  std::string message;
};

const std::string kLate = "no complete answer within 150ms";

const Hostile kSlow[] = {
    {"nothing", silently(), ErrorKind::timeout, kLate},
    {"the status line byte by byte", slowly("HTTP/1.1 200 ", "O"), ErrorKind::timeout, kLate},
    {"headers byte by byte", slowly(kHead, "X: y\r\n"), ErrorKind::timeout, kLate},
    {"the body byte by byte", slowly(kHead + "Content-Length: 100000\r\n\r\n", "x"), ErrorKind::timeout, kLate},
    {"chunks byte by byte", slowly(kChunked, "1\r\nx\r\n"), ErrorKind::timeout, kLate},
    {"another status again and again, slowly", slowly("", "HTTP/1.1 100 Continue\r\n\r\n"), ErrorKind::timeout, kLate},
};

const std::string kHeaders = "the answer's headers are larger than the limit of 65536 bytes";
const std::string kLine = "the answer has a header of more than 8192 bytes";
const std::string kFraming = "the answer comes in chunks with next to nothing in them";

const Hostile kEndless[] = {
    {"header lines without end", endlessly(kHead, "X-Header: value\r\n"), ErrorKind::invalid, kHeaders},
    {"one header line without end", endlessly(kHead + "X-Header: ", std::string(4'096, 'x')), ErrorKind::invalid,
     kLine},
    // A stack does not hold what this would take.
    {"a status line of 60 KB", endlessly("HTTP/1.1 200 " + std::string(60'000, 'x') + "\r\n", "X: y\r\n"),
     ErrorKind::invalid, kLine},
    {"a status line without end", endlessly("HTTP/1.1 200 ", std::string(4'096, 'x')), ErrorKind::invalid, kLine},
    {"another status without end", endlessly("", "HTTP/1.1 100 Continue\r\n\r\n"), ErrorKind::invalid, kHeaders},
    {"a body without end", endlessly(kHead + "\r\n", std::string(4'096, 'x')), ErrorKind::invalid,
     "the answer is larger than the limit of 1048576 bytes"},
    {"a chunk's extension without end", endlessly(kChunked + "1;", std::string(4'096, 'x')), ErrorKind::invalid,
     kFraming},
    {"a chunk's length without end", endlessly(kChunked, std::string(4'096, '0')), ErrorKind::invalid, kFraming},
    {"trailers without end", endlessly(kChunked + "0\r\n", "X: y\r\n"), ErrorKind::unavailable,
     "the connection broke before the answer was complete"},
    {"chunks that are mostly extension", endlessly(kChunked, "1;" + std::string(200, 'x') + "\r\nx\r\n"),
     ErrorKind::invalid, kFraming},
};

void check(const Hostile& test, const HostileServer& server, std::chrono::milliseconds deadline) {
  const auto client = make_http_client(server.url(), std::nullopt).value();
  const auto response = client->send(get(deadline));
  REQUIRE_FALSE(response);
  CHECK(response.error().kind == test.kind);
  CHECK(response.error().message == "GET " + server.url() + "/x: " + test.message);
}

}  // namespace

TEST_CASE("an answer that comes too slowly is given up at the deadline, wherever it stops") {
  for (const Hostile& test : kSlow) {
    DYNAMIC_SECTION(test.name) { check(test, HostileServer(test.talk), kShort); }
  }
}

TEST_CASE("over TLS, an answer that comes too slowly is given up at the deadline, wherever it stops") {
  const test::SigningKey key;
  for (const Hostile& test : kSlow) {
    DYNAMIC_SECTION(test.name) { check(test, HostileServer(test.talk, key), kShort); }
  }
}

TEST_CASE("headers and a status line below the limits are read") {
  std::string head = "HTTP/1.1 200 " + std::string(8'000, 'x') + "\r\n";
  for (int i = 0; i < 6; ++i) head += "X-" + std::to_string(i) + ": " + std::string(8'000, 'y') + "\r\n";
  const HostileServer server([&](const auto& say) { say(head + "Content-Length: 2\r\n\r\nok"); });
  const auto response = make_http_client(server.url(), std::nullopt).value()->send(get(std::chrono::minutes(1)));
  REQUIRE(response);
  CHECK(response->body == "ok");
  CHECK(response->header("x-5").size() == 8'000);
}

TEST_CASE("an answer that does not end is given up at its limits, long before the deadline") {
  for (const Hostile& test : kEndless) {
    DYNAMIC_SECTION(test.name) { check(test, HostileServer(test.talk), std::chrono::minutes(10)); }
  }
}

TEST_CASE("over TLS, an answer that does not end is given up at its limits, long before the deadline") {
  const test::SigningKey key;
  for (const Hostile& test : kEndless) {
    DYNAMIC_SECTION(test.name) { check(test, HostileServer(test.talk, key), std::chrono::minutes(10)); }
  }
}

TEST_CASE("a host that does not take part in the TLS handshake is given up at the deadline") {
  const HostileServer server(kSlow[0].talk);
  const std::string url = "https://" + server.authority();
  const auto response = make_http_client(url, std::nullopt).value()->send(get(kShort));
  CHECK(response.error().kind == ErrorKind::timeout);
  CHECK(response.error().message == "GET " + url + "/x: " + kLate);
}

TEST_CASE("a host that does not speak TLS is told as one that is not trusted") {
  const HostileServer server(endlessly("", "HTTP/1.1 200 OK\r\n"));
  const std::string url = "https://" + server.authority();
  CHECK(make_http_client(url, std::nullopt).value()->send(get(std::chrono::minutes(1))).error().message ==
        "GET " + url + "/x: no trusted TLS connection; check the host's certificate");
}

TEST_CASE("a TLS connection that is cut off is no end of an answer without a length") {
  const test::SigningKey key;
  const HostileServer server([](const auto& say) { say(kHead + "\r\nhalf of i"); }, key);
  CHECK(make_http_client(server.url(), std::nullopt).value()->send(get(std::chrono::minutes(1))).error().message ==
        "GET " + server.url() + "/x: the connection broke before the answer was complete");
}

TEST_CASE("a name that is not resolved in time is a timeout, one that has no address cannot be connected to") {
  struct Case {
    ErrorKind kind;
    std::string message;
  };
  for (const auto& [kind, message] :
       std::vector<Case>{{ErrorKind::timeout, kLate},
                         {ErrorKind::unavailable, "cannot connect; check that the host is right and up"}}) {
    HttpRoute route;
    route.resolve = [kind = kind](const std::string&, auto) -> Result<std::vector<IpAddress>> {
      return fail(kind, "no");
    };
    const auto response = make_http_client("http://r.example", std::nullopt, route).value()->send(get(kShort));
    CHECK(response.error().kind == kind);
    CHECK(response.error().message == "GET http://r.example/x: " + message);
  }
}

// ---- where names lead ------------------------------------------------------------------------------------------

namespace {

/// Gives one answer after the other, and the last for ever.
Resolver answers(std::vector<std::vector<const char*>> all, int* asked = nullptr) {
  return [all, asked, next = std::make_shared<std::size_t>(0)](const std::string&, auto) {
    if (asked != nullptr) ++*asked;
    std::vector<IpAddress> addresses;
    for (const char* text : all[std::min((*next)++, all.size() - 1)]) addresses.push_back(*IpAddress::parse(text));
    return Result<std::vector<IpAddress>>(addresses);
  };
}

}  // namespace

TEST_CASE("a name that leads out of reach is not asked") {
  const HostileServer server(endlessly("", "x"));
  struct Case {
    HttpReach reach;
    std::vector<const char*> addresses;
    std::string what;
  };
  const std::vector<Case> cases = {
      {HttpReach::internet, {"127.0.0.1"}, "127.0.0.1, which is no address of the internet"},
      {HttpReach::internet, {"10.0.0.7", "127.0.0.1"}, "10.0.0.7, which is no address of the internet"},
      {HttpReach::internet, {"169.254.169.254"}, "169.254.169.254, which is no address of the internet"},
      {HttpReach::internet, {"::ffff:127.0.0.1"}, "::ffff:127.0.0.1, which is no address of the internet"},
      {HttpReach::no_special, {"127.0.0.1"}, "127.0.0.1, which is of this machine or its link"},
      {HttpReach::no_special, {"fe80::1"}, "fe80::1, which is of this machine or its link"},
  };
  for (const auto& [reach, addresses, what] : cases) {
    const std::string url = "http://cdn.example.com:" + std::to_string(server.port());
    const auto client = make_http_client(url, std::nullopt, {reach, answers({addresses})}).value();
    const auto response = client->send(get(std::chrono::minutes(1)));
    INFO(what);
    REQUIRE_FALSE(response);
    CHECK(response.error().kind == ErrorKind::invalid);
    CHECK(response.error().message == "GET " + url + "/x: the host's name leads to " + what + "; it is not asked");
  }
  CHECK(server.visitors() == 0);
}

TEST_CASE("what is connected to is the address that was looked at, under the host's own name") {
  std::string host;
  const test::HttpHost server([&](const httplib::Request& request, httplib::Response& response) {
    host = request.get_header_value("Host");
    response.set_content("here", "text/plain");
  });
  const std::string name = "cdn.example.com:" + std::to_string(server.port());
  int asked = 0;
  // The second answer is what a host with bad intent has its name lead to once it was looked at.
  const auto client = make_http_client("http://" + name, std::nullopt,
                                       {HttpReach::anywhere, answers({{"127.0.0.1"}, {"127.0.0.99"}}, &asked)})
                          .value();

  const auto response = client->send(get(std::chrono::minutes(1)));

  REQUIRE(response);
  CHECK(response->body == "here");
  CHECK(response->peer == AddressScope::special);
  CHECK(host == name);
  CHECK(asked == 1);
  // The connection is still the one of the address that was looked at.
  CHECK(client->send(get(std::chrono::minutes(1)))->body == "here");
  CHECK(asked == 1);
}

TEST_CASE("an address that does not answer leaves the next one its turn") {
  const test::HttpHost server(
      [](const httplib::Request&, httplib::Response& response) { response.set_content("here", "text/plain"); });
  const std::string url = "http://r.example:" + std::to_string(server.port());
  const auto client =
      make_http_client(url, std::nullopt, {HttpReach::anywhere, answers({{"127.0.0.99", "127.0.0.1"}})}).value();
  CHECK(client->send(get(std::chrono::minutes(1)))->body == "here");
}

TEST_CASE("a certificate has to be of the name that was asked for, whatever the address") {
  const test::SigningKey key;  // for 127.0.0.1
  const test::HttpHost server(
      [](const httplib::Request&, httplib::Response& response) { response.set_content("here", "text/plain"); }, key);
  const auto ask = [&](const std::string& host) {
    const std::string url = "https://" + host + ":" + std::to_string(server.port());
    const auto client = make_http_client(url, std::nullopt, {HttpReach::anywhere, answers({{"127.0.0.1"}})}).value();
    const auto response = client->send(get(std::chrono::minutes(1)));
    return response ? response->body : response.error().message;
  };
  CHECK(ask("127.0.0.1") == "here");
  CHECK_THAT(ask("other.example"), Catch::EndsWith("no trusted TLS connection; check the host's certificate"));
}

TEST_CASE("addresses are told apart by where they lead") {
  struct Case {
    const char* address;
    AddressScope scope;
  };
  const auto c = GENERATE(values<Case>({
      {"8.8.8.8", AddressScope::internet},
      {"172.15.255.255", AddressScope::internet},
      {"172.32.0.1", AddressScope::internet},
      {"2606:4700::1111", AddressScope::internet},
      {"64:ff9b::808:808", AddressScope::internet},
      {"10.255.0.1", AddressScope::inside},
      {"172.16.0.1", AddressScope::inside},
      {"172.31.255.255", AddressScope::inside},
      {"192.168.1.1", AddressScope::inside},
      {"100.64.0.1", AddressScope::inside},
      {"fd12::1", AddressScope::inside},
      {"64:ff9b::a00:1", AddressScope::inside},
      {"::ffff:192.168.1.1", AddressScope::inside},
      {"0.0.0.0", AddressScope::special},
      {"127.0.0.1", AddressScope::special},
      {"127.255.255.254", AddressScope::special},
      {"169.254.169.254", AddressScope::special},
      {"fd00:ec2::254", AddressScope::special},
      {"192.0.0.192", AddressScope::special},
      {"224.0.0.1", AddressScope::special},
      {"255.255.255.255", AddressScope::special},
      {"::", AddressScope::special},
      {"::1", AddressScope::special},
      {"::127.0.0.1", AddressScope::special},
      {"::ffff:127.0.0.1", AddressScope::special},
      {"fe80::1", AddressScope::special},
      {"fec0::1", AddressScope::special},
      {"ff02::1", AddressScope::special},
      {"2002:7f00:1::", AddressScope::special},
      {"2001:0:7f00:1::", AddressScope::special},
      {"2001:db8::1", AddressScope::special},
      {"64:ff9b::7f00:1", AddressScope::special},
      {"64:ff9b:1::a00:1", AddressScope::special},
  }));
  INFO(c.address);
  CHECK(IpAddress::parse(c.address)->scope() == c.scope);
  CHECK(IpAddress::parse(IpAddress::parse(c.address)->str()) == IpAddress::parse(c.address));
}

TEST_CASE("what is no address is none") {
  for (const char* text : {"", "1.2.3", "0x7f.1", "127.1", "1.2.3.4.5", "::1%lo", "localhost", "1.2.3.256"}) {
    INFO(text);
    CHECK_FALSE(IpAddress::parse(text));
  }
}

}  // namespace towline
