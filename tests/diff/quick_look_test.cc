#include "diff/quick_look.h"

#include <catch2/catch.hpp>

#include <string>

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
    {"an empty kind", "apiVersion: v1\nkind: ''\n", false},
    {"a kind that is none", "apiVersion: v1\nkind: [a]\n", false},
    {"kind further in", "apiVersion: v1\nmetadata: {kind: a}\n", false},
    {"a list of resources", "apiVersion: v1\nkind: List\nitems: []\n", false},
    {"broken", "apiVersion: v1\nkind: ConfigMap\ndata: [\n", false},
    {"an unknown alias", "apiVersion: v1\nkind: ConfigMap\ndata: *a\n", false},
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

}  // namespace
}  // namespace towline::diff::test
