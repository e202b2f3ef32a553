#include "manifest/paths.h"

#include <vector>

#include "base/text.h"

namespace towline::manifest {

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view parent_directory(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

bool is_at_or_below(std::string_view path, std::string_view directory) {
  if (directory.empty() || path == directory) return true;
  return path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/';
}

std::optional<std::string> resolve(std::string_view directory, std::string_view relative) {
  if (relative.starts_with('/')) return std::nullopt;
  std::vector<std::string> components;
  for (const std::string_view part : {directory, relative}) {
    for (const std::string_view component : split(part, '/')) {
      if (component.empty() || component == ".") continue;
      if (component != "..") {
        components.emplace_back(component);
      } else if (components.empty()) {
        return std::nullopt;
      } else {
        components.pop_back();
      }
    }
  }
  return join(components, "/");
}

bool is_manifest_file(std::string_view path) {
  return path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json") || is_kustomization_file(path);
}

bool is_kustomization_file(std::string_view path) {
  const std::string_view name = base_name(path);
  return name == "kustomization.yaml" || name == "kustomization.yml" || name == "Kustomization";
}

}  // namespace towline::manifest
