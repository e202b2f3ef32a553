#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "yaml/edit.h"

using namespace towline::yaml;

namespace {

/// The text with the value of its key "k" replaced.
std::string with_value(const std::string& text, std::string_view value, bool in_flow = false) {
  const auto documents = parse(text);
  if (!documents) FAIL(documents.error().message);
  const Node* node = documents->at(0).root.find("k");
  REQUIRE(node != nullptr);
  const auto edited = apply_edits(text, {{node->span, encode_like(*node, value, in_flow)}});
  if (!edited) FAIL(edited.error().message);
  return *edited;
}

}  // namespace

TEST_CASE("edits in any order change their own bytes only") {
  const auto edited = apply_edits("a: 1 # x\r\nb: 2\r\n", {{{13, 14}, "20"}, {{3, 4}, "10"}});

  REQUIRE(edited.has_value());
  CHECK(*edited == "a: 10 # x\r\nb: 20\r\n");
}

TEST_CASE("edits that touch are fine, and no edits give the text back") {
  CHECK(*apply_edits("abcd", {{{2, 4}, "Y"}, {{0, 2}, "X"}}) == "XY");
  CHECK(*apply_edits("abcd", {{{4, 4}, "!"}}) == "abcd!");
  CHECK(*apply_edits("abcd", {}) == "abcd");
}

TEST_CASE("edits that overlap or lie outside the text are refused") {
  const auto overlap = apply_edits("abcdef", {{{0, 3}, "x"}, {{2, 4}, "y"}});
  const auto outside = apply_edits("abcdef", {{{5, 7}, "x"}});
  const auto backward = apply_edits("abcdef", {{{3, 2}, "x"}});

  REQUIRE_FALSE(overlap.has_value());
  CHECK(overlap.error().kind == towline::ErrorKind::invalid);
  CHECK(overlap.error().message == "the edit of bytes 2 to 4 overlaps the one before it; make one edit of the two");
  REQUIRE_FALSE(outside.has_value());
  CHECK(outside.error().message ==
        "an edit of bytes 5 to 7 is outside the text of 6 bytes; read the file again and edit anew");
  REQUIRE_FALSE(backward.has_value());
}

TEST_CASE("a new value is written in the style of the old one") {
  struct Case {
    std::string text;
    std::string value;
    std::string result;
  };
  const std::vector<Case> cases = {
      {"k: v1.2.3 # pin\n", "v1.2.4", "k: v1.2.4 # pin\n"},
      {"k: 'v1.2.3'\n", "v1.2.4", "k: 'v1.2.4'\n"},
      {"k: \"1.2.3\"\n", "1.20", "k: \"1.20\"\n"},
      {"k: '1.2.3'\n", "it's", "k: 'it''s'\n"},
      {"k: 'x'\n", "a\nb", "k: \"a\\nb\"\n"},
      {"k: 1.2.3\n", "1.20", "k: \"1.20\"\n"},
      {"k: 1.2.3\n", "20261123", "k: \"20261123\"\n"},
      {"k: 1.2.3\n", "0b-1", "k: \"0b-1\"\n"},
      {"k: main\n", "on", "k: \"on\"\n"},
      {"k: main\n", "n", "k: \"n\"\n"},
      {"k: main\n", "~", "k: \"~\"\n"},
      {"k: main\n", "", "k: \"\"\n"},
      {"k: main\n", "2024-01-31", "k: \"2024-01-31\"\n"},
      {"k: main\n", "190:20:30", "k: \"190:20:30\"\n"},
      {"k: main\n", "2024-01-31-abc", "k: 2024-01-31-abc\n"},
      {"k: main\n", "a: b", "k: \"a: b\"\n"},
      {"k: main\n", "a #b", "k: \"a #b\"\n"},
      {"k: main\n", "@x", "k: \"@x\"\n"},
      {"k: main\n", "- x", "k: \"- x\"\n"},
      {"k: main\n", "-x", "k: -x\n"},
      {"k: main\n", " x", "k: \" x\"\n"},
      {"k: main\n", "a,b", "k: a,b\n"},
      {"k: main\n", "ghcr.io/a/b:1@sha256:0", "k: ghcr.io/a/b:1@sha256:0\n"},
      {"k: 1.20\n", "1.21", "k: 1.21\n"},
      {"k: 1.20\n", "1.30", "k: \"1.30\"\n"},
      {"k: 20\n", "999999", "k: 999999\n"},
      {"k: 20\n", "1000000", "k: \"1000000\"\n"},
      {"k: 20\n", "021", "k: \"021\"\n"},
      {"k: 20\n", "1_000", "k: \"1_000\"\n"},
      {"k: 1.5\n", "0.00001", "k: \"0.00001\"\n"},
      {"k: 1.5\n", "0.0001", "k: 0.0001\n"},
      {"k: 1.5\n", "1e3", "k: \"1e3\"\n"},
      {"k: 1.5\n", ".5", "k: \".5\"\n"},
      {"k: true\n", "false", "k: \"false\"\n"},
      {"k: 20261122\n", "20261123", "k: \"20261123\"\n"},
      {"k: 1.20\n", "1.21.0", "k: 1.21.0\n"},
      {"k: 1.20\n", "20", "k: \"20\"\n"},
      {"k: 1.20\n", "on", "k: \"on\"\n"},
      {"k: 2024-01-31\n", "1.20", "k: \"1.20\"\n"},
      {"k: 2024-01-31\n", "2024-02-01", "k: 2024-02-01\n"},
      {"k: !!str 1.20\n", "1.21", "k: !!str 1.21\n"},
      {"k:\n", "v1", "k: v1\n"},
      {"k: # c\n", "1.0", "k: \"1.0\" # c\n"},
      {"k: ~\n", "v1", "k: v1\n"},
      {"k: |-\n  old\nz: 1\n", "new", "k: \"new\"\nz: 1\n"},
  };
  for (const Case& example : cases) {
    INFO(example.text << " <- " << example.value);
    CHECK(with_value(example.text, example.value) == example.result);
  }
}

TEST_CASE("inside brackets a value that holds their punctuation is quoted") {
  CHECK(with_value("{k: a}\n", "a,b", true) == "{k: \"a,b\"}\n");
  CHECK(with_value("{k: a}\n", "a]b", true) == "{k: \"a]b\"}\n");
  CHECK(with_value("{k: a}\n", "x/y:1.2", true) == "{k: x/y:1.2}\n");
}
