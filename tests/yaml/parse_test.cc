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

std::string error_of(std::string_view text, const Limits& limits = {}) {
  const auto documents = parse(text, limits);
  REQUIRE_FALSE(documents.has_value());
  CHECK(documents.error().kind == towline::ErrorKind::invalid);
  return documents.error().message;
}

std::string source_of(std::string_view text, const Node& node) {
  return std::string(text.substr(node.span.begin, node.span.size()));
}

}  // namespace

TEST_CASE("the value under a key has the scalar's own bytes as its span") {
  struct Case {
    std::string text;
    std::string source;
    std::string value;
    ScalarStyle style;
  };
  const std::vector<Case> cases = {
      {"k: abc\n", "abc", "abc", ScalarStyle::plain},
      {"k: abc # note\n", "abc", "abc", ScalarStyle::plain},
      {"k: abc", "abc", "abc", ScalarStyle::plain},
      {"k: abc\r\nz: 1\r\n", "abc", "abc", ScalarStyle::plain},
      {"k:   abc   \n", "abc", "abc", ScalarStyle::plain},
      {"k: ghcr.io/a/b:1.2@sha256:00 # x\n", "ghcr.io/a/b:1.2@sha256:00", "ghcr.io/a/b:1.2@sha256:00",
       ScalarStyle::plain},
      {"k: a#b\n", "a#b", "a#b", ScalarStyle::plain},
      {"k: a\n  b\n\n  c # d\n", "a\n  b\n\n  c", "a b\nc", ScalarStyle::plain},
      {"k: a\r\n  b\r\n", "a\r\n  b", "a b", ScalarStyle::plain},
      {"k: 'it''s' # q\n", "'it''s'", "it's", ScalarStyle::single_quoted},
      {"k: ''\n", "''", "", ScalarStyle::single_quoted},
      {"k: \"a\\\"b\"\n", "\"a\\\"b\"", "a\"b", ScalarStyle::double_quoted},
      {"k: \"a\n  b\"\n", "\"a\n  b\"", "a b", ScalarStyle::double_quoted},
      {"k: \"\"\n", "\"\"", "", ScalarStyle::double_quoted},
      {"k: \"\n  \"\n", "\"\n  \"", " ", ScalarStyle::double_quoted},
      {"k: \"\n\n\n  \"\n", "\"\n\n\n  \"", "\n\n", ScalarStyle::double_quoted},
      {"k: '\r\n\r\n  '\r\n", "'\r\n\r\n  '", "\n", ScalarStyle::single_quoted},
      {"k: \"\\N\xC3\xA9\\_\\x85\"\n", "\"\\N\xC3\xA9\\_\\x85\"", "\xC2\x85\xC3\xA9\xC2\xA0\xC2\x85",
       ScalarStyle::double_quoted},
      {"k: |\n  x\n   ", "|\n  x\n   ", "x\n \n", ScalarStyle::literal},
      {"k: |\n  x\n   y\n\nz: 1\n", "|\n  x\n   y", "x\n y\n", ScalarStyle::literal},
      {"k: |-  # note\n  x\n\nz: 1\n", "|-  # note\n  x", "x", ScalarStyle::literal},
      {"k: |+\n\n  x\n\n\nz: 1\n", "|+\n\n  x\n\n", "\nx\n\n\n", ScalarStyle::literal},
      {"k: |2\n    y\n  z\nz: 1\n", "|2\n    y\n  z", "  y\nz\n", ScalarStyle::literal},
      {"k: |\r\n  x\r\n  y\r\nz: 1\r\n", "|\r\n  x\r\n  y", "x\ny\n", ScalarStyle::literal},
      {"k: |\n  x\n# note\nz: 1\n", "|\n  x", "x\n", ScalarStyle::literal},
      {"k: |\nz: 1\n", "|", "", ScalarStyle::literal},
      {"k: |\n  x", "|\n  x", "x", ScalarStyle::literal},
      {"k: >-\n  x\n  y\n\n  z\n", ">-\n  x\n  y\n\n  z", "x y\nz", ScalarStyle::folded},
      {"k: &a abc\n", "abc", "abc", ScalarStyle::plain},
      {"k: &a !!str 'abc'\n", "'abc'", "abc", ScalarStyle::single_quoted},
      {"k: !!str &a\n  abc\n", "abc", "abc", ScalarStyle::plain},
      {"k: !!str\nz: 1\n", "", "", ScalarStyle::plain},
      {"k: !<tag:x,2000:y> abc\n", "abc", "abc", ScalarStyle::plain},
      {"{k: abc}\n", "abc", "abc", ScalarStyle::plain},
      {"{\"k\":\"abc\"}\n", "\"abc\"", "abc", ScalarStyle::double_quoted},
      {"\xEF\xBB\xBFk: abc\n", "abc", "abc", ScalarStyle::plain},
      {"\xC3\xA9: \xE2\x82\xAC\nk: abc\n", "abc", "abc", ScalarStyle::plain},
      {"# \xE2\x82\xAC\nk: \xE2\x82\xAC abc # \xE2\x82\xAC\n", "\xE2\x82\xAC abc", "\xE2\x82\xAC abc",
       ScalarStyle::plain},
      {"%YAML 1.2\n---\nk: abc\n...\n", "abc", "abc", ScalarStyle::plain},
  };
  for (const Case& example : cases) {
    INFO(example.text);
    const Node root = root_of(example.text);
    const Node* node = root.find("k");
    REQUIRE(node != nullptr);
    CHECK(node->kind == NodeKind::scalar);
    CHECK(source_of(example.text, *node) == example.source);
    CHECK(node->value == example.value);
    CHECK(node->style == example.style);
  }
}

