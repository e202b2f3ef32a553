#include <catch2/catch.hpp>

#include <string>

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
};

TEST_CASE("the comment reads as it should") {
  const Templates templates = Templates::load().value();
  for (const Golden& golden : kGolden) {
    DYNAMIC_SECTION(golden.name) {
      const Case given = golden.make();
      const std::string text = comment(templates, given.snapshot, given.decision, "abc123", 65'536);
      CHECK(towline::test::golden_difference(std::string("report/") + golden.name + ".md", text) == "");
    }
  }
}

TEST_CASE("the page reads as it should") {
  const Templates templates = Templates::load().value();
  for (const Golden& golden : {kGolden[1], kGolden[2], kGolden[3]}) {
    DYNAMIC_SECTION(golden.name) {
      const Case given = golden.make();
      CHECK(towline::test::golden_difference(std::string("report/") + golden.name + ".html",
                                             page(templates, given.snapshot, given.decision)) == "");
    }
  }
}

}  // namespace
}  // namespace towline::report::test
