#include "web/request_reader.h"

#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

namespace towline::web {

namespace {

using State = RequestReader::State;

const std::string kGet = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

RequestLimits small() {
  RequestLimits limits;
  limits.head_bytes = 200;
  limits.header_count = 5;
  limits.body_bytes = 100;
  return limits;
}

/// The status that these bytes are refused with; 0 when they are a whole request.
int status_of(const std::string& bytes, std::size_t piece = std::string::npos) {
  RequestReader reader(small());
  for (std::size_t at = 0; at < bytes.size(); at += std::min(piece, bytes.size())) {
    reader.take(std::string_view(bytes).substr(at, piece));
    if (reader.state() == State::head_read) reader.accept_body();
  }
  if (reader.state() == State::refused) return reader.refusal().status;
  REQUIRE(reader.state() == State::complete);
  return 0;
}

std::string sentence_of(const std::string& bytes) {
  RequestReader reader(small());
  if (reader.take(bytes) == State::head_read) reader.accept_body();
  return reader.state() == State::refused ? reader.refusal().body : "";
}

std::string with_header(const std::string& line) { return "GET / HTTP/1.1\r\nHost: x\r\n" + line + "\r\n\r\n"; }

std::string chunked(const std::string& chunks) {
  return "POST /hooks HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks;
}

}  // namespace

TEST_CASE("a request is read, however it arrives") {
  const std::string bytes =
      "POST /hooks/forge/gitea%2Dx?a=b HTTP/1.1\r\nHost: x\r\nX-Event: \t push \t\r\nContent-Length: 2\r\n\r\n{}";
  for (const std::size_t piece : {bytes.size(), std::size_t{1}, std::size_t{7}}) {
    RequestReader reader(small());
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      if (reader.take(std::string_view(bytes).substr(at, piece)) == State::head_read) reader.accept_body();
    }
    REQUIRE(reader.state() == State::complete);
    CHECK(reader.request().method == "POST");
    CHECK(reader.request().path == "/hooks/forge/gitea-x");
    CHECK(reader.request().body == "{}");
    CHECK(reader.request().headers == HttpHeaders{{"Host", "x"}, {"X-Event", "push"}, {"Content-Length", "2"}});
    CHECK(reader.request().keep_alive);
  }
}

TEST_CASE("requests sent ahead are read one after the other, each with the whole limit") {
  RequestReader reader(small());
  std::string many;
  for (int count = 0; count < 20; ++count) many += kGet;
  REQUIRE(reader.take(many) == State::head_read);
  for (int count = 0; count < 20; ++count) {
    REQUIRE(reader.state() == State::head_read);
    REQUIRE(reader.accept_body() == State::complete);
    CHECK(reader.request().path == "/healthz");
    reader.next();
  }
  CHECK(reader.idle());
}