TEST_CASE("lines and columns are those of the node itself, counted from 1") {
  const std::string text = "a:\n  - &x !!str b\n  - {c: d, e: [f]}\n";

  const Node root = root_of(text);

  CHECK(root.line == 1);
  CHECK(root.column == 1);
  const Node* sequence = root.find("a");
  REQUIRE(sequence != nullptr);
  CHECK(sequence->line == 2);
  CHECK(sequence->column == 3);
  REQUIRE(sequence->items.size() == 2);
  CHECK(sequence->items[0].line == 2);
  CHECK(sequence->items[0].column == 14);
  CHECK(sequence->items[0].anchor == "x");
  CHECK(sequence->items[0].tag == "tag:yaml.org,2002:str");
  CHECK(source_of(text, sequence->items[1]) == "{c: d, e: [f]}");
  CHECK(source_of(text, *sequence->items[1].find("e")) == "[f]");
  CHECK(sequence->items[1].find("e")->column == 15);
}

TEST_CASE("a null has its word as its span, or the place where its value would be written") {
  struct Case {
    std::string text;
    std::string value;
    std::size_t offset;
    std::size_t line;
    std::size_t column;
  };
  const std::vector<Case> cases = {
      {"k: null\n", "null", 3, 1, 4},        {"k: ~ # x\n", "~", 3, 1, 4},   {"k:\n", "", 2, 1, 3},
      {"z: 1\nk: # x\ny: 2\n", "", 7, 2, 3}, {"k:\nnull: 1\n", "", 2, 1, 3}, {"k:\n~: 1\n", "", 2, 1, 3},
      {"{k: , z: 1}\n", "", 3, 1, 4},        {"k: &a\nz: 1\n", "", 5, 1, 6}, {"'k' : \n", "", 5, 1, 6},
  };
  for (const Case& example : cases) {
    INFO(example.text);
    const Node root = root_of(example.text);
    const Node* node = root.find("k");
    REQUIRE(node != nullptr);
    CHECK(node->kind == NodeKind::null);
    CHECK(node->value == example.value);
    CHECK(node->span == Span{example.offset, example.offset + example.value.size()});
    CHECK(node->line == example.line);
    CHECK(node->column == example.column);
  }
}

TEST_CASE("an item of which nothing is written stands after its dash") {
  const Node root = root_of("-\n- a\n-\n");

  REQUIRE(root.items.size() == 3);
  CHECK(root.items[0].span == Span{1, 1});
  CHECK(root.items[2].span == Span{7, 7});
  CHECK(root.items[2].line == 3);
  CHECK(root.items[2].column == 2);
}

TEST_CASE("a collection spans from its first to its last byte") {
  const std::string text = "a: &x\n  b: c\n  d: [ ]\ne: { f: [g, h] , }\n";

  const Node root = root_of(text);

  CHECK(source_of(text, *root.find("a")) == "b: c\n  d: [ ]");
  CHECK(root.find("a")->anchor == "x");
  CHECK(source_of(text, *root.find_path({"a", "d"})) == "[ ]");
  CHECK(source_of(text, *root.find("e")) == "{ f: [g, h] , }");
  CHECK(source_of(text, *root.find_path({"e", "f"})) == "[g, h]");
}

TEST_CASE("aliases keep the anchor's name and are not expanded") {
  const std::string text = "a: &base {x: 1}\nb: *base\n";

  const Node root = root_of(text);

  CHECK(root.find("b")->kind == NodeKind::alias);
  CHECK(root.find("b")->value == "base");
  CHECK(source_of(text, *root.find("b")) == "*base");
}

TEST_CASE("an anchor of a mapping and one of its first key are told apart") {
  const Node root = root_of("&m\n&k k: v\n");

  CHECK(root.anchor == "m");
  CHECK(root.line == 2);
  CHECK(root.entries[0].first.anchor == "k");
  CHECK(root.entries[0].first.span == Span{6, 7});
}

