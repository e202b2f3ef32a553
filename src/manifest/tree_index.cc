#include "manifest/tree_index.h"

#include <algorithm>

#include "base/text.h"
#include "manifest/paths.h"

namespace towline::manifest {
namespace {

bool is_before(const git::TreeEntry& entry, std::string_view path) { return entry.path < path; }

}  // namespace

Result<TreeIndex> TreeIndex::create(const git::FileTree& tree) {
  TreeIndex index(tree);
  TRY(index.entries_, tree.files());
  std::sort(index.entries_.begin(), index.entries_.end(),
            [](const git::TreeEntry& a, const git::TreeEntry& b) { return a.path < b.path; });
  for (const git::TreeEntry& entry : index.entries_) {
    const bool has_text = entry.mode == git::FileMode::regular || entry.mode == git::FileMode::executable;
    if (has_text) index.paths_.push_back(entry.path);
    if (entry.mode == git::FileMode::symlink) index.has_links_ = true;
  }
  return index;
}

bool TreeIndex::has_file(std::string_view path) const {
  return std::binary_search(paths_.begin(), paths_.end(), path, std::less<>{});
}

bool TreeIndex::has_directory(std::string_view path) const {
  if (path.empty()) return true;
  const std::string prefix = std::string(path) + "/";
  const auto first = std::lower_bound(entries_.begin(), entries_.end(), prefix, is_before);
  return first != entries_.end() && first->path.starts_with(prefix);
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
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), path, is_before);
  return found != entries_.end() && found->path == path ? &*found : nullptr;
}

std::span<const git::TreeEntry> TreeIndex::below(std::string_view path) const {
  if (path.empty()) return entries_;
  if (const git::TreeEntry* file = entry(path)) return {file, 1};
  const std::string prefix = std::string(path) + "/";
  const auto first = std::lower_bound(entries_.begin(), entries_.end(), prefix, is_before);
  auto last = first;
  while (last != entries_.end() && last->path.starts_with(prefix)) ++last;
  return {first, last};
}

Result<std::optional<TreeIndex::Followed>> TreeIndex::follow(std::string_view path) const {
  constexpr std::size_t kMaxLinks = 40;  // as Linux does
  Followed followed{std::string(path), {}};
  if (!has_links_) return followed;
  std::string done;
  std::string rest = followed.path;
  while (!rest.empty()) {
    const std::size_t slash = rest.find('/');
    const std::string next = (done.empty() ? "" : done + "/") + rest.substr(0, slash);
    rest = slash == std::string::npos ? "" : rest.substr(slash + 1);
    const git::TreeEntry* found = entry(next);
    if (found == nullptr || found->mode != git::FileMode::symlink) {
      done = next;
      continue;
    }
    if (followed.links.size() == kMaxLinks) return std::optional<Followed>();
    followed.links.push_back(next);
    TRY(const std::string target, read(next));
    const auto resolved = resolve(parent_directory(next), target);
    if (!resolved) return std::optional<Followed>();
    // What the link leads to may be behind links itself.
    if (!rest.empty() && !resolved->empty()) rest.insert(0, 1, '/');
    rest.insert(0, *resolved);
    done.clear();
  }
  followed.path = std::move(done);
  return followed;
}

}  // namespace towline::manifest
