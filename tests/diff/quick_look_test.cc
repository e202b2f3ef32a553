#include "diff/quick_look.h"

#include <catch2/catch.hpp>

#include <string>
#include <utility>

#include "manifest/object.h"

namespace towline::diff::test {
namespace {

struct Text {
  const char* name;
  std::string text;
  bool plain;
};

const Text kTexts[] = {
    {"a resource", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  - [1, {a: b}]\n", true},
    {"in any order", "metadata: {name: a}\nkind: ConfigMap\nspec: [a]\napiVersion: v1\n", true},
    {"JSON", R"({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})", true},
    {"nothing", "", false},
    {"a text", "apiVersion", false},
    {"a list", "- apiVersion\n- kind\n", false},
    {"no kind", "apiVersion: v1\n", false},
    {"no apiVersion", "kind: ConfigMap\n", false},
    {"no name", "apiVersion: v1\nkind: ConfigMap\nmetadata: {labels: {name: a}}\n", false},
    {"a name elsewhere", "apiVersion: v1\nkind: ConfigMap\nname: a\nspec: {name: a}\n", false},
    {"an empty name", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ''}\n", false},
    {"a name that is none", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: null}\n", false},
    {"a name taken back", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, name: ''}\n", false},
    {"metadata taken back", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nmetadata: ~\n", false},
    {"a name behind labels", "apiVersion: v1\nkind: ConfigMap\nmetadata: {labels: {x: [y]}, name: a}\n", true},
    {"a kind of null", "apiVersion: v1\nkind: null\nmetadata: {name: a}\n", false},
    {"an empty kind", "apiVersion: v1\nkind: ''\n", false},
    {"a kind that is none", "apiVersion: v1\nkind: [a]\n", false},
    {"kind further in", "apiVersion: v1\nmetadata: {kind: a}\n", false},
    {"a list of resources", "apiVersion: v1\nkind: List\nitems: []\n", false},
    {"broken", "apiVersion: v1\nkind: ConfigMap\ndata: [\n", false},
    {"an unknown alias", "apiVersion: v1\nkind: ConfigMap\ndata: *a\n", false},
    {"an anchor of a text", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: &a b, namespace: *a}\n", true},
    {"an alias before its anchor", "apiVersion: v1\nkind: ConfigMap\ndata: {c: *a, a: &a b}\n", false},
    {"a kind by alias", "apiVersion: &a v1\nkind: *a\n", false},
    {"an anchor", "apiVersion: v1\nkind: ConfigMap\ndata: &a [*a]\n", false},
    {"two documents", "apiVersion: v1\nkind: ConfigMap\n---\nkind: x\n", false},
    {"a mapping as a key", "apiVersion: v1\nkind: ConfigMap\n? {a: b}\n: c\n", false},
    {"endless depth", "apiVersion: v1\nkind: ConfigMap\ndata: " + std::string(10'000, '['), false},
    {"no UTF-8", "apiVersion: v1\nkind: ConfigMap\ndata: \xff\n", false},
};

TEST_CASE("only what is surely readable is told to be, at a quick look") {
  for (const Text& text : kTexts) {
    CAPTURE(text.name);
    CHECK(is_plainly_a_resource(text.text) == text.plain);
    if (text.plain) CHECK(manifest::parse_manifests("a", text.text, "").problems.empty());
  }
}

std::string resource(const std::string& data) {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n" + data;
}

TEST_CASE("resources that say the same in another layout have the same reading") {
  const std::string block = resource("data:\n  a: x\n  b:\n  - 1\n  - 'q'\n  c: \"l1\\nl2\\n\"\n");
  const std::string others[] = {
      resource("data: {c: \"l1\\nl2\\n\", b: [1, q], a: 'x'} # a remark\n"),
      "data:\n    b:\n        - 1\n        - \"q\"\n    c: |\n        l1\n        l2\n    a: x\nkind: "
      "ConfigMap\napiVersion: v1\nmetadata: {name: one}\n",
      R"({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "one"}, "data": {"b": [1, "q"], "a": "x", "c": "l1\nl2\n"}})",
      resource("data: {a: &x x, b: [&n 1, &x q], c: \"l1\\nl2\\n\"}\n"),
      "--- # begin\n" + resource("data:\r\n  \"a\": x\r\n  b: [1, q]\r\n  c: |\r\n    l1\r\n    l2\r\n"),
  };
  REQUIRE(plain_reading(block));
  for (const std::string& other : others) {
    CAPTURE(other);
    CHECK(plain_reading(other) == plain_reading(block));
  }
}

TEST_CASE("resources that say something else have another reading, or none") {
  const std::pair<const char*, const char*> different[] = {
      {"a: 1\n", "a: '1'\n"},
      {"a: 1\n", "a: 1.0\n"},
      {"a: yes\n", "a: 'yes'\n"},
      {"a: null\n", "a: 'null'\n"},
      {"a:\n", "a: ''\n"},
      {"a:\n", "{}\n"},
      {"a: [x, y]\n", "a: [y, x]\n"},
      {"a: [x, y]\n", "a: ['x, y']\n"},
      {"a: [[x], y]\n", "a: [[x, y]]\n"},
      {"a: {b: c}\n", "a: [b, c]\n"},
      {"a: []\n", "a: {}\n"},
      {"a: b\nc: d\n", "a: d\nc: b\n"},
      {"a: |\n  x\n", "a: x\n"},
      {"a: 'x0,1:y'\n", "a: x\nb: y\n"},
  };
  for (const auto& [one, other] : different) {
    CAPTURE(one, other);
    const auto reading = plain_reading(resource(one));
    REQUIRE(reading);
    CHECK(plain_reading(resource(other)) != reading);
  }
}

TEST_CASE("what only a full reading understands has no quick one") {
  for (const char* text : {"a: !!str 1\n", "a: !x {b: c}\n", "a: ! [b]\n", "<<: {b: c}\n", "a: 1\na: 2\n", "8080: x\n",
                           "null: x\n", "? [a]\n: b\n", "a: &b [c]\n", "a: *b\n", "a: [\n"}) {
    CAPTURE(text);
    CHECK_FALSE(plain_reading(resource(text)));
  }
}

TEST_CASE("an alias is what its anchor last was") {
  CHECK(plain_reading(resource("a: [&x 1, *x, &x 2, *x]\n")) == plain_reading(resource("a: [1, 1, 2, 2]\n")));
}

TEST_CASE("aliases that unfold to many times the text are no quick reading") {
  std::string many = "a: [&x " + std::string(10'000, 'x');
  for (int i = 0; i < 1'000; ++i) many += ", *x";
  CHECK(is_plainly_a_resource(resource(many + "]\n")));
  CHECK_FALSE(plain_reading(resource(many + "]\n")));
}

}  // namespace
}  // namespace towline::diff::test