TEST_CASE("find takes the last of duplicate keys, and find_path stops at what is missing") {
  const Node root = root_of("a: 1\nb: {c: 2}\na: 3\n");

  CHECK(root.entries.size() == 3);
  CHECK(root.find("a")->text() == "3");
  CHECK(root.find_path({"b", "c"})->text() == "2");
  CHECK(root.find_path({"b", "x", "y"}) == nullptr);
  CHECK(root.find_path({"a", "x"}) == nullptr);
  CHECK(root.find("b")->text().empty());
}

TEST_CASE("empty documents are left out, and each document knows its line") {
  const auto documents = parse("# nothing\n---\n---\na: 1\n---\n# nothing either\n---\nb: 2\n...\n---\nnull\n");

  REQUIRE(documents.has_value());
  REQUIRE(documents->size() == 2);
  CHECK((*documents)[0].line == 3);
  CHECK((*documents)[0].root.find("a") != nullptr);
  CHECK((*documents)[1].line == 7);
  CHECK((*documents)[1].root.find("b") != nullptr);
  CHECK(parse("")->empty());
  CHECK(parse("# only a comment\n")->empty());
}

TEST_CASE("what is not YAML is refused with line and column") {
  struct Case {
    std::string text;
    std::string message;
  };
  const std::vector<Case> cases = {
      {"a: b\n\tc: d\n",
       "line 2, column 1: illegal tab when looking for indentation; tabs in front of a line's text, also of an empty "
       "line, are not supported: use spaces"},
      {"a: *u\n", "line 1, column 4: the referenced anchor is not defined"},
      {"a: 'b\n", "line 1, column 4: the quote opened here is never closed"},
      {"a: \"b\nc: d\n", "line 1, column 4: the quote opened here is never closed"},
      {"a: {b: c\nd: e\n",
       "line 2, column 2: end of map flow not found; a '}' is missing, or a key in braces is parted from its colon or "
       "value by a line break, which is not supported: write both on one line"},
      {"a: !\\ |\n---b\n", "line 1, column 4: a tag with a character that YAML allows in none"},
      {"a: @b\n",
       "line 1, column 4: unknown token; a scalar that begins with '@', '`' or '%', or in brackets with '?' or ':', is "
       "not supported without quotes"},
      {"\"a\":b\n",
       "line 1, column 4: text after the end of the document; a new document begins with '---'; a block scalar that is "
       "a whole document is supported only with its lines indented"},
      {std::string("a: \0\n", 5),
       "line 1, column 4: a control character, which YAML does not allow; remove or escape it"},
      {"a: 1\nb: \x04", "line 2, column 4: a control character, which YAML does not allow; remove or escape it"},
      {"a: \xff\n", "line 1, column 4: a byte that is not UTF-8; save the file as UTF-8"},
      {"a: \xed\xa0\x80\n", "line 1, column 4: a byte that is not UTF-8; save the file as UTF-8"},
      {"a: \xe2\x82", "line 1, column 4: a byte that is not UTF-8; save the file as UTF-8"},
      {"a: 1\rb: 2\r",
       "line 1, column 5: a carriage return without a line feed; save the file with LF or CRLF line ends"},
  };
  for (const Case& example : cases) {
    INFO(example.text);
    CHECK(error_of(example.text) == example.message);
  }
}

TEST_CASE("each limit is a sentence with the place where it was passed") {
  Limits limits;
  limits.max_bytes = 20;
  limits.max_depth = 2;
  limits.max_nodes = 5;
  limits.max_documents = 2;

  CHECK(error_of("a: 012345678901234567890\n", limits) ==
        "line 1, column 1: the file has 25 bytes; at most 20 are read");
  CHECK(error_of("a:\n  b: [c]\n", limits) == "line 2, column 6: more than 2 levels of nesting");
  CHECK(error_of("[1, 2, 3, 4, 5]\n", limits) == "line 1, column 14: more than 5 nodes in one file");
  CHECK(error_of("--- 1\n--- 2\n--- 3\n", limits) == "line 3, column 1: more than 2 documents in one file");
}

TEST_CASE("nesting a hundred thousand deep is refused without overflowing the stack") {
  const std::size_t depth = 100'000;
  std::string dashes;
  std::string maps;
  for (std::size_t level = 0; level < depth; ++level) {
    dashes += "- ";
    maps += "{a: ";
  }

  CHECK(error_of(std::string(depth, '[')).find("more than 128 levels of nesting") != std::string::npos);
  CHECK(error_of(dashes + "x").find("more than 128 levels of nesting") != std::string::npos);
  CHECK(error_of(maps).find("more than 128 levels of nesting") != std::string::npos);
  CHECK(error_of(std::string(600'000, '[')) ==
        "line 1, column 1: more than 500000 brackets, braces and commas in one file, which is more than is read");
}
