#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "report/pages/pages.h"
#include "report/report.h"
#include "report/snapshots.h"
#include "support/golden.h"

namespace towline::report::test {
namespace {

struct Golden {
  const char* name;
  Case (*make)();
};

const Golden kGolden[] = {
    {"waiting", waiting},
    {"ready", ready},
    {"blocked", blocked},
    {"unaffected", unaffected},
    {"nothing_changes", nothing_changes},
    {"merged", merged},
    {"closed", closed},
    {"not_evaluated", not_evaluated},
    {"dangers", dangers},
    {"hidden", hidden},
    {"only_hidden", only_hidden},
    {"renamed", renamed},
    {"replaced", replaced},
    {"generated", generated},
    {"fork", fork},
    {"ok_to_test", ok_to_test},
    {"rendering", rendering},
};

constexpr std::size_t kUsualLimit = 65'536;

std::string only_comment(const Case& given) {
  const auto bodies = comments(Templates::load().value(), given.snapshot, given.decision, "abc123", kUsualLimit);
  return bodies.size() == 1 ? bodies.front() : "there are " + std::to_string(bodies.size()) + " parts";
}

TEST_CASE("the comment reads as it should") {
  for (const Golden& golden : kGolden) {
    DYNAMIC_SECTION(golden.name) {
      CHECK(towline::test::golden_difference(std::string("report/") + golden.name + ".md",
                                             only_comment(golden.make())) == "");
    }
  }
}

TEST_CASE("the parts of a long report read as they should") {
  const Case given = in_parts();
  const auto bodies = comments(Templates::load().value(), given.snapshot, given.decision, "abc123", 4'000);
  REQUIRE(bodies.size() == 4);
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    const std::string name = "report/part" + std::to_string(i + 1) + ".md";
    CHECK(towline::test::golden_difference(name, bodies[i]) == "");
  }
}

TEST_CASE("the page reads as it should") {
  const Templates templates = Templates::load().value();
  const std::vector<std::string> shown = {"ready",  "blocked", "unaffected", "dangers",
                                          "hidden", "fork",    "replaced",   "generated"};
  for (const Golden& golden : kGolden) {
    if (std::find(shown.begin(), shown.end(), golden.name) == shown.end()) continue;
    DYNAMIC_SECTION(golden.name) {
      const Case given = golden.make();
      CHECK(towline::test::golden_difference(std::string("report/") + golden.name + ".html",
                                             page(templates, given.snapshot, given.decision)) == "");
    }
  }
}

}  // namespace
}  // namespace towline::report::test
