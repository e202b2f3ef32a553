#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "yaml/node.h"

using namespace towline::yaml;

namespace {

Node root_of(std::string_view text) {
  const auto documents = parse(text);
  if (!documents) FAIL(documents.error().message);
  REQUIRE(documents->size() == 1);
  return documents->front().root;
}

std::string expanded(std::string_view text) {
  const auto node = expand(root_of(text));
  if (!node) FAIL(node.error().message);
  return emit(*node);
}

std::string error_of(std::string_view text, const Limits& limits = {}) {
  const auto node = expand(root_of(text), limits);
  REQUIRE_FALSE(node.has_value());
  CHECK(node.error().kind == towline::ErrorKind::invalid);
  return node.error().message;
}

}  // namespace

TEST_CASE("aliases and merge keys are replaced by what they name") {
  struct Case {
    std::string text;
    std::string result;
  };
  const std::vector<Case> cases = {
      {"a: &x 1\nb: *x\n", "a: 1\nb: 1\n"},
      {"a: &x {p: 1}\nb: *x\n", "a:\n  p: 1\nb:\n  p: 1\n"},
      {"a: &x 1\nb: &x 2\nc: *x\n", "a: 1\nb: 2\nc: 2\n"},
      {"a: &x {p: &y 1}\nb: *y\nc: *x\n", "a:\n  p: 1\nb: 1\nc:\n  p: 1\n"},
      {"a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\n", "a:\n  p: 1\n  q: 2\nb:\n  p: 1\n  q: 3\n"},
      {"a: &x {p: 1, q: 2}\nb:\n  q: 3\n  <<: *x\n", "a:\n  p: 1\n  q: 2\nb:\n  q: 3\n  p: 1\n"},
      {"a: &x {p: 1}\nb: &y {p: 2, q: 2}\nc:\n  <<: [*x, *y]\n",
       "a:\n  p: 1\nb:\n  p: 2\n  q: 2\nc:\n  p: 1\n  q: 2\n"},
      {"a: &x {p: 1}\nb: &y {<<: *x, q: 2}\nc: {<<: *y}\n", "a:\n  p: 1\nb:\n  p: 1\n  q: 2\nc:\n  p: 1\n  q: 2\n"},
      {"a: {\"<<\": {p: 1}}\n", "a:\n  \"<<\":\n    p: 1\n"},
  };
  for (const Case& example : cases) {
    INFO(example.text);
    CHECK(expanded(example.text) == example.result);
  }
}

TEST_CASE("a copied node keeps the position of its original") {
  const auto node = expand(root_of("a: &x 1\nb: *x\n"));

  REQUIRE(node.has_value());
  CHECK(node->find("b")->line == 1);
  CHECK(node->find("b")->column == 7);
}

TEST_CASE("what cannot be expanded is refused with line and column") {
  CHECK(error_of("a: &x [*x]\n") == "line 1, column 8: the alias '*x' names no anchor that ends before it");
  CHECK(error_of("a: &x 1\nb:\n  <<: *x\n") ==
        "line 1, column 7: the merge key '<<' takes a mapping or a sequence of mappings");
  CHECK(error_of("b:\n  <<: [1]\n") ==
        "line 2, column 7: the merge key '<<' takes a mapping or a sequence of mappings");
}

TEST_CASE("a billion laughs are refused before they are made") {
  std::string text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (const char level : std::string_view("123456789")) {
    const std::string previous = std::string("*a") + static_cast<char>(level - 1) + ", ";
    std::string items;
    for (int copy = 0; copy < 10; ++copy) items += previous;
    text += std::string("a") + level + ": &a" + level + " [" + items + "]\n";
  }

  CHECK(error_of(text) ==
        "line 6, column 9: more than 2000000 nodes come of the aliases; write the values out or use fewer aliases");
}

TEST_CASE("aliases that nest ever deeper are refused") {
  std::string text = "a0: &a0 [x]\n";
  for (int level = 1; level < 20; ++level)
    text += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [*a" + std::to_string(level - 1) + "]\n";
  Limits limits;
  limits.max_depth = 10;

  CHECK(error_of(text, limits) == "line 10, column 10: more than 10 levels of nesting come of the aliases");
}
