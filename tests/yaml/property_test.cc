#include <string>
#include <vector>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "yaml/edit.h"
#include "yaml/node.h"
#include "yaml/plain.h"

using namespace towline::yaml;

namespace {

/// Texts that are likely to trip a writer or a reader.
rc::Gen<std::string> any_text() {
  const auto piece = rc::gen::element<std::string>("a", "b", "-", ":", " ", "#", "'", "\"", "\\", ",", "[", "]", "{",
                                                   "}", "\n", "\t", "?", "!", "&", "*", "|", ">", "%", "@", "~", "0",
                                                   "1", ".", "\xC3\xA9", "\xE2\x82\xAC", "null", "true", "---", "\r",
                                                   "\x01", "\xE2\x80\xA8", "\xEF\xBB\xBF");
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece), [](const std::vector<std::string>& pieces) {
    std::string text;
    for (const std::string& part : pieces) text += part;
    return text;
  });
}

rc::Gen<std::string> plain_text() {
  return rc::gen::element<std::string>("abc", "1.20", "20261123", "true", "on", "2024-01-31", "a b", "x:y", "-x", "a#b",
                                       "v1.2.3", ".5", "0x1F", "a/b:1@sha256:0", "a'b", "\xC3\xA9");
}

Node scalar(ScalarStyle style, std::string value) {
  Node node;
  node.kind = NodeKind::scalar;
  node.style = style;
  node.value = std::move(value);
  return node;
}

rc::Gen<Node> any_scalar() {
  const auto styled = [](ScalarStyle style) {
    return [style](const std::string& value) { return scalar(style, value); };
  };
  return rc::gen::oneOf(rc::gen::map(plain_text(), styled(ScalarStyle::plain)),
                        rc::gen::map(any_text(), styled(ScalarStyle::double_quoted)),
                        rc::gen::map(any_text(), styled(ScalarStyle::single_quoted)), rc::gen::just(Node{}));
}

rc::Gen<Node> any_key() {
  return rc::gen::oneOf(
      rc::gen::map(plain_text(), [](const std::string& value) { return scalar(ScalarStyle::plain, value); }),
      rc::gen::map(any_text(), [](const std::string& value) { return scalar(ScalarStyle::double_quoted, value); }));
}

/// A tree of at most `depth` levels. A collection's style says whether `write` puts it in brackets: when it is not
/// plain.
rc::Gen<Node> any_node(int depth) {
  if (depth == 0) return any_scalar();
  const auto child = rc::gen::lazy([depth] { return any_node(depth - 1); });
  const auto style = rc::gen::element(ScalarStyle::plain, ScalarStyle::plain, ScalarStyle::double_quoted);
  const auto sequence = rc::gen::map(rc::gen::pair(style, rc::gen::container<std::vector<Node>>(child)),
                                     [](const std::pair<ScalarStyle, std::vector<Node>>& parts) {
                                       Node node;
                                       node.kind = NodeKind::sequence;
                                       node.style = parts.first;
                                       node.items = parts.second;
                                       return node;
                                     });
  using Entries = std::vector<std::pair<Node, Node>>;
  const auto mapping = rc::gen::map(rc::gen::pair(style, rc::gen::container<Entries>(rc::gen::pair(any_key(), child))),
                                    [](const std::pair<ScalarStyle, Entries>& parts) {
                                      Node node;
                                      node.kind = NodeKind::mapping;
                                      node.style = parts.first;
                                      node.entries = parts.second;
                                      return node;
                                    });
  return rc::gen::resize(6, rc::gen::oneOf(any_scalar(), sequence, mapping, mapping));
}

/// Writes with quotes, brackets, comments and line ends of all kinds.
struct Writer {
  std::string newline;
  std::string out;

  static std::string inline_text(const Node& node, bool in_flow) {
    if (node.is_null()) return "null";
    const bool is_typed = node.is_scalar() && node.style == ScalarStyle::plain && is_ambiguous(node.value);
    if (is_typed) return node.value;
    if (node.is_scalar()) return encode_like(node, node.value, in_flow);
    std::string inner;
    for (const Node& item : node.items) inner += (inner.empty() ? "" : ", ") + inline_text(item, true);
    for (const auto& [key, value] : node.entries)
      inner += (inner.empty() ? "" : " , ") + inline_text(key, true) + ": " + inline_text(value, true);
    return node.is_sequence() ? "[" + inner + "]" : "{ " + inner + " }";
  }

  static bool is_inline(const Node& node) {
    return node.style != ScalarStyle::plain || (node.items.empty() && node.entries.empty());
  }

  void write(const Node& node, std::size_t indent) {
    if (is_inline(node)) {
      out += std::string(indent, ' ') + inline_text(node, false) + " # note" + newline;
      return;
    }
    for (const Node& item : node.items) {
      out += std::string(indent, ' ') + "-" + newline;
      write(item, indent + 1);
    }
    for (const auto& [key, value] : node.entries) {
      out += std::string(indent, ' ') + inline_text(key, false) + ":";
      if (is_inline(value)) {
        out += " " + inline_text(value, false) + newline;
      } else {
        out += "  # [" + newline + newline;
        write(value, indent + 3);
      }
    }
  }
};

