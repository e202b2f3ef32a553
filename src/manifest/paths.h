#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace towline::manifest {

/// The part behind the last '/'.
std::string_view base_name(std::string_view path);
/// The part before the last '/'; "" for a path at the root.
std::string_view parent_directory(std::string_view path);
/// True for `path` itself and what is below it; everything is below "".
bool is_at_or_below(std::string_view path, std::string_view directory);
/// `directory` and `relative` put together, without "." and ".."; nullopt when that leaves the root or is absolute.
std::optional<std::string> resolve(std::string_view directory, std::string_view relative);

/// By name: *.yaml, *.yml, *.json and "Kustomization".
bool is_manifest_file(std::string_view path);
/// kustomization.yaml, kustomization.yml or Kustomization.
bool is_kustomization_file(std::string_view path);

}  // namespace towline::manifest
