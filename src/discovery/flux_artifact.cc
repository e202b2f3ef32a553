#include "discovery/flux_artifact.h"

#include <algorithm>
#include <array>

namespace towline::discovery {
namespace {

/// Patterns without a slash: of files and of directories, with all below them.
constexpr std::array<std::string_view, 13> kNames = {
    ".gitignore",      ".gitmodules", ".gitattributes",  ".travis.yml",           ".gitlab-ci.yml",
    "appveyor.yml",    ".drone.yml",  "cloudbuild.yaml", "codeship-services.yml", "codeship-steps.yml",
    ".goreleaser.yml", ".sops.yaml",  ".flux.yaml"};
/// Patterns that end with a slash.
constexpr std::array<std::string_view, 3> kDirectories = {".git", ".github", ".circleci"};
constexpr std::array<std::string_view, 8> kExtensions = {".jpg", ".jpeg", ".gif",    ".png",
                                                         ".wmv", ".flv",  ".tar.gz", ".zip"};

template <std::size_t count>
bool has(const std::array<std::string_view, count>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_excluded(std::string_view name, bool is_directory) {
  if (has(kNames, name) || (is_directory && has(kDirectories, name))) return true;
  return std::any_of(kExtensions.begin(), kExtensions.end(), [&](std::string_view one) { return name.ends_with(one); });
}

}  // namespace

bool is_left_out_of_artifact(std::string_view path) {
  while (true) {
    const std::size_t slash = path.find('/');
    const bool is_directory = slash != std::string_view::npos;
    if (is_excluded(path.substr(0, slash), is_directory)) return true;
    if (!is_directory) return false;
    path.remove_prefix(slash + 1);
  }
}

bool is_left_out_of_artifact(const git::TreeEntry& entry) {
  return !git::is_regular(entry.mode) || is_left_out_of_artifact(entry.path);
}

}  // namespace towline::discovery