TEST_CASE("what two readers might understand differently is answered 400") {
  const std::vector<std::string> cases = {
      with_header("X-Event : push"),
      with_header("X-Event\t: push"),
      with_header(" X-Event: push"),
      with_header("X-Event: push\r\n folded"),
      with_header("X-Event: push\r\n\tfolded"),
      with_header("X-Event"),
      with_header(": push"),
      with_header("X Event: push"),
      with_header("X-Ev\xc3\xa9nt: push"),
      with_header("X-Event: a\rb"),
      with_header("X-Event: a\nX-Other: b"),
      with_header(std::string("X-Event: a\0b", 12)),
      with_header("X-Event: a\x01z"),
      with_header("X-Event: a\x7fz"),
      with_header("Host: y"),
      with_header("Content-Length: 0\r\nContent-Length: 0"),
      with_header("Content-Length: 0, 0"),
      with_header("Content-Length: +0"),
      with_header("Content-Length: 0\r\nTransfer-Encoding: chunked"),
      with_header("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
      with_header("Transfer-Encoding: gzip, chunked"),
      with_header("Transfer-Encoding: identity"),
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "GET / HTTP/1.1\nHost: x\n\n",
      "GET / HTTP/1.1\r\nHost: x\n\r\n",
      "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET /  HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET /\tx HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET healthz HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET * HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET /%0 HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET /#x HTTP/1.1\r\nHost: x\r\n\r\n",
      "G(T / HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET /\r\nHost: x\r\n\r\n",
      "GET / http/1.1\r\nHost: x\r\n\r\n",
      "GET / HTTP/1.10\r\nHost: x\r\n\r\n",
      "\r\n\r\n" + kGet,
      "\n" + kGet,
  };
  for (const std::string& bytes : cases) {
    INFO(bytes);
    const int expected = bytes.find("HTTP/1.10") != std::string::npos ? 505 : 400;
    CHECK(status_of(bytes) == expected);
    CHECK(status_of(bytes, 1) == expected);
  }
}

TEST_CASE("the answer says what is wrong, and repeats nothing of it") {
  CHECK(sentence_of(with_header("X-Event : hush")) == "{\"error\":\"a header is not NAME: VALUE\"}\n");
  CHECK(sentence_of(with_header("X-Event: a\r\n hush")) == "{\"error\":\"a header is folded over several lines\"}\n");
  CHECK(sentence_of(with_header("Host: hush")) == "{\"error\":\"there must be exactly one Host header\"}\n");
}

TEST_CASE("what is unusual and clear is taken") {
  for (const std::string& bytes : std::vector<std::string>{
           "\r\n" + kGet,
           with_header("X-Event:push"),
           with_header("X-Event:"),
           with_header("X-Event: caf\xc3\xa9\tau lait"),
           with_header("X!#$%&'*+-.^_`|~: x"),
           "GET http://bot.example.com/healthz HTTP/1.1\r\nHost: x\r\n\r\n",
           "GET http://bot.example.com HTTP/1.1\r\nHost: x\r\n\r\n",
           "GET / HTTP/1.0\r\n\r\n",
           chunked("2;name=\"value\"\r\n{}\r\n0\r\nX-Trailer: x\r\n\r\n"),
           chunked("0002\r\n{}\r\n00\r\n\r\n"),
       }) {
    INFO(bytes);
    CHECK(status_of(bytes) == 0);
    CHECK(status_of(bytes, 1) == 0);
  }
}

TEST_CASE("a client says whether it keeps the connection") {
  const auto keeps = [](const std::string& bytes) {
    RequestReader reader(small());
    REQUIRE(reader.take(bytes) == State::head_read);
    return reader.request().keep_alive;
  };
  CHECK(keeps(kGet));
  CHECK_FALSE(keeps(with_header("Connection: Close")));
  CHECK_FALSE(keeps(with_header("Connection: keep-alive, close")));
  CHECK_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
}

TEST_CASE("the head is bounded in bytes and headers, and the path in length") {
  CHECK(status_of(with_header("X: " + std::string(160, 'x'))) == 0);
  CHECK(status_of(with_header("X: " + std::string(170, 'x'))) == 431);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(1'000, 'x')) == 431);
  CHECK(status_of(std::string(1'000, 'G')) == 414);
  CHECK(status_of(with_header("A: 1\r\nB: 2\r\nC: 3\r\nD: 4")) == 0);
  CHECK(status_of(with_header("A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5")) == 431);
}

TEST_CASE("each bound is kept to the byte") {
  const std::string before = "GET / HTTP/1.1\r\nHost: x\r\nX: ";
  const std::size_t room = small().head_bytes - before.size() - 4;
  CHECK(status_of(before + std::string(room, 'x') + "\r\n\r\n") == 0);
  CHECK(status_of(before + std::string(room + 1, 'x') + "\r\n\r\n") == 431);

  CHECK(status_of(std::string(16, 'M') + " / HTTP/1.1\r\nHost: x\r\n\r\n") == 0);
  CHECK(status_of(std::string(17, 'M') + " / HTTP/1.1\r\nHost: x\r\n\r\n") == 400);

  CHECK(status_of(chunked("1;" + std::string(252, 'x') + "\r\nx\r\n0\r\n\r\n")) == 0);
  CHECK(status_of(chunked("1;" + std::string(253, 'x') + "\r\nx\r\n0\r\n\r\n")) == 400);
  CHECK(status_of(chunked("0\r\nX: " + std::string(1'019, 'x') + "\r\n\r\n")) == 0);
  CHECK(status_of(chunked("0\r\nX: " + std::string(1'020, 'x') + "\r\n\r\n")) == 400);

  RequestLimits usual;
  for (const auto& [size, status] : {std::pair(8u << 10, 0), std::pair((8u << 10) + 1, 414)}) {
    RequestReader reader(usual);
    reader.take("GET /" + std::string(size - 1, 'x') + " HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK((reader.state() == State::refused ? reader.refusal().status : 0) == status);
  }
}

TEST_CASE("chunks are bounded in data, and in what is sent beside it") {
  CHECK(status_of(chunked("64\r\n" + std::string(100, 'x') + "\r\n0\r\n\r\n")) == 0);
  CHECK(status_of(chunked("65\r\n" + std::string(101, 'x') + "\r\n0\r\n\r\n")) == 413);
  CHECK(status_of(chunked("32\r\n" + std::string(50, 'x') + "\r\n33\r\n")) == 413);
  CHECK(status_of(chunked("ffffffffffffffff\r\n")) == 413);
  CHECK(status_of(chunked("10000000000000000\r\n")) == 400);
  CHECK(status_of(chunked("-1\r\n")) == 400);
  CHECK(status_of(chunked("0x2\r\n{}\r\n")) == 400);
  CHECK(status_of(chunked("\r\n")) == 400);
  CHECK(status_of(chunked("2\n{}\n0\n\n")) == 400);
  CHECK(status_of(chunked("2\r\n{}x\r\n")) == 400);
  CHECK(status_of(chunked("2;" + std::string(300, 'x') + "\r\n")) == 400);
  CHECK(status_of(chunked(std::string(1'000, '0'))) == 400);
  CHECK(status_of(chunked("0\r\nX: " + std::string(2'000, 'x') + "\r\n\r\n")) == 400);
  CHECK(status_of(chunked("0\r\nX : x\r\n\r\n")) == 400);
  std::string trailers = "0\r\n";
  for (int count = 0; count < 100; ++count) trailers += "X: " + std::string(500, 'x') + "\r\n";
  CHECK(status_of(chunked(trailers)) == 400);
}

TEST_CASE("a large chunked body costs no more memory than its limit") {
  RequestReader reader(small());
  REQUIRE(reader.take(chunked("")) == State::head_read);
  reader.accept_body();
  for (int count = 0; count < 50; ++count) {
    reader.take("2\r\n{}\r\n");
    CHECK(reader.held_bytes() <= 100);
  }
}

TEST_CASE("only 100-continue may be expected") {
  CHECK(status_of(with_header("Expect: 200-ok")) == 417);
  RequestReader reader(small());
  REQUIRE(reader.take(with_header("Expect: 100-Continue")) == State::head_read);
  CHECK(reader.request().expects_continue);
}

TEST_CASE("whatever bytes come, they are read alike in whichever pieces") {
  const bool held = rc::check([] {
    const auto piece = rc::gen::element<std::string>("GET ", "POST ", "/", "%2f", " HTTP/1.1", "\r\n", "\r\n\r\n", "\n",
                                                     "\r", " ", "\t", ":", "Host: x\r\n", "Content-Length: 3\r\n",
                                                     "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n", "0\r\n", "abc",
                                                     ";", "GET / HTTP/1.1\r\nHost: x\r\n", std::string(1, '\0'));
    std::string bytes;
    for (const std::string& part : *rc::gen::container<std::vector<std::string>>(piece)) bytes += part;
    const auto read = [&](std::size_t size) {
      RequestReader reader(small());
      std::string seen;
      for (std::size_t at = 0; at < bytes.size(); at += size) {
        auto state = reader.take(std::string_view(bytes).substr(at, size));
        while (state == State::head_read || state == State::complete) {
          if (state == State::complete) seen += reader.request().path + " " + reader.request().body + "\n";
          state = state == State::complete ? reader.next() : reader.accept_body();
        }
      }
      return seen + (reader.state() == State::refused ? std::to_string(reader.refusal().status) : "");
    };
    RC_ASSERT(read(1) == read(3));
    RC_ASSERT(read(1) == read(std::max<std::size_t>(bytes.size(), 1)));
  });
  CHECK(held);
}

}  // namespace towline::web
