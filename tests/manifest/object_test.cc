#include "manifest/object.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using towline::manifest::is_cluster_scoped;
using towline::manifest::NullItems;
using towline::manifest::parse_manifests;
using towline::manifest::pod_spec;
using towline::manifest::ResourceKey;

namespace {

std::vector<std::string> keys(const std::string& text, const std::string& ns = "pay") {
  std::vector<std::string> result;
  for (const auto& resource : parse_manifests("a.yaml", text, ns).resources) result.push_back(resource.key.str());
  return result;
}

using Keys = std::vector<std::string>;

}  // namespace

TEST_CASE("a resource is called as people call it: own groups are left out") {
  CHECK(ResourceKey{"apps", "Deployment", "pay", "pay"}.str() == "Deployment pay/pay");
  CHECK(ResourceKey{"", "Namespace", "", "pay"}.str() == "Namespace pay");
  CHECK(ResourceKey{"networking.k8s.io", "Ingress", "pay", "pay"}.str() == "Ingress pay/pay");
  CHECK(ResourceKey{"apps.example.com", "Widget", "pay", "x"}.str() == "apps.example.com/Widget pay/x");
  CHECK(ResourceKey{"gateway.networking.k8s.io", "HTTPRoute", "pay", "x"}.str() ==
        "gateway.networking.k8s.io/HTTPRoute pay/x");
}

TEST_CASE("every document of a file is an object, with its line") {
  const auto parsed = parse_manifests("apps/pay.yaml",
                                      "# first\n"
                                      "apiVersion: v1\n"
                                      "kind: Namespace\n"
                                      "metadata: {name: pay}\n"
                                      "---\n"
                                      "---\n"
                                      "apiVersion: apps/v1\n"
                                      "kind: Deployment\n"
                                      "metadata: {name: pay}\n",
                                      "pay");

  CHECK(parsed.problems.empty());
  REQUIRE(parsed.resources.size() == 2);
  CHECK(parsed.resources[0].key.str() == "Namespace pay");
  CHECK(parsed.resources[0].line == 2);
  CHECK(parsed.resources[1].key.str() == "Deployment pay/pay");
  CHECK(parsed.resources[1].api_version == "apps/v1");
  CHECK(parsed.resources[1].source_path == "apps/pay.yaml");
  CHECK(parsed.resources[1].line == 7);
}

TEST_CASE("the default namespace fills in for namespaced kinds only") {
  CHECK(keys("{apiVersion: v1, kind: Service, metadata: {name: a}}") == Keys{"Service pay/a"});
  CHECK(keys("{apiVersion: v1, kind: Service, metadata: {name: a, namespace: b}}") == Keys{"Service b/a"});
  CHECK(keys("{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a, namespace: b}}") ==
        Keys{"ClusterRole a"});
  CHECK(keys("{apiVersion: v1, kind: Service, metadata: {name: a}}", "") == Keys{"Service a"});
  CHECK(is_cluster_scoped("", "Namespace"));
  CHECK_FALSE(is_cluster_scoped("example.com", "Namespace"));
}

TEST_CASE("lists are unfolded, also in JSON") {
  CHECK(keys(R"({"apiVersion": "v1", "kind": "List", "items": [
      {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}},
      {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b"}}]})") ==
        Keys{"Service pay/a", "ConfigMap pay/b"});
}

TEST_CASE("what has a list of items is a list, whatever its kind") {
  CHECK(keys("{apiVersion: v1, kind: Pod, metadata: {name: a}, items: [{apiVersion: v1, kind: Secret, metadata: {name: "
             "b}}]}") == Keys{"Secret pay/b"});
}

TEST_CASE("a list in a list is a problem, since Argo CD unfolds one level") {
  const auto parsed = parse_manifests("a.yaml", "{apiVersion: v1, kind: List, items: [{kind: List, items: []}]}", "");
  CHECK(parsed.resources.empty());
  REQUIRE(parsed.problems.size() == 1);
  CHECK(parsed.problems[0].message == "a list inside of a list, which Argo CD does not unfold");
}

TEST_CASE("a named object whose items are null is dropped only as Argo CD does it") {
  const std::string text =
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: a}\nitems: null\n";
  CHECK(parse_manifests("a.yaml", text, "").resources.size() == 1);
  CHECK(parse_manifests("a.yaml", text, "", NullItems::empty_list).resources.empty());
  for (const NullItems rule : {NullItems::object, NullItems::empty_list}) {
    const auto list = parse_manifests("a.yaml", "{apiVersion: v1, kind: ConfigMapList, items: null}", "", rule);
    CHECK(list.resources.empty());
    CHECK(list.problems.empty());
    const auto with_spec =
        parse_manifests("a.yaml", "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {}, items: null}", "", rule);
    CHECK(with_spec.resources.size() == 1);
  }
}

