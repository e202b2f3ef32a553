#pragma once

#include <cstddef>
#include <string>
#include <unordered_set>
#include <vector>

#include "discovery/tree_index.h"
#include "git/repository.h"

namespace towline::discovery {

/// What differs between two states of a repository, ready to be held against many TreeReads.
class TreeChanges {
 public:
  /// `changes` is what makes `after` of `before`.
  TreeChanges(const TreeListing& before, const TreeListing& after, const std::vector<git::PathChange>& changes);

  struct Change {
    std::string path;
    bool is_structural = false;  ///< it came, went, or is another kind of file now
  };
  const std::vector<Change>& all() const { return all_; }
  /// Where a directory came or went.
  const std::vector<std::string>& directories() const { return directories_; }
  /// A link came, went or leads elsewhere.
  bool has_links() const { return has_links_; }

 private:
  std::vector<Change> all_;
  std::vector<std::string> directories_;
  bool has_links_ = false;
};

/// What a TreeIndex was asked. An answer that was computed from one state of a repository by asking such an index alone
/// is the answer for another state too, unless the changes touch what was asked. The ids of entries are not noted: who
/// goes by them reads the file.
struct TreeReads {
  std::unordered_set<std::string> contents;     ///< files that were read
  std::unordered_set<std::string> files;        ///< paths at which a file was looked for
  std::unordered_set<std::string> directories;  ///< paths at which a directory was looked for
  std::unordered_set<std::string> listings;     ///< directories whose paths were listed; of those not the contents
  bool touched_by(const TreeChanges& changes) const;
  std::size_t size() const { return contents.size() + files.size() + directories.size() + listings.size(); }
};

}  // namespace towline::discovery
