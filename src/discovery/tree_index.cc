#include "discovery/tree_index.h"

#include <algorithm>

#include "base/text.h"
#include "discovery/tree_reads.h"
#include "manifest/paths.h"

namespace towline::discovery {
namespace {

bool is_before(const git::TreeEntry& entry, std::string_view path) { return entry.path < path; }
bool by_path(const git::TreeEntry& a, const git::TreeEntry& b) { return a.path < b.path; }
bool is_link(const git::TreeEntry& entry) { return entry.mode == git::FileMode::symlink; }

}  // namespace

Result<std::shared_ptr<const TreeListing>> TreeListing::of(const git::FileTree& tree) {
  auto listing = std::make_shared<TreeListing>();
  TRY(listing->entries, tree.files());
  // Most trees give them sorted.
  if (!std::is_sorted(listing->entries.begin(), listing->entries.end(), by_path)) {
    std::sort(listing->entries.begin(), listing->entries.end(), by_path);
  }
  listing->has_links = std::any_of(listing->entries.begin(), listing->entries.end(), is_link);
  return listing;
}

Result<std::shared_ptr<const TreeListing>> TreeListing::changed(const std::vector<git::PathChange>& changes) const {
  auto result = std::make_shared<TreeListing>();
  result->entries.reserve(entries.size() + changes.size());
  auto next = entries.begin();
  for (const git::PathChange& change : changes) {
    const auto until = std::lower_bound(next, entries.end(), std::string_view(change.path), is_before);
    result->entries.insert(result->entries.end(), next, until);
    next = until != entries.end() && until->path == change.path ? until + 1 : until;
    if (!change.after) continue;
    if (!git::is_tree_path(change.path)) {
      return fail(ErrorKind::invalid, "the tree has a file with the path '" +
                                          printable_utf8(ellipsize(change.path, 200)) + "', which is none");
    }
    result->entries.push_back({change.path, *change.after, change.mode_after});
  }
  result->entries.insert(result->entries.end(), next, entries.end());
  if (result->entries.size() > git::kMaxFiles) {
    return fail(ErrorKind::invalid, "the tree has more than " + plural(git::kMaxFiles, "file"));
  }
  result->has_links = std::any_of(result->entries.begin(), result->entries.end(), is_link);
  return result;
}

const git::TreeEntry* TreeListing::find(std::string_view path) const {
  const auto found = std::lower_bound(entries.begin(), entries.end(), path, is_before);
  return found != entries.end() && found->path == path ? &*found : nullptr;
}

bool TreeListing::has_directory(std::string_view path) const {
  if (path.empty()) return true;
  const std::string prefix = std::string(path) + "/";
  const auto first = std::lower_bound(entries.begin(), entries.end(), std::string_view(prefix), is_before);
  return first != entries.end() && first->path.starts_with(prefix);
}

Result<TreeIndex> TreeIndex::create(const git::FileTree& tree) {
  TRY(auto listing, TreeListing::of(tree));
  return TreeIndex(tree, std::move(listing));
}

TreeIndex TreeIndex::noting(TreeReads& reads) const {
  TreeIndex index = *this;
  index.reads_ = &reads;
  return index;
}

bool TreeIndex::has_file(std::string_view path) const {
  const git::TreeEntry* found = entry(path);
  return found != nullptr && git::is_regular(found->mode);
}

bool TreeIndex::has_directory(std::string_view path) const {
  if (reads_ != nullptr && !path.empty()) reads_->directories.emplace(path);
  return listing_->has_directory(path);
}

std::vector<std::string> TreeIndex::paths() const {
  std::vector<std::string> all;
  for (const git::TreeEntry& entry : below("")) {
    if (git::is_regular(entry.mode)) all.push_back(entry.path);
  }
  return all;
}

Result<std::string> TreeIndex::read(std::string_view path) const {
  if (reads_ != nullptr) reads_->contents.emplace(path);
  const git::TreeEntry* found = listing_->find(path);
  return found != nullptr ? tree_->read_entry(*found) : tree_->read(path);
}

std::string TreeIndex::kustomization_of(std::string_view directory) const {
  const std::string prefix = directory.empty() ? "" : std::string(directory) + "/";
  for (const std::string_view name : {"kustomization.yaml", "kustomization.yml", "Kustomization"}) {
    std::string path = prefix + std::string(name);
    if (has_file(path)) return path;
  }
  return "";
}

const git::TreeEntry* TreeIndex::entry(std::string_view path) const {
  if (reads_ != nullptr) reads_->files.emplace(path);
  return listing_->find(path);
}

std::span<const git::TreeEntry> TreeIndex::below(std::string_view path) const {
  if (reads_ != nullptr) reads_->listings.emplace(path);
  const auto& entries = listing_->entries;
  if (path.empty()) return entries;
  if (const git::TreeEntry* file = listing_->find(path)) return {file, 1};
  const std::string prefix = std::string(path) + "/";
  const auto first = std::lower_bound(entries.begin(), entries.end(), std::string_view(prefix), is_before);
  auto last = first;
  while (last != entries.end() && last->path.starts_with(prefix)) ++last;
  return {first, last};
}

Result<std::optional<TreeIndex::Followed>> TreeIndex::follow(std::string_view path) const {
  constexpr std::size_t kMaxLinks = 40;  // as Linux does
  Followed followed{std::string(path), {}};
  if (!listing_->has_links) return followed;
  // As the kernel does it: one component after the other, and ".." is the parent of where the links before it led.
  std::string done;
  std::string rest = followed.path;
  while (!rest.empty()) {
    const std::size_t slash = rest.find('/');
    const std::string name = rest.substr(0, slash);
    rest = slash == std::string::npos ? "" : rest.substr(slash + 1);
    if (name.empty() || name == "." || name == "..") {
      if (!has_directory(done) || (name == ".." && done.empty())) return std::optional<Followed>();
      if (name == "..") done = manifest::parent_directory(done);
      continue;
    }
    std::string next = done;
    if (!next.empty()) next += '/';
    next += name;
    const git::TreeEntry* found = entry(next);
    if (found == nullptr || found->mode != git::FileMode::symlink) {
      done = next;
      continue;
    }
    if (followed.links.size() == kMaxLinks) return std::optional<Followed>();
    followed.links.push_back(next);
    TRY(const std::string target, read(next));
    const bool usable = !target.empty() && !target.starts_with('/') && target.find('\0') == std::string::npos;
    if (!usable) return std::optional<Followed>();
    // A '/' at the end of the target asks for a directory, also where nothing stands behind it.
    if (!rest.empty()) rest.insert(0, 1, '/');
    rest.insert(0, target.ends_with('/') ? target + "." : target);
  }
  followed.path = std::move(done);
  return followed;
}

}  // namespace towline::discovery
