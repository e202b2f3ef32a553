#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "diff/manifests.h"

namespace towline::diff::test {
namespace {

std::string object(std::string_view api, std::string_view kind, std::string_view rest) {
  return "apiVersion: " + std::string(api) + "\nkind: " + std::string(kind) + "\n" + std::string(rest) + "\n";
}

std::vector<std::string> messages(const Diff& diff) {
  std::vector<std::string> result;
  for (const Danger& danger : diff.dangers) result.push_back(danger.key.str() + ": " + danger.message);
  return result;
}

struct Case {
  const char* name;
  std::string base;
  std::string head;
  std::vector<std::string> dangers;
};

const std::string kUnasked = "; nothing asks before an automated prune, as the sync option Prune=confirm would";

const Case kCases[] = {
    {"a StatefulSet goes",
     object("apps/v1", "StatefulSet", "metadata: {name: a}"),
     "",
     {"StatefulSet pay/a: deletes a StatefulSet: its pods stop, and its volumes are left without an owner" + kUnasked}},
    {"a Namespace goes when someone confirms",
     object("v1", "Namespace",
            "metadata: {name: a, annotations: {argocd.argoproj.io/sync-options: \"Prune=confirm\"}}"),
     "",
     {"Namespace a: deletes a Namespace: everything in it goes with it; Argo CD waits for someone to confirm it"}},
    {"a claim that Argo CD never prunes",
     object("v1", "PersistentVolumeClaim",
            "metadata: {name: a, annotations: {argocd.argoproj.io/sync-options: \"Delete=false, Prune=false\"}}"),
     "",
     {}},
    {"an application goes to another cluster",
     object("argoproj.io/v1alpha1", "Application",
            "metadata: {name: a}\nspec: {destination: {name: eu, namespace: x}}"),
     object("argoproj.io/v1alpha1", "Application", "metadata: {name: a}\nspec: {destination: {server: https://us}}"),
     {"argoproj.io/Application pay/a: goes to another cluster (from 'eu' to 'https://us'): what runs in the old one "
      "stays there, and nothing looks after it any more"}},
    {"an application goes to another namespace",
     object("argoproj.io/v1alpha1", "Application",
            "metadata: {name: a}\nspec: {destination: {name: eu, namespace: x}}"),
     object("argoproj.io/v1alpha1", "Application",
            "metadata: {name: a}\nspec: {destination: {name: eu, namespace: y}}"),
     {}},
    {"a Service goes", object("v1", "Service", "metadata: {name: a}"), "", {}},
    {"the option that protects goes",
     object("v1", "ConfigMap", "metadata: {name: a, annotations: {argocd.argoproj.io/sync-options: Prune=false}}"),
     object("v1", "ConfigMap", "metadata: {name: a}"),
     {"ConfigMap pay/a: takes away the sync option Prune=false: from then on an automated prune deletes it without "
      "asking"}},
    {"a selector changes",
     object("apps/v1", "Deployment", "metadata: {name: a}\nspec: {selector: {matchLabels: {a: b}}}"),
     object("apps/v1", "Deployment", "metadata: {name: a}\nspec: {selector: {matchLabels: {a: c}}}"),
     {"Deployment pay/a: changes spec.selector, which is immutable: the sync fails until the Deployment is deleted and "
      "made again"}},
    {"claim templates change, replicas may",
     object("apps/v1", "StatefulSet",
            "metadata: {name: a}\nspec: {replicas: 1, volumeClaimTemplates: [{metadata: {name: d}}]}"),
     object("apps/v1", "StatefulSet",
            "metadata: {name: a}\nspec: {replicas: 2, volumeClaimTemplates: [{metadata: {name: e}}]}"),
     {"StatefulSet pay/a: changes spec.volumeClaimTemplates, which is immutable: the sync fails until the StatefulSet "
      "is deleted and made again"}},
    {"a Service gets another address",
     object("v1", "Service", "metadata: {name: a}\nspec: {clusterIP: 10.0.0.1}"),
     object("v1", "Service", "metadata: {name: a}\nspec: {clusterIP: None}"),
     {"Service pay/a: changes spec.clusterIP, which is immutable: the sync fails until the Service is deleted and made "
      "again"}},
    {"a claim grows",
     object("v1", "PersistentVolumeClaim", "metadata: {name: a}\nspec: {resources: {requests: {storage: 1Gi}}}"),
     object("v1", "PersistentVolumeClaim", "metadata: {name: a}\nspec: {resources: {requests: {storage: 2Gi}}}"),
     {}},
    {"a claim shrinks",
     object("v1", "PersistentVolumeClaim", "metadata: {name: a}\nspec: {resources: {requests: {storage: 1Gi}}}"),
     object("v1", "PersistentVolumeClaim", "metadata: {name: a}\nspec: {resources: {requests: {storage: 512Mi}}}"),
     {"PersistentVolumeClaim pay/a: asks for less storage (1Gi to 512Mi): a volume can only grow, and the sync fails"}},
    {"a Job's template changes",
     object("batch/v1", "Job", "metadata: {name: a}\nspec: {template: {a: b}}"),
     object("batch/v1", "Job", "metadata: {name: a}\nspec: {template: {a: c}}"),
     {"Job pay/a: changes spec.template, which is immutable: the sync fails until the Job is deleted and made again"}},
    {"a hook's template changes",
     object("batch/v1", "Job",
            "metadata: {name: a, annotations: {helm.sh/hook: pre-install}}\nspec: {template: {a: b}}"),
     object("batch/v1", "Job",
            "metadata: {name: a, annotations: {helm.sh/hook: pre-install}}\nspec: {template: {a: c}}"),
     {}},
    {"a role reference changes",
     object("rbac.authorization.k8s.io/v1", "RoleBinding", "metadata: {name: a}\nroleRef: {name: x}"),
     object("rbac.authorization.k8s.io/v1", "RoleBinding", "metadata: {name: a}\nroleRef: {name: w}"),
     {"RoleBinding pay/a: changes roleRef, which is immutable: the sync fails until the RoleBinding is deleted and "
      "made "
      "again"}},
    {"replicas become none",
     object("apps/v1", "Deployment", "metadata: {name: a}"),
     object("apps/v1", "Deployment", "metadata: {name: a}\nspec: {replicas: 0}"),
     {"Deployment pay/a: sets replicas to 0: all of its pods stop"}},
    {"an autoscaler may stop everything",
     object("autoscaling/v2", "HorizontalPodAutoscaler", "metadata: {name: a}\nspec: {minReplicas: 1}"),
     object("autoscaling/v2", "HorizontalPodAutoscaler", "metadata: {name: a}\nspec: {minReplicas: 0}"),
     {"HorizontalPodAutoscaler pay/a: sets minReplicas to 0: without load all pods stop"}},
    {"an image goes backwards",
     object("v1", "Pod", "metadata: {name: a}\nspec: {containers: [{name: c, image: \"pay:1.10.0\"}]}"),
     object("v1", "Pod", "metadata: {name: a}\nspec: {containers: [{name: c, image: \"pay:1.9.0\"}]}"),
     {"Pod pay/a: takes the image of container c back from 1.10.0 to 1.9.0"}},
    {"another image is no step back",
     object("v1", "Pod", "metadata: {name: a}\nspec: {containers: [{name: c, image: \"pay:1.10.0\"}]}"),
     object("v1", "Pod", "metadata: {name: a}\nspec: {containers: [{name: c, image: \"pay2:1.9.0\"}]}"),
     {}},
    {"a frozen ConfigMap changes",
     object("v1", "ConfigMap", "metadata: {name: a}\nimmutable: true\ndata: {a: b}"),
     object("v1", "ConfigMap", "metadata: {name: a}\nimmutable: true\ndata: {a: c}"),
     {"ConfigMap pay/a: changes data, which is immutable: the sync fails until the ConfigMap is deleted and made "
      "again"}},
};

TEST_CASE("what a reviewer must not overlook is called out") {
  for (const Case& one : kCases) {
    DYNAMIC_SECTION(one.name) { CHECK(messages(diff_of(one.base, one.head)) == one.dangers); }
  }
}

TEST_CASE("a danger in a hidden field is called out all the same") {
  const std::string base = object("apps/v1", "Deployment", "metadata: {name: a}\nspec: {replicas: 2}");
  const std::string head = object("apps/v1", "Deployment", "metadata: {name: a}\nspec: {replicas: 0}");
  const DiffOptions options{Secret("key"), {}, {{"apps", "Deployment", "", "", {"/spec/replicas"}, {}, {}}}};
  const Diff diff = diff_resources(resources(base), resources(head), options);
  CHECK(diff.hidden_fields() == 1);
  CHECK(diff.dangers.size() == 1);
}

TEST_CASE("hooks, CRDs and namespaces say what they are") {
  const Diff diff = diff_of(
      "",
      object("v1", "Namespace", "metadata: {name: n}") + "---\n" +
          object("apiextensions.k8s.io/v1", "CustomResourceDefinition",
                 "metadata: {name: widgets.acme.io}\nspec: {group: acme.io, names: {kind: Widget}}") +
          "---\n" +
          object("batch/v1", "Job", "metadata: {name: h, annotations: {helm.sh/hook: \"pre-install,pre-upgrade\"}}") +
          "---\n" +
          object("batch/v1", "Job", "metadata: {generateName: s-, annotations: {argocd.argoproj.io/hook: PreSync}}"));
  std::vector<std::string> roles;
  for (const Change& change : diff.changes) roles.push_back(change.key.str() + ": " + change.role);
  CHECK(roles == std::vector<std::string>{
                     "Namespace n: namespace", "CustomResourceDefinition widgets.acme.io: CRD of Widget (acme.io)",
                     "Job pay/h: Helm hook pre-install, pre-upgrade", "Job pay/s-: Argo CD hook PreSync"});
}

}  // namespace
}  // namespace towline::diff::test
