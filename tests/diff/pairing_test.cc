#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "diff/manifests.h"
#include "diff/pairing.h"

namespace towline::diff::test {
namespace {

std::string named_config(std::string_view name, std::string_view data) {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + std::string(name) + "}\ndata: {" + std::string(data) +
         "}\n---\n";
}

/// "changed ConfigMap pay/b (was ConfigMap pay/a)" for each change.
std::vector<std::string> pairs(const Diff& diff) {
  std::vector<std::string> result;
  for (const Change& change : diff.changes) {
    result.push_back(std::string(to_string(change.kind)) + " " + change.key.str() +
                     (change.was ? " (was " + change.was->str() + ")" : ""));
  }
  return result;
}

TEST_CASE("names lose the suffixes that programs give them") {
  const std::vector<std::vector<std::string>> kNames = {
      {"ConfigMap", "app-config-9h2ft8k5mb", "app-config"},
      {"ConfigMap", "app-config-production", "app-config-production"},
      {"Job", "migrate-x7k2p", "migrate"},
      {"Job", "migrate-v1-2-3", "migrate"},
      {"Job", "migrate-1.4.2-rc1", "migrate"},
      {"Job", "migrate", "migrate"},
      {"Pod", "web-https", "web-https"},
      {"ConfigMap", "build-0a1b2c3", "build"},
      {"ConfigMap", "backup-20261124", "backup"},
      {"Deployment", "web-v2", "web-v2"},
      {"Job", "-5", "-5"},
  };
  for (const auto& name : kNames) {
    CAPTURE(name);
    CHECK(name_stem(name[0], name[1]) == name[2]);
  }
}

TEST_CASE("a config map with another hash in its name is the same one, changed") {
  const Diff diff = diff_of(named_config("cfg-9h2ft8k5mb", "a: x"), named_config("cfg-bb7gd4f8c2", "a: z"));
  CHECK(pairs(diff) ==
        std::vector<std::string>{"changed ConfigMap pay/cfg-bb7gd4f8c2 (was ConfigMap pay/cfg-9h2ft8k5mb)"});
  CHECK(shown(diff).ends_with("@@ data.a @@\n- x\n+ z\n@@ metadata.name @@\n- cfg-9h2ft8k5mb\n+ cfg-bb7gd4f8c2\n"));
}

TEST_CASE("of several generated names of one stem the most alike pair") {
  const Diff diff =
      diff_of(named_config("c-9h2ft8k5mb", "a: 1, b: 2, c: 3") + named_config("c-bb7gd4f8c2", "x: 1, z: 2"),
              named_config("c-ccccccccc2", "x: 1, z: 3") + named_config("c-ddddddddd2", "a: 1, b: 2, c: 4"));
  CHECK(pairs(diff) == std::vector<std::string>{"changed ConfigMap pay/c-ccccccccc2 (was ConfigMap pay/c-bb7gd4f8c2)",
                                                "changed ConfigMap pay/c-ddddddddd2 (was ConfigMap pay/c-9h2ft8k5mb)"});
}

TEST_CASE("a resource that is renamed and otherwise nearly the same is one change") {
  const std::string data = "a: 1, b: 2, c: 3, d: 4, self: ";
  const Diff diff = diff_of(named_config("payments", data + "payments"), named_config("billing", data + "billing"));
  CHECK(pairs(diff) == std::vector<std::string>{"changed ConfigMap pay/billing (was ConfigMap pay/payments)"});
}

TEST_CASE("resources that have little in common came and went") {
  CHECK(pairs(diff_of(named_config("one", "a: 1, b: 2, c: 3, d: 4"), named_config("two", "a: 1, b: 5, c: 6, d: 7"))) ==
        std::vector<std::string>{"removed ConfigMap pay/one", "added ConfigMap pay/two"});
  CHECK(pairs(diff_of(named_config("one", "a: 1"), named_config("two", "a: 1"))) ==
        std::vector<std::string>{"removed ConfigMap pay/one", "added ConfigMap pay/two"});
}

TEST_CASE("an API that moved to another group is the same resource") {
  const Diff diff = diff_of("apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: a}\n",
                            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a}\n");
  REQUIRE(diff.changes.size() == 1);
  CHECK(diff.changes[0].kind == ChangeKind::changed);
}

TEST_CASE("a renamed StatefulSet is still the deletion of one") {
  const auto set = [](const char* name) {
    return "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: " + std::string(name) +
           "}\nspec: {a: 1, b: 2, c: 3, d: 4}\n";
  };
  const Diff diff = diff_of(set("database"), set("storage"));
  REQUIRE(diff.dangers.size() == 1);
  CHECK(diff.dangers[0].key.name == "database");
}

TEST_CASE("thousands of renamed resources are paired without comparing all with all") {
  std::string base;
  std::string head;
  constexpr int kCount = 2000;
  for (int i = 0; i < kCount; ++i) {
    const std::string data = "a: 1, b: 2, c: 3, d: 4, e: v" + std::to_string(i) + ", f: w" + std::to_string(i);
    base += named_config("before" + std::to_string(i) + "x", data);
    head += named_config("later" + std::to_string(i) + "x", data);
  }
  const Diff diff = diff_of(base, head);
  const auto renamed = std::count_if(diff.changes.begin(), diff.changes.end(),
                                     [](const Change& change) { return change.was.has_value(); });
  CHECK(diff.changes.size() == kCount);
  CHECK(renamed == kCount);
}

}  // namespace
}  // namespace towline::diff::test
