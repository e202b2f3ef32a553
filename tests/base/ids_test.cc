#include "base/ids.h"

#include <catch2/catch.hpp>

namespace towline {
namespace {

TEST_CASE("a repository's name is its owner and its name") {
  const auto name = RepoName::parse("acme/infra.repo_1-x");
  REQUIRE(name);
  CHECK(name->owner == "acme");
  CHECK(name->name == "infra.repo_1-x");
  CHECK(name->str() == "acme/infra.repo_1-x");
}

TEST_CASE("what could leave a path or a URL is no repository name") {
  const auto* const text = GENERATE("", "acme", "acme/", "/infra", "a/b/c", "../infra", "acme/..", "./x", "a b/c",
                                    "a/b?c", "a/%2e", "acme/in\nfra");
  CAPTURE(text);
  const auto name = RepoName::parse(text);
  REQUIRE_FALSE(name);
  CHECK(name.error().kind == ErrorKind::invalid);
}

TEST_CASE("the error for a repository name says what to write") {
  CHECK(RepoName::parse("acme").error().message ==
        "'acme' is not a repository; write owner/name with letters, digits, '.', '_' and '-'");
}

TEST_CASE("a commit is shown by its first digits") {
  CHECK(short_id(CommitId("0123456789abcdef0123456789abcdef01234567")) == "01234567");
}

}  // namespace
}  // namespace towline
