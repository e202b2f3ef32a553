#include "working_copy.h"

#include <sys/stat.h>

#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"

namespace towline::bot {
namespace {

namespace fs = std::filesystem;

/// The directories of the reference layout, "*" for any: what config::detect_repo_config looks for in paths.
constexpr std::array<std::string_view, 4> kLayout = {"apps", "*", "services", "*"};

std::vector<fs::path> entries_of(const fs::path& directory) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator next(directory, error); !error && next != fs::directory_iterator();
       next.increment(error)) {
    entries.push_back(next->path());
  }
  return entries;
}

/// What the directories of all services have in them, each as a path from the root.
std::vector<std::string> layout_paths(const fs::path& root) {
  std::vector<fs::path> level = {root};
  for (const std::string_view name : kLayout) {
    std::vector<fs::path> next;
    for (const fs::path& directory : level) {
      if (name != "*") {
        next.push_back(directory / name);
        continue;
      }
      for (fs::path& entry : entries_of(directory)) next.push_back(std::move(entry));
    }
    level = std::move(next);
  }
  std::vector<std::string> paths;
  for (const fs::path& service : level) {
    for (const fs::path& entry : entries_of(service)) paths.push_back(entry.lexically_relative(root).generic_string());
  }
  return paths;
}

/// nullopt: the directory has neither the file nor the layout.
Result<std::optional<config::RepoConfig>> config_in(const fs::path& directory, const std::string& shown) {
  const auto text = read_file(directory / config::kRepoConfigPath);
  if (text) {
    TRY(auto config, config::parse_repo_config(shown, *text));
    return config;
  }
  if (text.error().kind != ErrorKind::not_found) return tl::unexpected<Error>(text.error());
  auto detected = config::detect_repo_config(layout_paths(directory));
  if (detected.environments.empty()) return std::nullopt;
  return detected;
}

/// As the user would write it.
std::string shown_path(const fs::path& file, bool as_relative) {
  std::error_code error;
  const fs::path here = fs::current_path(error);
  return as_relative && !error ? file.lexically_proximate(here).generic_string() : file.generic_string();
}

std::optional<uid_t> owner_of(const fs::path& directory) {
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) return std::nullopt;
  return status.st_uid;
}

}  // namespace

Result<WorkingCopy> find_working_copy(const fs::path& path) {
  std::error_code error;
  fs::path start = fs::absolute(path, error).lexically_normal();
  if (start.filename().empty()) start = start.parent_path();
  if (!fs::is_directory(start, error)) start = start.parent_path();
  const auto owner = owner_of(start);
  fs::path directory = start;
  while (true) {
    const std::string shown = shown_path(directory / config::kRepoConfigPath, path.is_relative());
    TRY(auto config, config_in(directory, shown));
    if (config) return WorkingCopy{directory, *std::move(config)};
    const fs::path above = directory.parent_path();
    if (fs::exists(directory / ".git", error) || above == directory || owner_of(above) != owner) break;
    directory = above;
  }
  return WorkingCopy{start, {}};
}

}  // namespace towline::bot
