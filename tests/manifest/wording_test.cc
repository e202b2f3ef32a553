#include "manifest/wording.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "discovery/discovery.h"
#include "manifest/documents.h"
#include "sites/candidates.h"

using namespace towline::manifest;

TEST_CASE("a word that is written with escapes counts as written") {
  const std::vector<std::string> texts = {
      "a: argoproj.io",
      R"(a: "\u0061rgoproj.io")",
      R"(a: "argo\x70roj\U0000002eio")",
      "a: \"argo\\\n    proj.io\"",
      "a: \"argo\\\r\n\tproj.io\"",
      "a: \"argo\\\xE2\x80\xA8proj.io\"",
      R"(a: "\\" # \u0061rgoproj.io)",
      "a: !!binary YXJnb3Byb2ouaW8=",
      "a: !!bin%61ry YXJnb3Byb2ouaW8=",
      "a: !<tag:yaml.org,2002:binary> YXJnb3Byb2ouaW8=",
      std::string("\xFF\xFE"
                  "a\0",
                  4),
  };
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK(Wording(text).may_say("argoproj.io"));
  }
}

TEST_CASE("a word that is not there is not") {
  const std::vector<std::string> texts = {
      "a: argo proj.io",
      R"(a: "\\u0061rgoproj.io")",
      "a: \"\\u003cargo\\u003eproj.io\"",
      "a: |\n  if true; \\\n  then",
      "a: !!str argo",
      "",
  };
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK_FALSE(Wording(text).may_say("argoproj.io"));
  }
}

TEST_CASE("the screens see through escapes") {
  CHECK(towline::discovery::declares_applications(
      "apiVersion: \"\\u0061rgoproj.io/v1alpha1\"\nkind: \"\\x41pplication\"\n"));
  CHECK(towline::discovery::hints_of("\"repo\\u0055RL\": x").repository);
  CHECK(towline::sites::may_have_sites("\"im\\u0061ge\": acme/pay:1.0\n"));
  CHECK(towline::sites::may_have_sites("image: \"acme\\u002fpay\\u003a1.0\"\n"));
}

TEST_CASE("a file named as JSON must be JSON") {
  CHECK(parse_documents("a.json", "{\"a\": 1}\n").problems.empty());
  REQUIRE(parse_documents("a.json", "a: 1\n").problems.size() == 1);
  CHECK(parse_documents("a.yaml", "a: 1\n").problems.empty());
}

TEST_CASE("a Git LFS pointer is a problem") {
  const auto parsed = parse_documents("a.yaml", "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n");
  REQUIRE(parsed.problems.size() == 1);
  CHECK(parsed.problems[0].message == "this is a Git LFS pointer, and the file that it stands for is not read");
  CHECK(
      towline::discovery::declares_applications("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n"));
}
