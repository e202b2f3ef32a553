#include <catch2/catch.hpp>

#include "cli/program.h"
#include "support/golden.h"

namespace towline::cli {

namespace {

Ran select(const std::string& policy, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"images", "select", "--policy", policy});
  return towline(arguments);
}

}  // namespace

TEST_CASE("images select tells of each tag whether it is accepted or why not, and the winner") {
  const std::vector<std::string> tags = {"--current",    "1.25-alpine",      "1.25-alpine", "1.26",   "1.27.1-alpine",
                                         "v1.27-alpine", "1.28-rc.1-alpine", "2.0-alpine",  "latest", "1.26.9-alpine"};
  const std::string policy = "semver: {range: '>=1.2 <2', ignore: [1.26.9-alpine]}";
  const Ran text = select(policy, tags);
  CHECK(text.exit_code == kDone);
  CHECK(text.err.empty());
  CHECK(test::golden_difference("cli/images-select.txt", text.out) == "");

  std::vector<std::string> as_json = tags;
  as_json.insert(as_json.end(), {"--format", "json"});
  const Ran json = select(policy, as_json);
  CHECK(json.exit_code == kDone);
  CHECK(test::golden_difference("cli/images-select.json", json.out) == "");
}

TEST_CASE("images select takes build times with the tags") {
  const Ran ran = select("newest: '^main-'", {"main-b=2026-11-23T10:00:00Z", "main-a=2026-11-24", "main-20261122",
                                              "dev-9", "main-x", "main-y=1970-01-01"});
  CHECK(ran.exit_code == kDone);
  CHECK(test::golden_difference("cli/images-select-newest.txt", ran.out) == "");
}

TEST_CASE("images select says what becomes of the present tag") {
  struct Case {
    std::string policy;
    std::vector<std::string> arguments;
    std::string last_line;
  };
  const std::vector<Case> cases = {
      {"semver: '*'", {"1.2.0"}, "picked 1.2.0\n"},
      {"semver: '*'", {"--current", "1.1.0", "1.2.0"}, "picked 1.2.0; it is bumped from 1.1.0\n"},
      {"semver: '*'", {"--current", "1.3.0", "1.2.0"}, "picked 1.2.0; it is not newer than 1.3.0, which stays\n"},
      {"semver: <2",
       {"--current", "2.0.0", "1.2.0"},
       "picked 1.2.0; 2.0.0 is newer, and nothing is bumped backwards\n"},
      {"digest: latest", {"--current", "latest", "latest"}, "picked latest; its digest is followed\n"},
  };
  for (const Case& one : cases) {
    const Ran ran = select(one.policy, one.arguments);
    CHECK(ran.exit_code == kDone);
    CHECK_THAT(ran.out, Catch::EndsWith("\n" + one.last_line));
  }
}

TEST_CASE("no winner is the answer no") {
  const Ran ran = select("semver: '>=2'", {"1.2.0"});
  CHECK(ran.exit_code == kAnswerIsNo);
  CHECK(ran.out == "1.2.0  refused: '1.2.0' is not in the range '>=2'\nnone is picked\n");
  CHECK(select("semver: '>=2'", {"1.2.0", "--format", "json"}).exit_code == kAnswerIsNo);
}

TEST_CASE("what is no tag is refused with the character and the rule, and cannot write to the terminal") {
  const Ran ran = select("semver: '*'", {"1.2.0", "a b", "x\x1b[31m"});
  CHECK(ran.exit_code == kDone);
  CHECK_THAT(ran.out,
             Catch::Contains("\na b    refused: 'a b' is not a tag: a space at character 2; a tag takes letters, "
                             "digits, '_', '.' and '-', and begins with neither '.' nor '-'\n"));
  CHECK_THAT(ran.out, Catch::Contains("byte 0x1b at character 2") && !Catch::Contains("\x1b"));
}

TEST_CASE("tags are read from standard input, too") {
  const Ran ran =
      shell(R"(printf '1.2.0\r\n\n 1.10.0 \n1.2.0\n' | "$TOWLINE" images select --policy 'semver: "*"' 1.3.0 -)");
  CHECK(ran.exit_code == kDone);
  CHECK(ran.out ==
        "1.10.0  accepted: 1.10.0, picked\n1.3.0   accepted: 1.3.0\n1.2.0   accepted: 1.2.0\npicked 1.10.0\n");
}

TEST_CASE("a wrong policy, tag or time is wrong use") {
  struct Case {
    std::string policy;
    std::vector<std::string> arguments;
    std::string error;
  };
  const std::vector<Case> cases = {
      {"semvr: '*'", {"1.0"}, "towline: --policy:1:1: unknown key 'semvr', did you mean 'semver'?\n"},
      {"semver: '>=one'",
       {"1.0"},
       "towline: --policy:1:9: the semver constraint '>=one' is wrong at character 3: 'one' is not a version such as "
       "1.2.3, 1.2 or 1.x\n"},
      {"semver: '*'",
       {"--current", "a b", "1.0"},
       "towline: --current: 'a b' is not a tag: a space at character 2; a tag takes letters, digits, '_', '.' and '-', "
       "and begins with neither '.' nor '-'\n"},
      {"semver: '*'", {}, "towline: TAG is required\nSee `towline images select --help`.\n"},
  };
  for (const Case& one : cases) {
    const Ran ran = select(one.policy, one.arguments);
    CHECK(ran.exit_code == kWrongUse);
    CHECK(ran.out.empty());
    CHECK(ran.err == one.error);
  }
  CHECK_THAT(select("newest: {}", {"a=soon"}).err, Catch::StartsWith("towline: the build time of 'a': "));
}

TEST_CASE("the help of images select has examples, and they do what they say") {
  CHECK(test::golden_difference("cli/images-select-help.txt", towline({"images", "select", "--help"}).out) == "");

  CHECK_THAT(select("semver: \">=1.2 <2\"", {"1.2.3", "v1.10.0", "2.0.0-rc.1", "latest"}).out,
             Catch::EndsWith("\npicked v1.10.0\n"));
  CHECK_THAT(select("semver: \"*\"", {"--current", "1.25-alpine", "1.26", "1.26-alpine"}).out,
             Catch::EndsWith("\npicked 1.26-alpine; it is bumped from 1.25-alpine\n"));
  CHECK_THAT(
      select("newest: {pattern: \"^main-\"}", {"main-a1b2c3=2026-11-23T10:00:00Z", "main-d4e5f6=2026-11-24"}).out,
      Catch::EndsWith("\npicked main-d4e5f6\n"));
  CHECK_THAT(shell(R"(printf 'build-9\nbuild-10\n' |
    "$TOWLINE" images select --policy 'numeric: "^build-(?P<version>[0-9]+)$"' -)")
                 .out,
             Catch::EndsWith("\npicked build-10\n"));
}

TEST_CASE("images with a path works beside images select") {
  CHECK(towline({"images", "."}, sample()).exit_code == kDone);
  CHECK(towline({"images", "config", "--fromat", "csv"}).err ==
        "towline: there is no option '--fromat'; did you mean '--format'?\nSee `towline images --help`.\n");
}

}  // namespace towline::cli
