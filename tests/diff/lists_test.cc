#include <catch2/catch.hpp>

#include <string>

#include "diff/canonical.h"
#include "diff/compare.h"
#include "diff/manifests.h"

namespace towline::diff::test {
namespace {

struct Case {
  const char* name;
  const char* kind;
  const char* base;
  const char* head;
  const char* text;
};

/// Where the fields of a pod stand in a Deployment.
std::string pod(std::string_view spec) { return "spec: {template: {spec: {" + std::string(spec) + "}}}"; }

std::string fields_text(const Case& one) {
  const auto node = [](std::string_view text) { return canonical(yaml::parse(text)->front().root); };
  const std::string kind = one.kind;
  const bool in_pod = kind == "Deployment";
  const auto wrapped = [&](const char* text) { return node(in_pod ? pod(text) : text); };
  Change change;
  change.fields = compare(wrapped(one.base), wrapped(one.head), Subject{kind});
  return to_text(change);
}

const Case kLists[] = {
    {"container ports pair by number and protocol", "Deployment",
     "containers: [{name: a, ports: [{containerPort: 53}, {containerPort: 53, protocol: UDP, hostPort: 1}]}]",
     "containers: [{name: a, ports: [{containerPort: 53, protocol: UDP, hostPort: 2}, {containerPort: 53}]}]",
     "@@ spec.template.spec.containers[name=a].ports[containerPort=53,protocol=UDP].hostPort @@\n- 1\n+ 2\n"
     "@@ hidden: 1 reordered list @@\n"},
    {"a port that gets another number keeps its name", "Service", "spec: {ports: [{port: 80, name: http}]}",
     "spec: {ports: [{port: 8080, name: http}]}", "@@ spec.ports[port=80].port @@\n- 80\n+ 8080\n"},
    {"mounts pair by path", "Deployment", "containers: [{name: a, volumeMounts: [{mountPath: /a, name: x}]}]",
     "containers: [{name: a, volumeMounts: [{mountPath: /b, name: w}, {mountPath: /a, name: z}]}]",
     "@@ spec.template.spec.containers[name=a].volumeMounts[mountPath=\"/b\", at 0] @@\n+ name: w\n+ mountPath: "
     "/b\n"
     "@@ spec.template.spec.containers[name=a].volumeMounts[mountPath=\"/a\"].name @@\n- x\n+ z\n"},
    {"the order of volumes means nothing", "Deployment", "volumes: [{name: a}, {name: b}]",
     "volumes: [{name: b}, {name: a}]", "@@ hidden: 1 reordered list @@\n"},
    {"the order of containers that start one after the other is a move", "Deployment",
     "initContainers: [{name: a}, {name: b}]", "initContainers: [{name: b}, {name: a}]",
     "@@ spec.template.spec.initContainers[order] moved @@\n- - a\n  - b\n+ - a\n"},
    {"the order of variables that refer to others matters", "Deployment",
     "containers: [{name: a, env: [{name: A, value: x}, {name: B, value: $(A)}]}]",
     "containers: [{name: a, env: [{name: B, value: $(A)}, {name: A, value: x}]}]",
     "@@ spec.template.spec.containers[name=a].env[order] moved @@\n- - A\n  - B\n+ - A\n"},
    {"the order of variables that stand alone does not", "Deployment",
     "containers: [{name: a, env: [{name: A, value: x}, {name: B, value: x}]}]",
     "containers: [{name: a, env: [{name: B, value: x}, {name: A, value: x}]}]", "@@ hidden: 1 reordered list @@\n"},
    {"the order of variables of one name matters: the last one counts", "Deployment",
     "containers: [{name: a, env: [{name: A, value: x}, {name: A, value: w}]}]",
     "containers: [{name: a, env: [{name: A, value: w}, {name: A, value: x}]}]",
     "@@ spec.template.spec.containers[name=a].env[0 to 1] moved @@\n  name: A\n  value: x\n"},
    {"a variable that is written once more is compared in order", "Deployment",
     "containers: [{name: a, env: [{name: A, value: x}, {name: B, value: x}]}]",
     "containers: [{name: a, env: [{name: A, value: x}, {name: B, value: x}, {name: A, value: w}]}]",
     "@@ spec.template.spec.containers[name=a].env[2] @@\n+ name: A\n+ value: w\n"},
    {"the order of hosts that are written twice matters", "Ingress",
     "spec: {rules: [{host: a, x: 1}, {host: a, x: 2}]}", "spec: {rules: [{host: a, x: 2}, {host: a, x: 1}]}",
     "@@ spec.rules[0 to 1] moved @@\n  host: a\n  x: 1\n"},
    {"an argument that moves is a move", "Deployment", "containers: [{name: a, args: [x, \"y\", z]}]",
     "containers: [{name: a, args: [\"y\", z, x]}]",
     "@@ spec.template.spec.containers[name=a].args[0 to 2] moved @@\n  x\n"},
    {"tolerations pair by content", "Deployment", "tolerations: [{key: a}, {key: b, effect: NoSchedule}]",
     "tolerations: [{key: b, effect: NoExecute}, {key: a}]",
     "@@ spec.template.spec.tolerations[1].effect @@\n- NoSchedule\n+ NoExecute\n@@ hidden: 1 reordered list @@\n"},
    {"spread constraints pair by topology and what happens otherwise", "Deployment",
     "topologySpreadConstraints: [{topologyKey: zone, whenUnsatisfiable: A, maxSkew: 1}, "
     "{topologyKey: zone, whenUnsatisfiable: B, maxSkew: 1}]",
     "topologySpreadConstraints: [{topologyKey: zone, whenUnsatisfiable: A, maxSkew: 1}, "
     "{topologyKey: zone, whenUnsatisfiable: B, maxSkew: 2}]",
     "@@ spec.template.spec.topologySpreadConstraints[topologyKey=zone,whenUnsatisfiable=B].maxSkew @@\n- 1\n+ 2\n"},
    {"rules of a role pair by what they share", "ClusterRole",
     "rules: [{apiGroups: [\"\"], resources: [pods], verbs: [get]}, {apiGroups: [apps], resources: [x], verbs: [get]}]",
     "rules: [{apiGroups: [apps], resources: [x], verbs: [get]}, {apiGroups: [\"\"], resources: [pods], verbs: [list, "
     "get]}]",
     "@@ rules[0].verbs[0] @@\n+ list\n@@ hidden: 1 reordered list @@\n"},
    {"subjects pair by kind, namespace and name", "RoleBinding",
     "subjects: [{kind: User, name: a}, {kind: ServiceAccount, name: a, namespace: ns}]",
     "subjects: [{kind: User, name: a}]",
     "@@ subjects[kind=ServiceAccount,namespace=ns,name=a] @@\n- kind: ServiceAccount\n- name: a\n- namespace: ns\n"},
    {"rules of an Ingress pair by host, their paths by path", "Ingress",
     "spec: {rules: [{host: a, http: {paths: [{path: /, pathType: Prefix, backend: x}]}}, {host: b}]}",
     "spec: {rules: [{host: b}, {host: a, http: {paths: [{path: /, pathType: Prefix, backend: w}]}}]}",
     "@@ spec.rules[host=a].http.paths[path=\"/\",pathType=Prefix].backend @@\n- x\n+ w\n"
     "@@ hidden: 1 reordered list @@\n"},
    {"the order of paths that the controller interprets matters", "Ingress",
     "spec: {rules: [{http: {paths: [{path: /a, pathType: ImplementationSpecific}, {path: /b}]}}]}",
     "spec: {rules: [{http: {paths: [{path: /b}, {path: /a, pathType: ImplementationSpecific}]}}]}",
     "@@ spec.rules[host=\"\"].http.paths[order] moved @@\n- - path=\"/a\",pathType=ImplementationSpecific\n"
     "  - path=\"/b\"\n+ - path=\"/a\",pathType=ImplementationSpecific\n"},
    {"claim templates pair by name", "StatefulSet",
     "spec: {volumeClaimTemplates: [{metadata: {name: a}, spec: {x: 1}}]}",
     "spec: {volumeClaimTemplates: [{metadata: {name: b}}, {metadata: {name: a}, spec: {x: 2}}]}",
     "@@ spec.volumeClaimTemplates[metadata.name=b, at 0] @@\n+ metadata:\n+   name: b\n"
     "@@ spec.volumeClaimTemplates[metadata.name=a].spec.x @@\n- 1\n+ 2\n"},
    {"equal quantities are no change", "Deployment",
     "containers: [{name: a, resources: {limits: {cpu: 1000m, memory: 1Gi}}}]",
     "containers: [{name: a, resources: {limits: {cpu: \"1\", memory: 1024Mi}}}]", ""},
    {"quantities are compared where quantities are", "Deployment",
     "containers: [{name: a, env: [{name: A, value: 1000m}]}]",
     "containers: [{name: a, env: [{name: A, value: \"1\"}]}]",
     "@@ spec.template.spec.containers[name=a].env[name=A].value @@\n- 1000m\n+ \"1\"\n"},
    {"a name is not a number", "Deployment", "x: {targetPort: 8080}", "x: {targetPort: \"8080\"}",
     "@@ spec.template.spec.x.targetPort @@\n- 8080\n+ \"8080\"\n"},
};

TEST_CASE("lists pair by their merge keys, and their order matters where Kubernetes says so") {
  for (const Case& list : kLists) {
    DYNAMIC_SECTION(list.name) { CHECK(fields_text(list) == list.text); }
  }
}

TEST_CASE("very long lists are compared item by item, in order and without") {
  const auto list = [](const char* field, int from, int to) {
    std::string text = std::string(field) + ":\n";
    for (int i = from; i < to; ++i) text += "- item" + std::to_string(i) + "\n";
    return text;
  };
  constexpr int kItems = 100'000;
  for (const char* field : {"spec", "args", "verbs"}) {
    const std::string base = list(field, 0, kItems);
    const std::string head = list(field, 1, kItems) + "- last\n- item0\n";
    const auto nodes = [](const std::string& text) { return canonical(yaml::parse(text)->front().root); };
    const auto changes = compare(nodes(base), nodes(head), Subject{"Deployment"});
    CAPTURE(field);
    CHECK(changes.size() == 2);
  }
}

}  // namespace
}  // namespace towline::diff::test
