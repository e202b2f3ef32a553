#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/file_tree.h"

namespace towline::manifest {

/// A tree's paths, listed once, for questions about files and directories.
class TreeIndex {
 public:
  /// `tree` must outlive it.
  static Result<TreeIndex> create(const git::FileTree& tree);

  /// Regular files only.
  bool has_file(std::string_view path) const;
  /// A directory exists as soon as a file or a link is below it. "" is the root.
  bool has_directory(std::string_view path) const;
  /// The directory's kustomization file; "" when it has none.
  std::string kustomization_of(std::string_view directory) const;
  /// Of regular files, sorted.
  const std::vector<std::string>& paths() const { return paths_; }
  Result<std::string> read(std::string_view path) const { return tree_->read(path); }

  /// Everything at or below a path, links and submodules too; sorted by path.
  std::span<const git::TreeEntry> below(std::string_view path) const;
  const git::TreeEntry* entry(std::string_view path) const;

  struct Followed {
    std::string path;                ///< without a link on the way or at its end
    std::vector<std::string> links;  ///< that were followed
  };
  /// Where a path leads when symbolic links are followed. nullopt: out of the tree, or in a circle. It need not exist.
  Result<std::optional<Followed>> follow(std::string_view path) const;

 private:
  explicit TreeIndex(const git::FileTree& tree) : tree_(&tree) {}
  const git::FileTree* tree_;
  std::vector<git::TreeEntry> entries_;  ///< sorted by path
  std::vector<std::string> paths_;
  bool has_links_ = false;
};

}  // namespace towline::manifest
