#include "manifest/tree_index.h"

#include <algorithm>

namespace towline::manifest {

Result<TreeIndex> TreeIndex::create(const git::FileTree& tree) {
  TreeIndex index(tree);
  TRY(const std::vector<git::TreeEntry> entries, tree.files());
  for (const git::TreeEntry& entry : entries) {
    const bool has_text = entry.mode == git::FileMode::regular || entry.mode == git::FileMode::executable;
    if (has_text) index.paths_.push_back(entry.path);
  }
  std::sort(index.paths_.begin(), index.paths_.end());
  return index;
}

bool TreeIndex::has_file(std::string_view path) const {
  return std::binary_search(paths_.begin(), paths_.end(), path, std::less<>{});
}

bool TreeIndex::has_directory(std::string_view path) const {
  if (path.empty()) return true;
  const std::string prefix = std::string(path) + "/";
  const auto first = std::lower_bound(paths_.begin(), paths_.end(), prefix);
  return first != paths_.end() && first->starts_with(prefix);
}

std::string TreeIndex::kustomization_of(std::string_view directory) const {
  const std::string prefix = directory.empty() ? "" : std::string(directory) + "/";
  for (const std::string_view name : {"kustomization.yaml", "kustomization.yml", "Kustomization"}) {
    std::string path = prefix + std::string(name);
    if (has_file(path)) return path;
  }
  return "";
}

}  // namespace towline::manifest
