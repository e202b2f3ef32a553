#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/file_tree.h"

namespace towline::discovery {

struct TreeReads;

/// The files of one state of a repository, sorted by path.
struct TreeListing {
  std::vector<git::TreeEntry> entries;
  bool has_links = false;

  static Result<std::shared_ptr<const TreeListing>> of(const git::FileTree& tree);
  /// The state that the changes, sorted by path, make of this one. Error invalid: a path that is none, or more files
  /// than a tree may have.
  Result<std::shared_ptr<const TreeListing>> changed(const std::vector<git::PathChange>& changes) const;

  /// nullptr: nothing is at the path, or a directory.
  const git::TreeEntry* find(std::string_view path) const;
  /// Whether something is below the path. "" is the root.
  bool has_directory(std::string_view path) const;
};

/// A tree's paths, listed once, for questions about files and directories.
class TreeIndex {
 public:
  /// `tree` must outlive it.
  static Result<TreeIndex> create(const git::FileTree& tree);
  /// `tree` gives the contents of the entries that are listed; it must outlive the index.
  TreeIndex(const git::FileTree& tree, std::shared_ptr<const TreeListing> listing)
      : tree_(&tree), listing_(std::move(listing)) {}
  /// The same index, which notes what it is asked from now on. `reads` must outlive it.
  TreeIndex noting(TreeReads& reads) const;

  /// Regular files only.
  bool has_file(std::string_view path) const;
  /// A directory exists as soon as a file or a link is below it. "" is the root.
  bool has_directory(std::string_view path) const;
  /// The directory's kustomization file; "" when it has none.
  std::string kustomization_of(std::string_view directory) const;
  /// Of regular files, sorted.
  std::vector<std::string> paths() const;
  Result<std::string> read(std::string_view path) const;

  /// Everything at or below a path, links and submodules too; sorted by path.
  std::span<const git::TreeEntry> below(std::string_view path) const;
  const git::TreeEntry* entry(std::string_view path) const;

  struct Followed {
    std::string path;                ///< without a link on the way or at its end
    std::vector<std::string> links;  ///< that were followed
  };
  /// Where a path leads when symbolic links are followed as Linux follows them. nullopt: out of the tree, in a circle,
  /// by more than 40 links, or by ".." from where no directory is. It need not exist.
  Result<std::optional<Followed>> follow(std::string_view path) const;

 private:
  const git::FileTree* tree_;
  std::shared_ptr<const TreeListing> listing_;
  TreeReads* reads_ = nullptr;
};

}  // namespace towline::discovery
