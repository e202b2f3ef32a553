#pragma once

#include <set>
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

  bool has_file(std::string_view path) const;
  /// A directory exists as soon as a file is below it. "" is the root.
  bool has_directory(std::string_view path) const;
  /// The directory's kustomization file; "" when it has none.
  std::string kustomization_of(std::string_view directory) const;
  const std::vector<std::string>& paths() const { return paths_; }
  Result<std::string> read(std::string_view path) const { return tree_->read(path); }

 private:
  explicit TreeIndex(const git::FileTree& tree) : tree_(&tree) {}
  const git::FileTree* tree_;
  std::vector<std::string> paths_;  ///< of regular files, sorted
};

/// What kustomize reads for one directory.
struct KustomizeInputs {
  std::set<std::string> files;        ///< read one by one
  std::set<std::string> directories;  ///< of kustomizations, whose files are listed one by one
  std::set<std::string> whole;        ///< directories that are read whole: local charts
};

/// Error invalid: more than 10,000 inputs. A kustomization that does not parse gives only its own file.
Result<KustomizeInputs> collect_kustomize_inputs(const TreeIndex& index, std::string_view directory);

}  // namespace towline::manifest
