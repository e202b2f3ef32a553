#include "registry/address.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace towline::registry {

TEST_CASE("addresses are taken apart, and what is none is refused") {
  const auto address = parse_address("https://Registry.Example.com:5000/v2/a?n=1#x");
  REQUIRE(address);
  CHECK(address->origin() == "https://registry.example.com:5000");
  CHECK(address->path == "/v2/a?n=1");
  CHECK(parse_address("http://h?n=1")->path == "/?n=1");
  for (const char* wrong :
       {"", "registry.example.com", "ftp://h/", "https://", "https:///x", "https://user@h/", "https://h/a b",
        "https://h/\x01", "https://h/\xc3\xa9", "https://h\\@evil/", "javascript:x"}) {
    INFO(wrong);
    CHECK_FALSE(parse_address(wrong));
  }
  CHECK_FALSE(parse_address("https://h/" + std::string(9'000, 'a')));
}

TEST_CASE("a target is a path of the same host or an address of its own") {
  const Address base = *parse_address("https://r.example/v2/");
  CHECK(resolve_address(base, "/v2/x")->origin() == "https://r.example");
  CHECK(resolve_address(base, "http://other.example/x")->origin() == "http://other.example");
  CHECK_FALSE(resolve_address(base, "//other.example/x"));
  CHECK_FALSE(resolve_address(base, "x"));
}

TEST_CASE("only names of the public internet count as public") {
  for (const char* name : {"cdn.example.com", "production.cloudflare.docker.com:443"}) CHECK(is_public_name(name));
  for (const char* name : {"localhost", "vault", "127.0.0.1", "169.254.169.254", "10.1", "[::1]", "[::1.x]",
                           "a.localhost", "printer.local", "metadata.google.internal", "0x7f.1", "h."}) {
    INFO(name);
    CHECK_FALSE(is_public_name(name));
  }
}

TEST_CASE("challenges are read with their parameters") {
  const auto challenge = parse_challenge(
      R"(Bearer realm="https://auth.example/token?a=\"b\"", service=registry.example , scope="repository:a:pull,push")");
  REQUIRE(challenge);
  CHECK(challenge->scheme == "bearer");
  CHECK(challenge->parameter("realm") == R"(https://auth.example/token?a="b")");
  CHECK(challenge->parameter("service") == "registry.example");
  CHECK(challenge->parameter("scope") == "repository:a:pull,push");
  CHECK(challenge->parameter("other").empty());
  CHECK(parse_challenge("Basic realm=x, Bearer realm=y")->scheme == "basic");
  CHECK_FALSE(parse_challenge(""));
  CHECK_FALSE(parse_challenge(R"(Bearer realm="endless)"));
  CHECK_FALSE(parse_challenge("Bearer realm=" + std::string(5'000, 'a')));
}

TEST_CASE("the next page is the link that says so") {
  CHECK(next_link(R"(</v2/a/tags/list?last=b&n=2>; rel="next")") == "/v2/a/tags/list?last=b&n=2");
  CHECK(next_link(R"(</x>; rel="prev", </y>; rel="next")") == "/y");
  CHECK_FALSE(next_link(R"(</x>; rel="prev")"));
  CHECK_FALSE(next_link("</x"));
  CHECK_FALSE(next_link(""));
}

TEST_CASE("how long to wait is told in seconds or as a date, within bounds") {
  const TimePoint now = parse_time("1994-11-06T08:49:00Z").value();
  using std::chrono::seconds;
  CHECK(retry_after("120", now) == seconds(120));
  CHECK(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now) == seconds(37));
  CHECK(retry_after("Sun, 06 Nov 1993 08:49:37 GMT", now) == seconds(1));
  CHECK(retry_after("0", now) == seconds(1));
  CHECK(retry_after("-5", now) == seconds(1));
  CHECK(retry_after("999999999999", now) == seconds(3600));
  CHECK(retry_after("99999999999999999999999", now) == seconds(60));
  CHECK(retry_after("soon", now) == seconds(60));
  CHECK(retry_after("", now) == seconds(60));
}

TEST_CASE("no header makes a reader fail") {
  const bool holds = rc::check("any bytes are read or refused", [](const std::string& bytes) {
    const auto address = parse_address(bytes);
    if (address) RC_ASSERT(parse_address(address->origin() + address->path) == address);
    parse_challenge(bytes);
    parse_challenge("Bearer " + bytes);
    next_link(bytes);
    RC_ASSERT(retry_after(bytes, TimePoint{}).count() >= 1);
  });
  CHECK(holds);
}

}  // namespace towline::registry
