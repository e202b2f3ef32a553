#include "diff/role.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace towline::diff {
namespace {

struct Hook {
  std::string_view annotation;
  std::string_view name;
};
constexpr std::array<Hook, 2> kHooks = {{{"argocd.argoproj.io/hook", "Argo CD hook"}, {"helm.sh/hook", "Helm hook"}}};

std::vector<std::string> words(std::string_view list) {
  std::vector<std::string> result;
  for (const std::string_view word : split(list, ',')) {
    if (!trim(word).empty()) result.emplace_back(trim(word));
  }
  return result;
}

std::string_view text_at(const yaml::Node& body, std::initializer_list<std::string_view> path) {
  const yaml::Node* node = body.find_path(path);
  return node == nullptr ? std::string_view{} : node->text();
}

}  // namespace

std::string_view annotation(const yaml::Node& body, std::string_view name) {
  return text_at(body, {"metadata", "annotations", name});
}

bool has_option(const yaml::Node& body, std::string_view annotation_name, std::string_view word) {
  const auto options = words(annotation(body, annotation_name));
  return std::find(options.begin(), options.end(), word) != options.end();
}

bool is_hook(const yaml::Node& body) {
  return std::any_of(kHooks.begin(), kHooks.end(),
                     [&](const Hook& hook) { return !annotation(body, hook.annotation).empty(); });
}

std::string role_of(const manifest::ResourceKey& key, const yaml::Node& body) {
  for (const Hook& hook : kHooks) {
    const auto phases = words(annotation(body, hook.annotation));
    if (!phases.empty()) return std::string(hook.name) + " " + join(phases, ", ");
  }
  if (key.group == "apiextensions.k8s.io" && key.kind == "CustomResourceDefinition") {
    return "CRD of " + std::string(text_at(body, {"spec", "names", "kind"})) + " (" +
           std::string(text_at(body, {"spec", "group"})) + ")";
  }
  return key.group.empty() && key.kind == "Namespace" ? "namespace" : "";
}

}  // namespace towline::diff
