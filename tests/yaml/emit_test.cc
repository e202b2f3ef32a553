#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "yaml/node.h"

using namespace towline::yaml;

namespace {

std::string round(std::string_view text) {
  const auto documents = parse(text);
  if (!documents) FAIL(documents.error().message);
  return emit(documents->at(0).root);
}

}  // namespace

TEST_CASE("a tree is written in block style, quoted only where it must be") {
  struct Case {
    std::string text;
    std::string result;
  };
  const std::vector<Case> cases = {
      {"{b: 1, a: [x, {y: z}]}", "b: 1\na:\n- x\n- y: z\n"},
      {"[[a, b], [], {}]", "- - a\n  - b\n- []\n- {}\n"},
      {"k: 'plain enough'", "k: plain enough\n"},
      {"k: \"1.20\"", "k: \"1.20\"\n"},
      {"k: 1.20", "k: 1.20\n"},
      {"k: 'yes'", "k: \"yes\"\n"},
      {"k: yes", "k: yes\n"},
      {"k: ''", "k: \"\"\n"},
      {"k:", "k: null\n"},
      {"k: '2024-01-31'", "k: \"2024-01-31\"\n"},
      {"k: 2024-01-31", "k: 2024-01-31\n"},
      {"k: !!str 12", "k: \"12\"\n"},
      {"k: !custom x", "k: x\n"},
      {"k: \"a\\nb\\n\"", "k: |\n  a\n  b\n"},
      {"k: \"a\\n\\nb\"", "k: |-\n  a\n\n  b\n"},
      {"k: \"a\\n\\n\\n\"", "k: |+\n  a\n\n\n"},
      {"k: \"  a\\nb\"", "k: |2-\n    a\n  b\n"},
      {"k: \"\\na\\nb\"", "k: |2-\n\n  a\n  b\n"},
      {"k: \"a \\nb\"", "k: \"a \\nb\"\n"},
      {"k: \"\\n\"", "k: \"\\n\"\n"},
      {"k: \"a\\rb\\n\"", "k: \"a\\rb\\n\"\n"},
      {"k: \"\\x01\\u2028\"", "k: \"\\x01\\u2028\"\n"},
      {"- \"a\\nb\\n\"", "- |\n  a\n  b\n"},
      {"- k: \"a\\nb\\n\"", "- k: |\n    a\n    b\n"},
      {"\"a\\nb\": c", "\"a\\nb\": c\n"},
      {"\"a: b\": c", "\"a: b\": c\n"},
      {"? [a, b]\n: {c: d}", "? - a\n  - b\n:\n  c: d\n"},
      {"just text", "just text\n"},
      {"a: &x 1\nb: 2", "a: 1\nb: 2\n"},
      {"a: &x {p: 1}\nb: *x\nc: &y 2\n", "a: &x\n  p: 1\nb: *x\nc: 2\n"},
      {"- &x [p]\n- *x\n", "- &x\n  - p\n- *x\n"},
  };
  for (const Case& example : cases) {
    INFO(example.text);
    CHECK(round(example.text) == example.result);
  }
}

TEST_CASE("a key too long for one line stands behind a question mark") {
  const std::string key(1100, 'k');

  CHECK(round("? " + key + "\n: v\n") == "? " + key + "\n: v\n");
}
