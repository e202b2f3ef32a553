#include "paths.h"

#include <algorithm>

#include "engine/site_cache.h"
#include "git/file_tree.h"

namespace towline::bot {

Result<std::vector<LocalFile>> manifest_files(const std::vector<std::string>& arguments) {
  std::vector<LocalFile> files;
  for (const std::string& argument : arguments) {
    const std::filesystem::path path(argument);
    std::error_code error;
    if (std::filesystem::is_regular_file(path, error)) {
      files.push_back({path, argument});
      continue;
    }
    if (!std::filesystem::is_directory(path, error)) {
      return fail(ErrorKind::invalid, "there is no file or directory " + argument);
    }
    TRY(const auto entries, git::DirectoryTree(path).files());
    for (const git::TreeEntry& entry : entries) {
      if (entry.mode == git::FileMode::symlink || !engine::is_manifest_path(entry.path)) continue;
      const auto shown = (path / entry.path).lexically_normal();
      files.push_back({path / entry.path, shown.string()});
    }
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.shown < b.shown; });
  return files;
}

}  // namespace towline::bot
