#include "policy/native/rules.h"

#include <functional>
#include <initializer_list>
#include <string_view>

#include "base/credential_names.h"
#include "base/credential_text.h"
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

bool holds_credential(const yaml::Node& list) {
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    const std::string_view text = list.items[i].text();
    if (!find_credentials(text, TextUse::code).empty()) return true;
    // ["--token", "x"]
    const std::string_view option = i == 0 ? std::string_view() : list.items[i - 1].text();
    const bool value = option.starts_with('-') && option.find('=') == std::string_view::npos && !text.starts_with('-');
    if (value && names_credential(option) && is_credential_of(option, text)) return true;
  }
  return false;
}

/// Where a container has a list of words that a program runs.
constexpr std::string_view kRunFields[] = {"command",
                                           "args",
                                           "lifecycle.postStart.exec.command",
                                           "lifecycle.preStop.exec.command",
                                           "livenessProbe.exec.command",
                                           "readinessProbe.exec.command",
                                           "startupProbe.exec.command"};

const yaml::Node* at_path(const yaml::Node& node, std::string_view path) {
  const std::size_t dot = path.find('.');
  const yaml::Node* next = node.find(path.substr(0, dot));
  return next == nullptr || dot == std::string_view::npos ? next : at_path(*next, path.substr(dot + 1));
}

std::vector<Violation> credentials_in_commands(const Resource& resource) {
  std::vector<Violation> violations;
  for_each_container(resource, [&](const Container& container) {
    for (const std::string_view path : kRunFields) {
      const yaml::Node* list = at_path(container.node, path);
      if (list == nullptr || !holds_credential(*list)) continue;
      violations.push_back({container.field + "." + std::string(path),
                            container.description + " has what looks like a credential in " + std::string(path),
                            "read it from a Secret, by a variable or a file, and replace it: it stays in the history"});
    }
  });
  return violations;
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
  if (!resource.key.group.empty() || resource.key.kind != "Secret") return credentials_in_commands(resource);
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
