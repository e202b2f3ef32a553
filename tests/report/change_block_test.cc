#include "report/change_block.h"

#include <catch2/catch.hpp>

#include "report/snapshots.h"

namespace towline::report::test {
namespace {

diff::Change half_hidden() {
  diff::Change change = changed("ConfigMap", "env", {{"data.a", "1", "2"}});
  change.fields.push_back({"metadata.labels.chart", "x-1", "x-2", "chart labels"});
  change.was = manifest::ResourceKey{"", "ConfigMap", "pay", "old"};
  return change;
}

TEST_CASE("a change as Markdown: what it is about, its differences, what is hidden") {
  const Templates templates = Templates::load().value();
  CHECK(change_markdown(templates, half_hidden(), Noise::counted) ==
        "**changed** `ConfigMap pay/env` (was ConfigMap pay/old)\n\n"
        "```diff\n@@ data.a @@\n- 1\n+ 2\n```\n\n"
        "1 change hidden by noise rules: chart labels (1)\n\n");
  CHECK(change_markdown(templates, half_hidden(), Noise::shown) ==
        "**changed** `ConfigMap pay/env` (was ConfigMap pay/old)\n\n"
        "```diff\n@@ data.a @@\n- 1\n+ 2\n@@ metadata.labels.chart @@\n- x-1\n+ x-2\n```\n\n");
}

TEST_CASE("a change as HTML folds what is hidden, or only counts it") {
  const Templates templates = Templates::load().value();
  const std::string shown = change_html(templates, half_hidden(), Noise::shown);
  CHECK(shown.find("<summary>1 change hidden by noise rules: chart labels (1)</summary>") != std::string::npos);
  CHECK(shown.find("+ x-2") != std::string::npos);
  const std::string counted = change_html(templates, half_hidden(), Noise::counted);
  CHECK(counted.find("1 change hidden by noise rules: chart labels (1)") != std::string::npos);
  CHECK(counted.find("x-2") == std::string::npos);
}

TEST_CASE("what is hidden is counted by rule, the rules in order, and many of them cut short") {
  CHECK(hidden_sentence({}) == "");
  CHECK(hidden_sentence({{"b", 2}, {"a", 1}}) == "3 changes hidden by noise rules: a (1), b (2)");
  HiddenCounts many;
  for (int i = 0; i < 20; ++i) many["rule " + std::to_string(10 + i)] = 1;
  CHECK(hidden_sentence(many).ends_with("rule 17 (1), and 12 more rules"));
}

}  // namespace
}  // namespace towline::report::test
