#include <catch2/catch.hpp>

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "base/text.h"
#include "diff/manifests.h"
#include "diff/twins.h"

namespace towline::diff::test {
namespace {

std::string with_file(std::string_view text) {
  std::string result = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  f: |\n";
  for (const std::string_view line : split_lines(text)) result += "    " + std::string(line) + "\n";
  return result;
}

std::string text_between(std::string_view base, std::string_view head) {
  const Diff diff = diff_of(with_file(base), with_file(head));
  return diff.empty() ? "" : to_text(diff.changes.front());
}

TEST_CASE("a file of YAML in a ConfigMap is told by path, and shown by line") {
  CHECK(text_between("server:\n  port: 80\n  host: a\n", "server:\n  port: 8080\n  host: a\n") ==
        "@@ data.f: server.port @@\n  |\n    server:\n-     port: 80\n+     port: 8080\n      host: a\n");
}

TEST_CASE("a file of JSON on one line is compared inside") {
  CHECK(text_between("{\"a\": {\"b\": 1, \"c\": [1, 2, 3], \"d\": \"a long text\"}}",
                     "{\"a\": {\"b\": 2, \"c\": [1, 2, 3], \"d\": \"a long text\"}}") ==
        "@@ data.f: a.b @@\n- 1\n+ 2\n");
}

TEST_CASE("a file that is laid out anew shows what differs in it") {
  CHECK(text_between("{\"a\": 1, \"b\": 2, \"c\": 3}", "a: 1\nb: 2\nc: 4\n") ==
        "@@ data.f: laid out anew, and within it @@\n@@ data.f: c @@\n- 3\n+ 4\n");
}

TEST_CASE("a null in a file is not absence, however the file is laid out") {
  CHECK(text_between("{\"a\": 1, \"b\": 2, \"c\": 3}", "a: 1\nb: 2\nc: 3\nd: null\n") ==
        "@@ data.f: laid out anew, and within it @@\n@@ data.f: d @@\n+ null\n");
}

TEST_CASE("a file whose layout or comments alone differ is a change") {
  CHECK(text_between("a: 1\n", "a: 1 # one\n") == "@@ data.f @@\n  |\n-   a: 1\n+   a: 1 # one\n");
}

TEST_CASE("a file in which order may mean something shows its moves") {
  const Diff diff = diff_of(with_file("rules:\n- a\n- b\n"), with_file("rules:\n- b\n- a\n"));
  REQUIRE(diff.changes.size() == 1);
  REQUIRE(diff.changes[0].fields[0].inside.size() == 1);
  CHECK(diff.changes[0].fields[0].inside[0].moved);
  CHECK(diff.hidden_fields() == 0);
}

TEST_CASE("aliases that unfold without end are compared as lines") {
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    const std::string before(1, static_cast<char>(c - 1));
    bomb += std::string(1, c) + ": &" + c + " [*" + join(std::vector<std::string>(10, before), ", *") + "]\n";
  }
  const Diff diff = diff_of(with_file(bomb), with_file(bomb + "z: 1\n"));
  REQUIRE(diff.changes.size() == 1);
  CHECK(diff.changes[0].fields[0].inside.empty());
}

struct Twins {
  const char* name;
  std::vector<std::string> base;
  std::vector<std::string> head;
  std::vector<std::string> base_left;
  std::vector<std::string> head_left;
};

const Twins kTwins[] = {
    {"equal documents go, whatever their order",
     {"a: 1\n---\nb: 1\n"},
     {"---\nb: 1\n---\na: 2\n"},
     {"a: 1\n---\n\n"},
     {"---\n\n---\na: 2\n"}},
    {"each has one twin", {"---\na: 1\n---\na: 1\n"}, {"---\na: 1\n"}, {"---\n\n---\na: 1\n"}, {"---\n\n"}},
    {"they may be in other files",
     {"---\na: 1\n", "---\nb: 1\n"},
     {"---\nb: 1\n---\na: 1\n"},
     {"---\n\n", "---\n\n"},
     {"---\n\n---\n\n"}},
    {"dashes within a text are none",
     {"a: |\n  ---\n  x\n"},
     {"a: |\n  ---\n  y\n"},
     {"a: |\n  ---\n  x\n"},
     {"a: |\n  ---\n  y\n"}},
    {"directives leave a text alone",
     {"%YAML 1.2\n---\na: 1\n"},
     {"---\na: 1\n"},
     {"%YAML 1.2\n---\na: 1\n"},
     {"---\na: 1\n"}},
};

TEST_CASE("documents that are equal on both sides are not read") {
  for (const Twins& twins : kTwins) {
    DYNAMIC_SECTION(twins.name) {
      auto base = twins.base;
      auto head = twins.head;
      drop_twin_documents(base, head);
      CHECK(base == twins.base_left);
      CHECK(head == twins.head_left);
    }
  }
}

TEST_CASE("what is broken alike on both sides is told, by the line it stands in") {
  const std::string fine = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
  const std::string text = fine + "---\n" + fine + "--- # a remark\nx: [1\n---\n" + fine + "---\nkind: X\n";
  std::vector<std::string> base = {text, "y: [\n"};
  std::vector<std::string> head = {"", text};

  const auto problems = problems_of(drop_twin_documents(base, head), {"a.yaml", "b.yaml"});

  REQUIRE(problems.size() == 2);
  CHECK(problems[0].path == "b.yaml");
  CHECK(problems[0].line == 10);  // where the list should have ended
  CHECK(problems[1].path == "b.yaml");
  CHECK(problems[1].line == 15);
}

TEST_CASE("dropping equal documents changes no diff and no line number") {
  CHECK(rc::check([] {
    const auto document = rc::gen::map(rc::gen::pair(rc::gen::element<std::string>("a", "b", "c"),
                                                     rc::gen::element<std::string>("x", "|+\n    z\n\n")),
                                       [](const auto& parts) {
                                         return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + parts.first +
                                                "}\ndata:\n  f: " + parts.second + "\n";
                                       });
    const auto side = [&] { return join(*rc::gen::container<std::vector<std::string>>(document), "---\n"); };
    std::vector<std::string> base = {side()};
    std::vector<std::string> head = {side()};
    const std::string whole = shown(diff_of(base[0], head[0]));
    const auto lines = split_lines(head[0]).size();
    drop_twin_documents(base, head);
    RC_ASSERT(shown(diff_of(base[0], head[0])) == whole);
    RC_ASSERT(split_lines(head[0]).size() == lines);
  }));
}

/// Four layouts of one resource that says `value`.
std::string laid_out(const std::string& name, const std::string& value, int layout) {
  switch (layout) {
    case 0:
      return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + "}\ndata:\n  f: " + value + "\n  g: h\n";
    case 1:
      return "data:\n    g: 'h'\n    \"f\": " + value + "\nmetadata:\n    name: " + name +
             "\nkind: ConfigMap\napiVersion: v1\n";
    case 2:
      return "{kind: ConfigMap, metadata: {\"name\": " + name + "}, apiVersion: v1, data: {f: " + value + ", g: h}}\n";
    default:
      return "# a remark\nkind: \"ConfigMap\"\napiVersion: v1\nmetadata:\n  name: " + name +
             "\ndata: {g: \"h\", f: " + value + "}\n";
  }
}

TEST_CASE("resources that are laid out anew change no diff and no line number") {
  CHECK(rc::check([] {
    const auto name = rc::gen::element<std::string>("a", "b", "c");
    const auto value = rc::gen::element<std::string>("x", "1", "'1'", "[1, 2]", "[2, 1]", "null", "!!str 1", "{a: 1}");
    const auto document = rc::gen::apply(laid_out, name, value, rc::gen::inRange(0, 4));
    const auto side = [&] { return join(*rc::gen::container<std::vector<std::string>>(document), "---\n"); };
    std::vector<std::string> base = {side()};
    std::vector<std::string> head = {side()};
    const std::string whole = shown(diff_of(base[0], head[0]));
    const auto lines = split_lines(head[0]).size();
    drop_twin_documents(base, head);
    RC_ASSERT(shown(diff_of(base[0], head[0])) == whole);
    RC_ASSERT(split_lines(head[0]).size() == lines);
  }));
}

TEST_CASE("resources that are laid out anew are not read") {
  std::vector<std::string> base = {"---\n" + laid_out("a", "x", 0) + "---\n" + laid_out("b", "x", 0)};
  std::vector<std::string> head = {"---\n" + laid_out("b", "x", 2) + "---\n" + laid_out("a", "y", 1)};

  const auto twins = drop_twin_documents(base, head);

  CHECK(problems_of(twins, {"a.yaml"}).empty());
  CHECK(base[0] == "---\n" + laid_out("a", "x", 0) + "---\n" + std::string(6, '\n'));
  CHECK(head[0] == "---\n\n---\n" + laid_out("a", "y", 1));
}

}  // namespace
}  // namespace towline::diff::test
