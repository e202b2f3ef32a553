#include <catch2/catch.hpp>

#include <string>

#include "diff/diff.h"
#include "diff/manifests.h"

namespace towline::diff::test {
namespace {

constexpr std::string_view kHeading = "changed ConfigMap pay/c\n";

struct Case {
  const char* name;
  const char* base;
  const char* head;
  const char* text;
};

const Case kChanges[] = {
    {"a changed value", "data: {a: x}", "data: {a: w}", "@@ data.a @@\n- x\n+ w\n"},
    {"an added value", "data: {}", "data: {a: x}", "@@ data.a @@\n+ x\n"},
    {"a removed value", "data: {a: x}", "data: {}", "@@ data.a @@\n- x\n"},
    {"an added subtree is one entry", "spec: {}", "spec: {a: {b: [1, two]}}", "@@ spec.a @@\n+ b:\n+ - 1\n+ - two\n"},
    {"keys are paired without regard to order", "data: {a: x, b: w}", "data: {b: z, a: x}", "@@ data.b @@\n- w\n+ z\n"},
    {"a number is not the string of its digits", "data: {a: 123}", "data: {a: \"123\"}",
     "@@ data.a @@\n- 123\n+ \"123\"\n"},
    {"a decimal is not the string of its digits", "data: {a: 1.0}", "data: {a: \"1.0\"}",
     "@@ data.a @@\n- 1.0\n+ \"1.0\"\n"},
    {"a boolean is not a word", "data: {a: true}", "data: {a: \"true\"}", "@@ data.a @@\n- true\n+ \"true\"\n"},
    {"a value that becomes a mapping", "data: {a: x}", "data: {a: {b: c}}", "@@ data.a @@\n- x\n+ b: c\n"},
    {"a key that is no word", "metadata: {name: c, annotations: {a.b/c: x}}",
     "metadata: {name: c, annotations: {a.b/c: w}}", "@@ metadata.annotations[\"a.b/c\"] @@\n- x\n+ w\n"},
    {"items with names pair by name", "spec: [{name: a, v: 1}, {name: b, v: 1}]",
     "spec: [{name: a, v: 1}, {name: b, v: 2}]", "@@ spec[name=b].v @@\n- 1\n+ 2\n"},
    {"an item added at the end", "spec: [{name: a}]", "spec: [{name: a}, {name: b}]",
     "@@ spec[name=b] @@\n+ name: b\n"},
    {"an item added before one that stays", "spec: [{name: a}]", "spec: [{name: b}, {name: a}]",
     "@@ spec[name=b, at 0] @@\n+ name: b\n"},
    {"an item removed", "spec: [{name: a}, {name: b}]", "spec: [{name: b}]", "@@ spec[name=a] @@\n- name: a\n"},
    {"items that change their order", "spec: [{name: a}, {name: b}]", "spec: [{name: b}, {name: a}]",
     "@@ spec[order] moved @@\n- - a\n  - b\n+ - a\n"},
    {"a name that is no word", "spec: [{name: a b, v: 1}]", "spec: [{name: a b, v: 2}]",
     "@@ spec[name=\"a b\"].v @@\n- 1\n+ 2\n"},
    {"items without names pair by what stayed", "spec: [a, b, c]", "spec: [a, x, b, c]", "@@ spec[1] @@\n+ x\n"},
    {"an item without a name that went", "spec: [a, b, c]", "spec: [b, c]", "@@ spec[0] @@\n- a\n"},
    {"an item without a name that changed inside", "spec: [{v: 1}, {v: 2, w: 3}]", "spec: [{v: 1}, {v: 2, w: 4}]",
     "@@ spec[1].w @@\n- 3\n+ 4\n"},
    {"items that share a name pair by index", "spec: [{name: a, v: 1}, {name: a, v: 2}]",
     "spec: [{name: a, v: 1}, {name: a, v: 3}]", "@@ spec[1].v @@\n- 2\n+ 3\n"},
};

const Case kNoChanges[] = {
    {"the order of keys", "data: {a: x, b: w}", "data: {b: w, a: x}", ""},
    {"quoting", "data: {a: x}", "data: {a: 'x'}", ""},
    {"the style of a text", "data: {a: \"l\\nm\\n\"}", "data:\n  a: |\n    l\n    m\n", ""},
    {"null and absence", "data: {a: null, b: x}", "data: {b: x}", ""},
    {"a tilde and absence", "data: {a: ~, b: x}", "data: {b: x}", ""},
    {"the spelling of a boolean", "data: {a: yes}", "data: {a: True}", ""},
    {"comments and flow style", "data: {a: [1, 2]} # note", "data:\n  a:\n    - 1\n    - 2\n", ""},
    {"an anchor", "data: {a: &x v, b: *x}", "data: {a: v, b: v}", ""},
};

TEST_CASE("a change names its path and both values") {
  for (const Case& change : kChanges) {
    DYNAMIC_SECTION(change.name) {
      CHECK(shown(diff_of(config_map(change.base), config_map(change.head))) == std::string(kHeading) + change.text);
    }
  }
}

TEST_CASE("what means the same is no change") {
  for (const Case& same : kNoChanges) {
    DYNAMIC_SECTION(same.name) {
      CHECK(shown(diff_of(config_map(same.base), config_map(same.head))) == std::string(same.text));
    }
  }
}

TEST_CASE("a resource that came or went is shown whole, identity first") {
  const std::string text = "data: {a: x}\nkind: ConfigMap\nmetadata: {name: c}\napiVersion: v1\n";
  CHECK(shown(diff_of("", text)) ==
        "added ConfigMap pay/c\n+ apiVersion: v1\n+ kind: ConfigMap\n+ metadata:\n+   name: c\n+ data:\n+   a: x\n");
  CHECK(shown(diff_of(text, "")) ==
        "removed ConfigMap pay/c\n- apiVersion: v1\n- kind: ConfigMap\n- metadata:\n-   name: c\n- data:\n-   a: x\n");
}

TEST_CASE("resources pair by group, kind, namespace and name, and are sorted by them") {
  const Diff diff = diff_of("apiVersion: v1\nkind: Service\nmetadata: {name: a}\n",
                            "apiVersion: v1\nkind: Service\nmetadata: {name: b}\n---\n"
                            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n");
  REQUIRE(diff.changes.size() == 3);
  CHECK(diff.changes[0].key.str() == "Service pay/a");
  CHECK(diff.changes[0].kind == ChangeKind::removed);
  CHECK(diff.changes[1].key.str() == "Service pay/b");
  CHECK(diff.changes[1].kind == ChangeKind::added);
  CHECK(diff.changes[2].key.name == "a");
  CHECK(diff.changes[2].kind == ChangeKind::added);
}

TEST_CASE("another version of the same API is a change of the same resource") {
  CHECK(shown(diff_of("apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\n",
                      "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\n"))
            .ends_with("@@ apiVersion @@\n- autoscaling/v1\n+ autoscaling/v2\n"));
}

TEST_CASE("an object that is written twice is compared with its twin") {
  const std::string one = config_map("data: {a: x}\n");
  const std::string two = config_map("data: {a: w}\n");
  CHECK(diff_of(one + "---\n" + two, two + "---\n" + one).empty());
  CHECK(shown(diff_of(one + "---\n" + two, one)) ==
        "removed ConfigMap pay/c\n- apiVersion: v1\n- kind: ConfigMap\n- metadata:\n-   name: c\n- data:\n-   a: w\n");
}

TEST_CASE("of a long text only the lines around what changed are shown") {
  const auto text = [](const char* middle) {
    return config_map("data:\n  f: |\n    1\n    2\n    3\n    4\n    5\n    " + std::string(middle) +
                      "\n    7\n    8\n    9\n    10\n    11\n");
  };
  CHECK(shown(diff_of(text("six"), text("SIX"))) ==
        std::string(kHeading) + "@@ data.f @@\n@@ … @@\n    3\n    4\n    5\n-   six\n+   SIX\n    7\n    8\n    9\n");
}

TEST_CASE("the hash is equal for equal changes and different for different ones") {
  const Diff one = diff_of(config_map("data: {a: x}"), config_map("data: {a: w}"));
  const Diff two = diff_of(config_map("data: {a: x}"), config_map("data: {a: z}"));
  CHECK(diff_hash({{"pay", one}}) == diff_hash({{"pay", one}}));
  CHECK(diff_hash({{"pay", one}}) != diff_hash({{"pay", two}}));
  CHECK(diff_hash({{"pay", one}}) != diff_hash({{"web", one}}));
  CHECK(diff_hash({{"pay", one}, {"web", two}}) == diff_hash({{"web", two}, {"pay", one}}));
  CHECK(diff_hash({{"pay", one}, {"web", {}}}) == diff_hash({{"pay", one}}));
  CHECK(diff_hash({}).size() == 64);
}

TEST_CASE("values that run into each other do not share a hash") {
  Diff one;
  one.changes.push_back({ChangeKind::changed, {"", "ConfigMap", "pay", "c"}, {{"a", "1", std::nullopt}}, false});
  Diff two;
  two.changes.push_back({ChangeKind::changed, {"", "ConfigMap", "pay", "c"}, {{"a", std::nullopt, "1"}}, false});
  CHECK(diff_hash({{"pay", one}}) != diff_hash({{"pay", two}}));
}

TEST_CASE("a custom kind that has its name in common with one of Kubernetes does not have its rules") {
  const auto policy = [](const char* version, const char* ingress) {
    return "apiVersion: " + std::string(version) + "\nkind: NetworkPolicy\nmetadata: {name: n}\nspec: {ingress: [" +
           ingress + "]}\n";
  };
  const auto reordered = [&](const char* version) {
    return diff_of(policy(version, "{action: Deny}, {action: Allow}"),
                   policy(version, "{action: Allow}, {action: Deny}"));
  };
  CHECK(reordered("networking.k8s.io/v1").changes.at(0).hidden());
  CHECK(reordered("projectcalico.org/v3").hidden_fields() == 0);
  CHECK(reordered("projectcalico.org/v3").changes.size() == 1);
}

TEST_CASE("integers are compared by value, and replicas that are 0 are a danger however they are written") {
  const auto pods = [](const char* replicas, const char* mode) {
    return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {replicas: " + std::string(replicas) +
           ", template: {spec: {volumes: [{name: v, configMap: {defaultMode: " + mode + "}}]}}}\n";
  };
  CHECK(diff_of(pods("2", "0644"), pods("0x2", "420")).empty());
  CHECK(diff_of(pods("2", "0644"), pods("2", "644")).changes.size() == 1);
  for (const char* zero : {"0", "0x0", "-0", "0.0", "00"}) {
    CAPTURE(zero);
    CHECK(diff_of(pods("2", "420"), pods(zero, "420")).dangers.size() == 1);
  }
}

TEST_CASE("objects that are written several times are remarked on when that changes, be it their order alone") {
  const std::string one = config_map("data: {a: x}\n");
  const std::string two = config_map("data: {a: z}\n");
  CHECK(diff_of(one + "---\n" + two, one + "---\n" + two).remarks.empty());
  CHECK(diff_of(one + "---\n" + two, two + "---\n" + one).remarks ==
        std::vector<std::string>{"ConfigMap pay/c is written 2 times, not as before: only one of them is applied, "
                                 "whichever comes last"});
}

TEST_CASE("a null in a custom resource is not absence") {
  const auto release = [](const char* values) {
    return "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: r, creationTimestamp: null}\n"
           "spec: {values: {" +
           std::string(values) + "}}\n";
  };
  CHECK(shown(diff_of(release("a: 1"), release("a: 1, probe: null"))) ==
        "changed helm.toolkit.fluxcd.io/HelmRelease pay/r\n@@ spec.values.probe @@\n+ null\n");
}

}  // namespace
}  // namespace towline::diff::test
