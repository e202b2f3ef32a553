#include "discovery/tree_reads.h"

#include <algorithm>

#include "manifest/paths.h"

namespace towline::discovery {
namespace {

bool is_link(const git::TreeEntry* entry) { return entry != nullptr && entry->mode == git::FileMode::symlink; }

}  // namespace

TreeChanges::TreeChanges(const TreeListing& before, const TreeListing& after,
                         const std::vector<git::PathChange>& changes) {
  std::unordered_set<std::string> seen;
  for (const git::PathChange& change : changes) {
    const git::TreeEntry* was = before.find(change.path);
    const git::TreeEntry* is = after.find(change.path);
    const bool same_kind = was != nullptr && is != nullptr &&
                           (was->mode == is->mode || (git::is_regular(was->mode) && git::is_regular(is->mode)));
    all_.push_back({change.path, !same_kind});
    if (is_link(was) || is_link(is)) has_links_ = true;
    if (same_kind) continue;
    for (std::string_view at = change.path; !at.empty(); at = manifest::parent_directory(at)) {
      std::string directory(at);
      if (!seen.insert(directory).second) continue;
      if (before.has_directory(directory) != after.has_directory(directory)) {
        directories_.push_back(std::move(directory));
      }
    }
  }
}

bool TreeReads::touched_by(const TreeChanges& changes) const {
  // Where a path leads is asked of every one, and answered at once while there is no link.
  if (changes.has_links()) return true;
  const auto touches = [&](const TreeChanges::Change& change) {
    if (contents.contains(change.path)) return true;
    if (!change.is_structural) return false;
    if (files.contains(change.path) || listings.contains("")) return true;
    for (std::string_view at = change.path; !at.empty(); at = manifest::parent_directory(at)) {
      if (listings.contains(std::string(at))) return true;
    }
    return false;
  };
  const auto& moved = changes.directories();
  return std::any_of(changes.all().begin(), changes.all().end(), touches) ||
         std::any_of(moved.begin(), moved.end(), [&](const std::string& path) { return directories.contains(path); });
}

}  // namespace towline::discovery