TEST_CASE("a kind that is no string is none") {
  const auto parsed = parse_manifests("a.yaml", "{apiVersion: v1, kind: 12, metadata: {name: a}}", "");
  CHECK(parsed.resources.empty());
  CHECK(parsed.problems.size() == 1);
}

TEST_CASE("anchors and merge keys are expanded in the body") {
  const auto parsed = parse_manifests("a.yaml",
                                      "apiVersion: v1\n"
                                      "kind: ConfigMap\n"
                                      "metadata: {name: a, labels: &l {app: a}, annotations: *l}\n",
                                      "");

  REQUIRE(parsed.resources.size() == 1);
  const auto* app = parsed.resources[0].body.find_path({"metadata", "annotations", "app"});
  REQUIRE(app != nullptr);
  CHECK(app->text() == "a");
}

TEST_CASE("an object that Argo CD names by generateName goes by that prefix") {
  CHECK(keys("{apiVersion: batch/v1, kind: Job, metadata: {generateName: migrate-}}") == Keys{"Job pay/migrate-"});
}

TEST_CASE("a document that is no object is a problem that names its line") {
  struct Case {
    std::string text;
    std::size_t line;
    std::string message;
  };
  const std::vector<Case> cases = {
      {"\nfoo: bar\n", 2, "this document has no apiVersion and no kind, so it is no Kubernetes object"},
      {"kind: Pod\n", 1, "this document has no apiVersion, so it is no Kubernetes object"},
      {"apiVersion: v1\n", 1, "this document has no kind, so it is no Kubernetes object"},
      {"- a\n- b\n", 1, "this document is not a mapping, so it is no Kubernetes object"},
      {"apiVersion: v1\nkind: Pod\nmetadata: {}\n", 1, "this Pod has no metadata.name, so it cannot be applied"},
      {"apiVersion: v1\nkind: Pod\n{{- if x }}\nmetadata:\n", 3, "line 3: templated text is not YAML"},
      {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\n", 4,
       "a mapping stands where a key should, as unrendered templates do ({{ ... }})"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto parsed = parse_manifests("a.yaml", c.text, "");
    CHECK(parsed.resources.empty());
    REQUIRE(parsed.problems.size() == 1);
    CHECK(parsed.problems[0].path == "a.yaml");
    CHECK(parsed.problems[0].line == c.line);
    CHECK(parsed.problems[0].message == c.message);
  }
}

TEST_CASE("one bad document does not hide the others") {
  const auto parsed =
      parse_manifests("a.yaml", "foo: bar\n---\n{apiVersion: v1, kind: Pod, metadata: {name: a}}\n", "");

  CHECK(parsed.resources.size() == 1);
  CHECK(parsed.problems.size() == 1);
}

TEST_CASE("a file that does not parse is one problem with line and column") {
  const auto parsed = parse_manifests("a.yaml", "a: [1\nb: 2\n", "");

  CHECK(parsed.resources.empty());
  REQUIRE(parsed.problems.size() == 1);
  CHECK(parsed.problems[0].line == 2);
  CHECK_THAT(parsed.problems[0].message, Catch::StartsWith("line 2, column "));
}

TEST_CASE("the pod spec is found in every kind of workload") {
  const std::string pod = "{containers: [{name: app}]}";
  struct Case {
    std::string api_version;
    std::string kind;
    std::string spec;
  };
  const std::vector<Case> workloads = {
      {"v1", "Pod", pod},
      {"v1", "ReplicationController", "{template: {spec: " + pod + "}}"},
      {"apps/v1", "Deployment", "{template: {spec: " + pod + "}}"},
      {"apps/v1", "StatefulSet", "{template: {spec: " + pod + "}}"},
      {"apps/v1", "DaemonSet", "{template: {spec: " + pod + "}}"},
      {"apps/v1", "ReplicaSet", "{template: {spec: " + pod + "}}"},
      {"batch/v1", "Job", "{template: {spec: " + pod + "}}"},
      {"batch/v1", "CronJob", "{jobTemplate: {spec: {template: {spec: " + pod + "}}}}"},
  };
  for (const Case& c : workloads) {
    CAPTURE(c.kind);
    const auto parsed = parse_manifests(
        "a.yaml",
        "{apiVersion: " + c.api_version + ", kind: " + c.kind + ", metadata: {name: a}, spec: " + c.spec + "}", "");
    REQUIRE(parsed.resources.size() == 1);
    const auto* spec = pod_spec(parsed.resources[0]);
    REQUIRE(spec != nullptr);
    CHECK(spec->find("containers") != nullptr);
  }
  const auto other = parse_manifests(
      "a.yaml", "{apiVersion: example.com/v1, kind: Deployment, metadata: {name: a}, spec: {template: {spec: {}}}}",
      "");
  CHECK(pod_spec(other.resources.at(0)) == nullptr);
}
