#include "web/framing.h"

#include <catch2/catch.hpp>

#include "web/routes.h"

namespace towline::web {

TEST_CASE("the framing of a body is read from its headers, or they contradict themselves") {
  CHECK(read_framing({})->has_length == false);
  CHECK(read_framing({{"content-length", " 12 "}})->length == 12);
  CHECK(read_framing({{"Transfer-Encoding", "Chunked"}})->chunked);
  CHECK_FALSE(read_framing({{"Content-Length", "+2"}}));
  CHECK_FALSE(read_framing({{"Content-Length", ""}}));
  CHECK_FALSE(read_framing({{"Content-Length", "99999999999999999999"}}));
  CHECK_FALSE(read_framing({{"Content-Length", "2"}, {"Content-Length", "2"}}));
  CHECK_FALSE(read_framing({{"Content-Length", "2"}, {"Transfer-Encoding", "chunked"}}));
  CHECK_FALSE(read_framing({{"Transfer-Encoding", "identity"}}));
  CHECK_FALSE(read_framing({{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}));
}

TEST_CASE("a route is found by method and path") {
  const Match pull = find_route("GET", "/pulls/gitea/acme/infra/12");
  REQUIRE(pull.route != nullptr);
  CHECK(pull.route->page == Page::pull);
  CHECK(pull.segments == std::vector<std::string>{"gitea", "acme", "infra", "12"});
  CHECK(find_route("HEAD", "/").route->page == Page::home);
  CHECK(find_route("POST", "/hooks/forge/gitea").segments == std::vector<std::string>{"gitea"});
}

TEST_CASE("a path that is not exactly a route's is none") {
  for (const char* path : {"", "healthz", "/healthz/", "//healthz", "/Healthz", "/hooks/forge", "/hooks/forge/",
                           "/hooks/forge/a/b", "/pulls/a/b/c", "/pulls/a/b//1", "/*"}) {
    INFO(path);
    const Match match = find_route("GET", path);
    CHECK(match.route == nullptr);
    CHECK(match.allowed == "");
  }
}

TEST_CASE("a path that exists for another method tells which") {
  CHECK(find_route("GET", "/hooks/forge/gitea").route == nullptr);
  CHECK(find_route("GET", "/hooks/forge/gitea").allowed == "POST");
  CHECK(find_route("POST", "/metrics").allowed == "GET");
}

}  // namespace towline::web
