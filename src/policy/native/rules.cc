#include "policy/native/rules.h"

#include <functional>
#include <initializer_list>
#include <string_view>

#include "image/reference.h"

namespace towline::policy {
namespace {

using manifest::Resource;

/// Native sidecars are init containers, and run as long as the pod does.
constexpr std::string_view kContainerLists[] = {"initContainers", "containers"};

std::string pod_spec_path(const Resource& resource) {
  if (resource.key.kind == "Pod") return "spec";
  if (resource.key.kind == "CronJob") return "spec.jobTemplate.spec.template.spec";
  return "spec.template.spec";
}

struct Container {
  const yaml::Node& node;
  std::string description;  ///< "container pay", "init container database-proxy"
  std::string field;        ///< "spec.template.spec.containers[0]"
};

void for_each_container(const Resource& resource, const std::function<void(const Container&)>& visit) {
  const yaml::Node* spec = manifest::pod_spec(resource);
  if (spec == nullptr) return;
  for (const std::string_view list : kContainerLists) {
    const yaml::Node* containers = spec->find(list);
    if (containers == nullptr) continue;
    for (std::size_t i = 0; i < containers->items.size(); ++i) {
      const yaml::Node& node = containers->items[i];
      const yaml::Node* name = node.find("name");
      const std::string label = name == nullptr ? "#" + std::to_string(i + 1) : std::string(name->text());
      const std::string kind = list == "initContainers" ? "init container " : "container ";
      visit({node, kind + label, pod_spec_path(resource) + "." + std::string(list) + "[" + std::to_string(i) + "]"});
    }
  }
}

bool has_values(const yaml::Node* node) {
  if (node == nullptr || node->is_null()) return false;
  return node->is_mapping() ? !node->entries.empty() : !node->text().empty();
}

/// What is wrong with how an image is named; "" when nothing is.
std::string pinning_problem(std::string_view text) {
  if (text.empty()) return "names no image";
  const auto reference = image::parse_reference(text);
  const std::string quoted = "'" + std::string(text) + "'";
  if (!reference) return "has the image " + quoted + ", which is no image reference";
  if (reference->digest) return "";
  if (!reference->tag) return "runs " + quoted + ", which has no tag and no digest";
  if (reference->tag->str() == "latest") return "runs " + quoted + ", and 'latest' is another image tomorrow";
  return "";
}

}  // namespace

std::vector<Violation> unpinned_images(const Resource& resource) {
  std::vector<Violation> violations;
  for_each_container(resource, [&](const Container& container) {
    const yaml::Node* image = container.node.find("image");
    const std::string problem = pinning_problem(image == nullptr ? std::string_view{} : image->text());
    if (problem.empty()) return;
    violations.push_back({container.field + ".image", container.description + " " + problem,
                          "name a released tag, such as 1.4.2, or a digest"});
  });
  return violations;
}

std::vector<Violation> raw_secrets(const Resource& resource) {
  if (!resource.key.group.empty() || resource.key.kind != "Secret") return {};
  for (const std::string_view field : {"data", "stringData"}) {
    if (!has_values(resource.body.find(field))) continue;
    return {
        {std::string(field), "this Secret has its values in Git",
         "let an operator write it (ExternalSecret, SealedSecret), and replace the values: they stay in the history"}};
  }
  return {};
}

std::vector<Violation> missing_requests(const Resource& resource) {
  std::vector<Violation> violations;
  for_each_container(resource, [&](const Container& container) {
    const bool cpu = has_values(container.node.find_path({"resources", "requests", "cpu"}));
    const bool memory = has_values(container.node.find_path({"resources", "requests", "memory"}));
    if (cpu && memory) return;
    const std::string missing = cpu ? "no memory" : memory ? "no cpu" : "no cpu and no memory";
    const std::string remedy = cpu      ? "set resources.requests.memory"
                               : memory ? "set resources.requests.cpu"
                                        : "set resources.requests.cpu and resources.requests.memory";
    violations.push_back({container.field + ".resources", container.description + " requests " + missing, remedy});
  });
  return violations;
}

}  // namespace towline::policy
