#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "diff/field_selector.h"
#include "diff/manifests.h"

namespace towline::diff::test {
namespace {

std::string deployment(std::string_view template_metadata, std::string_view pod = "containers: [{name: a, image: x}]",
                       std::string_view spec = "replicas: 2") {
  return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, labels: {helm.sh/chart: pay-1}}\nspec: {" +
         std::string(spec) + ", template: {metadata: {" + std::string(template_metadata) + "}, spec: {" +
         std::string(pod) + "}}}\n";
}

std::vector<const yaml::Node*> selected(const FieldSelector& selector, const yaml::Node& node) {
  return selector.select(node);
}

discovery::IgnoreDifference of_deployments(std::vector<std::string> pointers, std::vector<std::string> paths = {}) {
  return {"apps", "Deployment", "", "", std::move(pointers), std::move(paths), {}};
}

Diff diff_ignoring(const std::string& base, const std::string& head, const discovery::IgnoreDifference& rule) {
  return diff_resources(resources(base), resources(head), DiffOptions{Secret("key"), {}, {rule}});
}

TEST_CASE("a checksum that is all that changes is folded, and the restart is told") {
  const Diff diff =
      diff_of(deployment("annotations: {checksum/config: a}"), deployment("annotations: {checksum/config: b}"));
  REQUIRE(diff.changes.size() == 1);
  CHECK(to_text(diff.changes[0]) == "@@ hidden: 1 checksum annotation @@\n");
  CHECK(diff.changes[0].note == "restarts its pods: only hidden changes in the pod template");
  CHECK_FALSE(diff.changes[0].hidden());
  CHECK(to_text(diff.changes[0], HiddenFields::shown) ==
        "@@ spec.template.metadata.annotations[\"checksum/config\"] @@\n- a\n+ b\n");
}

TEST_CASE("a chart label that is all that changes is folded with its resource") {
  const auto service = [](const char* chart) {
    return "apiVersion: v1\nkind: Service\nmetadata: {name: s, labels: {helm.sh/chart: " + std::string(chart) + "}}\n";
  };
  const Diff diff = diff_of(service("pay-1"), service("pay-2"));
  REQUIRE(diff.changes.size() == 1);
  CHECK(diff.changes[0].hidden());
  CHECK(diff.hidden_fields() == 1);
  CHECK(hidden_summary(diff) == "1 chart label");
}

TEST_CASE("an annotation that is no noise is shown beside one that is") {
  const Diff diff = diff_of(deployment("annotations: {checksum/config: a}"),
                            deployment("annotations: {checksum/config: b, sidecar: \"off\"}"));
  CHECK(to_text(diff.changes[0]) ==
        "@@ spec.template.metadata.annotations.sidecar @@\n+ \"off\"\n@@ hidden: 1 checksum annotation @@\n");
}

TEST_CASE("a label of the selector is never noise") {
  const auto text = [](const char* version) {
    return deployment("", "containers: []",
                      "selector: {matchLabels: {app.kubernetes.io/version: \"" + std::string(version) + "\"}}");
  };
  CHECK(diff_of(text("1"), text("2")).hidden_fields() == 0);
}

TEST_CASE("what is hidden counts for approvals") {
  const auto hash = [](const char* checksum) {
    return diff_hash({{"pay", diff_of(deployment("annotations: {checksum/config: a}"),
                                      deployment("annotations: {checksum/config: " + std::string(checksum) + "}"))}});
  };
  CHECK(hash("b") != hash("c"));
}

TEST_CASE("ignoreDifferences hide the fields that they select, and no others") {
  const std::string base = deployment("", "containers: [{name: a, image: x}, {name: b, image: x}]", "replicas: 2");
  const std::string head = deployment("", "containers: [{name: a, image: y1}, {name: b, image: y2}]", "replicas: 3");
  struct Rule {
    discovery::IgnoreDifference rule;
    std::string hidden;
  };
  const Rule kRules[] = {
      {of_deployments({"/spec/replicas"}), "1 by ignoreDifferences /spec/replicas"},
      {of_deployments({"/spec/template/spec/containers/0/image"}),
       "1 by ignoreDifferences /spec/template/spec/containers/0/image"},
      {of_deployments({}, {".spec.template.spec.containers[]?.image"}),
       "2 by ignoreDifferences .spec.template.spec.containers[]?.image"},
      {of_deployments({}, {".spec.template.spec.containers[] | select(.name == \"b\").image"}),
       "1 by ignoreDifferences .spec.template.spec.containers[] | select(.name == \"b\").image"},
      {of_deployments({"/spec/nothing"}), ""},
      {{"apps", "StatefulSet", "", "", {"/spec/replicas"}, {}, {}}, ""},
      {{"apps", "Deployment", "other", "", {"/spec/replicas"}, {}, {}}, ""},
      {{"*", "*", "pay", "d*", {"/spec/replicas"}, {}, {}}, "1 by ignoreDifferences /spec/replicas"},
  };
  for (const Rule& rule : kRules) {
    const Diff diff = diff_ignoring(base, head, rule.rule);
    CAPTURE(rule.hidden);
    CHECK(hidden_summary(diff) == rule.hidden);
    CHECK(diff.remarks.empty());
    CHECK(diff.changes[0].fields.size() == 3);
  }
}

TEST_CASE("what ignoreDifferences cannot do here is said") {
  discovery::IgnoreDifference rule = of_deployments({"spec", ""}, {".spec | keys", "."});
  rule.managed_fields_managers = {"kube-controller-manager"};
  const Diff diff = diff_ignoring(deployment(""), deployment("", "x: 1"), rule);
  CHECK(diff.hidden_fields() == 0);
  CHECK(
      diff.remarks ==
      std::vector<std::string>{
          "the path 'spec' of ignoreDifferences hides nothing here: a JSON pointer begins with '/'",
          "the path '' of ignoreDifferences hides nothing here: it selects whole objects",
          "the path '.spec | keys' of ignoreDifferences hides nothing here: at character 9 'keys' stands where a path "
          "that begins with '.' is supported",
          "the path '.' of ignoreDifferences hides nothing here: it selects whole objects",
          "ignoreDifferences by managedFieldsManagers (kube-controller-manager) hides nothing here: which manager "
          "owns a field is known to the cluster, not to Git"});
}

TEST_CASE("jq paths select what jq would") {
  struct Path {
    const char* path;
    std::vector<std::string> selected;
  };
  const yaml::Node node =
      yaml::parse("{a: {\"b/c\": one, list: [{n: x, v: 1}, {n: z, v: 2}], words: [p, q]}}")->front().root;
  const Path kPaths[] = {
      {".a[\"b/c\"]", {"one"}},
      {".a.\"b/c\"", {"one"}},
      {".a.list[0].n", {"x"}},
      {".a.list[-1].n", {"z"}},
      {".a.list[].v", {"1", "2"}},
      {".a.list[]|.n", {"x", "z"}},
      {".a.list[] | select(.n==\"z\") | .v", {"2"}},
      {".a.list[] | select(.v == 1).n", {"x"}},
      {".a.list[] | select(.n != \"x\" and .v == 2).n", {"z"}},
      {".a.list[] | select(.n | startswith(\"x\")).v", {"1"}},
      {".a.words[] | select(. == \"q\")", {"q"}},
      {".a.missing?.b[]?.c", {}},
      {".a?[\"b/c\"]?", {"one"}},
  };
  for (const Path& path : kPaths) {
    CAPTURE(path.path);
    const auto selector = FieldSelector::jq_path(path.path);
    REQUIRE(selector.has_value());
    std::vector<std::string> found;
    for (const yaml::Node* one : selected(*selector, node)) found.emplace_back(one->text());
    CHECK(found == path.selected);
  }
}

TEST_CASE("what is no path of the subset is refused where it stops being one") {
  const std::pair<const char*, const char*> kRefusals[] = {
      {"spec", "at character 1 'spec' stands where a path that begins with '.' is supported"},
      {"..", "at character 1 '..' stands where a path; '..' selects too much is supported"},
      {".a[1:2]", "at character 4 '1:2]' stands where ']', a number or a quoted name is supported"},
      {".a[\"b]", "at character 4 '\"b]' stands where a quote that ends is supported"},
      {".a | select(.b)", "at character 15 ')' stands where '==', '!=' or '|' in select is supported"},
      {".a | select(.b | test(\"x\"))",
       "at character 18 'test(\"x\"))' stands where a path that begins with '.' is "
       "supported"},
      {".a, .b", "at character 3 ', .b' stands where the end is supported"},
      {"", "at character 1 the end stands where a path that begins with '.' is supported"},
  };
  for (const auto& [path, sentence] : kRefusals) {
    const auto selector = FieldSelector::jq_path(path);
    CAPTURE(path);
    REQUIRE_FALSE(selector.has_value());
    CHECK(selector.error().message == sentence);
  }
}

}  // namespace
}  // namespace towline::diff::test
