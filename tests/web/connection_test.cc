// What the server takes from a socket: bounds, framing, keep-alive and stopping.
#include <catch2/catch.hpp>
#include <chrono>
#include <future>
#include <vector>

#include "served.h"

namespace towline::web {

namespace {

const std::string kGet = "GET /healthz HTTP/1.1\r\nHost: x\r\n";
const std::string kPost = "POST /hooks/forge/gitea HTTP/1.1\r\nHost: x\r\n";

/// The status line of the answer to these bytes.
std::string answer_to(Served& served, const std::string& bytes) {
  Raw raw(served.port());
  raw.send(bytes);
  return status_line(raw.read_all());
}

}  // namespace

TEST_CASE("several requests are answered on one connection") {
  Served served;
  Raw raw(served.port());
  raw.send(kGet + "\r\n");
  CHECK(status_line(raw.read_until("ok\"}\n")) == "HTTP/1.1 200 OK");
  raw.send(kGet + "\r\n");
  CHECK(status_line(raw.read_until("ok\"}\n")) == "HTTP/1.1 200 OK");
}

TEST_CASE("requests sent ahead are answered in order") {
  Served served;
  Raw raw(served.port());
  raw.send(kGet + "\r\n" + "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string answers = raw.read_all();
  CHECK(answers.find("\"ok\"") < answers.find("\"not ready yet\""));
  CHECK(answers.find("\"not ready yet\"") != std::string::npos);
}

TEST_CASE("after a refusal the rest of what was sent is not taken for a request") {
  Served served;
  Raw raw(served.port());
  const std::string smuggled = kGet + "\r\n";
  raw.send("POST /hooks/forge/none HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(smuggled.size()) +
           "\r\n\r\n" + smuggled);
  const std::string answer = raw.read_all();
  CHECK(status_line(answer) == "HTTP/1.1 404 Not Found");
  CHECK(answer.find("\r\nConnection: close\r\n") != std::string::npos);
  CHECK(answer.find("200 OK") == std::string::npos);
}

TEST_CASE("a request whose end is not clear is refused") {
  Served served;
  const std::string bad = "HTTP/1.1 400 Bad Request";
  CHECK(answer_to(served, kPost + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}") == bad);
  CHECK(answer_to(served, kPost + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}") == bad);
  CHECK(answer_to(served, kPost + "Content-Length: -2\r\n\r\n{}") == bad);
  CHECK(answer_to(served, kPost + "Content-Length: 2x\r\n\r\n{}") == bad);
  CHECK(answer_to(served, kPost + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n") == bad);
  CHECK(answer_to(served, kPost + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n") == bad);
  CHECK(answer_to(served, kGet + "Content-Length: 2\r\n\r\n{}") == bad);
  CHECK(answer_to(served, kPost + "\r\n") == "HTTP/1.1 411 Length Required");
}

TEST_CASE("bytes that are no HTTP are refused") {
  Served served;
  CHECK(answer_to(served, "hello\r\n\r\n") == "HTTP/1.1 400 Bad Request");
  CHECK(answer_to(served, "GET /healthz HTTP/2.0\r\n\r\n") == "HTTP/1.1 505 HTTP Version Not Supported");
  CHECK(answer_to(served, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n") == "HTTP/1.1 400 Bad Request");
}

TEST_CASE("headers are bounded in length and number, and a line without end too") {
  Served served;
  std::string many = kGet;
  for (int number = 0; number < 4000; ++number) many += "X-" + std::to_string(number) + ": 0123456789\r\n";
  const std::string too_large = "HTTP/1.1 431 Request Header Fields Too Large";
  CHECK(answer_to(served, many + "\r\n") == too_large);
  CHECK(answer_to(served, kGet + "X-Long: " + std::string(33'000, 'x') + "\r\n\r\n") == too_large);
  CHECK(answer_to(served, kGet + "X-Long: " + std::string(1 << 20, 'x')) == too_large);
  CHECK(answer_to(served, "GET /" + std::string(9'000, 'x') + " HTTP/1.1\r\nHost: x\r\n\r\n") ==
        "HTTP/1.1 414 URI Too Long");
  CHECK(answer_to(served, std::string(1 << 20, 'G')) == "HTTP/1.1 414 URI Too Long");
}

TEST_CASE("a chunk's length without end is bounded") {
  Served served;
  CHECK(answer_to(served, kPost + "Transfer-Encoding: chunked\r\n\r\n" + std::string(1 << 20, '0')) ==
        "HTTP/1.1 400 Bad Request");
}

TEST_CASE("a large range header does no harm") {
  Served served;
  std::string ranges = "bytes=0-1";
  while (ranges.size() < 8000) ranges += ",0-1";
  const std::string answer = answer_to(served, kGet + "Range: " + ranges + "\r\nConnection: close\r\n\r\n");
  CHECK(answer == "HTTP/1.1 200 OK");
}

TEST_CASE("who asks before sending a body hears the refusal instead") {
  Served served;
  CHECK(answer_to(served, kPost + "Content-Length: 65537\r\nExpect: 100-continue\r\n\r\n") ==
        "HTTP/1.1 413 Payload Too Large");
  Raw raw(served.port());
  raw.send(kPost + "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  CHECK(status_line(raw.read_until("\r\n\r\n")) == "HTTP/1.1 100 Continue");
  raw.send("{}");
  CHECK(status_line(raw.read_all()) == "HTTP/1.1 401 Unauthorized");
}

TEST_CASE("a body that ends early leaves nothing") {
  Served served;
  { Raw(served.port()).send(kPost + "Content-Length: 10\r\n\r\n{}"); }
  CHECK(served.get("/healthz").status == 200);
  CHECK(served.store->queue_length() == 0);
}

TEST_CASE("fifty senders that keep their connections are served at once") {
  Served served;
  std::vector<std::unique_ptr<Raw>> senders;
  for (int number = 0; number < 50; ++number) senders.push_back(std::make_unique<Raw>(served.port()));
  for (const auto& sender : senders) sender->send(kGet + "\r\n");
  for (const auto& sender : senders) {
    REQUIRE(status_line(sender->read_until("ok\"}\n")) == "HTTP/1.1 200 OK");
  }
  CHECK(served.get("/healthz").status == 200);
}

TEST_CASE("a port that is in use is refused with a sentence, also between two servers of ours") {
  Served served;
  config::ServerConfig config = served.config;
  config.listen_port = served.port();
  const auto second = Server::start(*served.engine, config);
  REQUIRE(!second);
  CHECK(second.error().kind == ErrorKind::conflict);
  CHECK(second.error().message == "cannot listen on 127.0.0.1:" + std::to_string(served.port()) +
                                      ": another program does already; stop it, or change 'listen'");
}

TEST_CASE("an address that is not this machine's is refused with a sentence") {
  Served served;
  config::ServerConfig config = served.config;
  config.listen_host = "192.0.2.1";
  config.listen_port = 8080;
  const auto second = Server::start(*served.engine, config);
  REQUIRE(!second);
  CHECK(second.error().kind == ErrorKind::invalid);
  CHECK(second.error().message == "cannot listen on 192.0.2.1:8080: this machine has no such address; change 'listen'");
}

TEST_CASE("a stopped server's port is free again at once") {
  Served served;
  CHECK(served.get("/healthz").status == 200);
  config::ServerConfig config = served.config;
  config.listen_port = served.port();
  served.server->stop();
  CHECK(Server::start(*served.engine, config));
}

TEST_CASE("stopping closes idle connections and finishes the request under way") {
  Served served;
  Raw idle(served.port());
  idle.send(kGet + "\r\n");
  idle.read_until("ok\"}\n");
  Raw busy(served.port());
  busy.send(kPost + "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  busy.read_until("\r\n\r\n");

  auto stopped = std::async(std::launch::async, [&] { served.server->stop(); });
  CHECK(idle.read_all() == "");
  busy.send("{}");
  CHECK(status_line(busy.read_all()) == "HTTP/1.1 401 Unauthorized");
  CHECK(stopped.wait_for(std::chrono::seconds(4)) == std::future_status::ready);
}

}  // namespace towline::web