std::string written(const Node& node, const std::string& newline) {
  Writer writer{newline, {}};
  writer.write(node, 0);
  return writer.out;
}

bool is_same(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.items.size() != b.items.size() || a.entries.size() != b.entries.size()) return false;
  if (a.is_scalar() && (a.value != b.value || scalar_type(a) != scalar_type(b))) return false;
  for (std::size_t index = 0; index < a.items.size(); ++index)
    if (!is_same(a.items[index], b.items[index])) return false;
  for (std::size_t index = 0; index < a.entries.size(); ++index)
    if (!is_same(a.entries[index].first, b.entries[index].first) ||
        !is_same(a.entries[index].second, b.entries[index].second))
      return false;
  return true;
}

struct Found {
  Node* node = nullptr;
  bool in_flow = false;
};

/// The scalars and nulls of the tree in file order, keys left out.
void collect(Node& node, const std::string& text, bool in_flow, std::vector<Found>& found) {
  if (node.is_scalar() || node.is_null()) found.push_back({&node, in_flow});
  const bool brackets = in_flow || ((node.is_mapping() || node.is_sequence()) &&
                                    (text[node.span.begin] == '[' || text[node.span.begin] == '{'));
  for (Node& item : node.items) collect(item, text, brackets, found);
  for (auto& entry : node.entries) collect(entry.second, text, brackets, found);
}

Node only_root(const std::string& text) {
  const auto documents = parse(text);
  if (!documents) RC_FAIL(documents.error().message + "\n" + text);
  RC_ASSERT(documents->size() == 1);
  return documents->front().root;
}

rc::Gen<Node> any_collection() {
  return rc::gen::suchThat(any_node(4), [](const Node& node) { return !node.is_null(); });
}

rc::Gen<std::string> any_newline() { return rc::gen::element<std::string>("\n", "\r\n"); }

}  // namespace

TEST_CASE("what emit writes parses to the same tree, and is written the same again") {
  CHECK(rc::check([] {
    const Node tree = *any_collection();
    const std::string text = emit(tree);
    const Node again = only_root(text);
    RC_ASSERT(is_same(again, tree));
    RC_ASSERT(emit(again) == text);
  }));
}

TEST_CASE("a tree in mixed styles parses to itself, and the bytes of each scalar alone read as that scalar") {
  CHECK(rc::check([] {
    const Node tree = *any_collection();
    const std::string text = written(tree, *any_newline());
    Node again = only_root(text);
    RC_ASSERT(is_same(again, tree));
    std::vector<Found> scalars;
    collect(again, text, false, scalars);
    for (const Found& found : scalars) {
      const Node& node = *found.node;
      const Node alone = only_root("- " + text.substr(node.span.begin, node.span.size()) + "\n");
      RC_ASSERT(is_same(alone.items.at(0), node));
      const std::string_view before = std::string_view(text).substr(0, node.span.begin);
      RC_ASSERT(node.column == before.size() - (before.rfind('\n') + 1) + 1);
    }
  }));
}

TEST_CASE("replacing one scalar changes that scalar and nothing else") {
  CHECK(rc::check([] {
    const Node tree = *any_collection();
    const std::string text = written(tree, *any_newline());
    Node expected = only_root(text);
    std::vector<Found> scalars;
    collect(expected, text, false, scalars);
    RC_PRE(!scalars.empty());
    const Found target = scalars[*rc::gen::inRange<std::size_t>(0, scalars.size())];
    const std::string value = *rc::gen::oneOf(any_text(), plain_text());
    const Node before = *target.node;

    const auto edited = apply_edits(text, {{before.span, encode_like(before, value, target.in_flow)}});

    RC_ASSERT(edited.has_value());
    const Node after = only_root(*edited);
    const bool keeps_type = before.is_scalar() && scalar_type(before) != ScalarType::string;
    *target.node = scalar(keeps_type ? ScalarStyle::plain : ScalarStyle::double_quoted, value);
    const bool quoted_anyway = keeps_type && !is_same(after, expected);
    if (quoted_anyway) target.node->style = ScalarStyle::double_quoted;
    RC_ASSERT(is_same(after, expected));
    RC_ASSERT(edited->substr(0, before.span.begin) == text.substr(0, before.span.begin));
    RC_ASSERT(edited->ends_with(text.substr(before.span.end)));
  }));
}

TEST_CASE("no bytes make parsing, editing or emitting fail in any way but a sentence") {
  CHECK(rc::check([] {
    const std::string text = *rc::gen::resize(60, any_text());
    const auto documents = parse(text);
    if (!documents) {
      RC_ASSERT(documents.error().message.starts_with("line "));
      return;
    }
    for (const Document& document : *documents) {
      RC_ASSERT(document.root.span.end <= text.size());
      RC_ASSERT(parse(emit(document.root)).has_value());
    }
  }));
}
