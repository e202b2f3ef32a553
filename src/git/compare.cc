#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>

#include "base/text.h"
#include "git/libgit2.h"

namespace towline::git {
namespace {

/// Trees come from strangers: one of a few kilobytes can unfold to billions of files.
constexpr std::size_t kMaxDepth = 128;

Result<void> collect(git_repository* repository, const git_tree* tree, const std::string& prefix, std::size_t depth,
                     std::vector<TreeEntry>& files) {
  if (depth > kMaxDepth) {
    return fail(ErrorKind::invalid, "the tree is nested deeper than " + plural(kMaxDepth, "directory level"));
  }
  const std::size_t count = git_tree_entrycount(tree);
  for (std::size_t i = 0; i < count; ++i) {
    const git_tree_entry* entry = git_tree_entry_byindex(tree, i);
    const std::string_view name = git_tree_entry_name(entry);
    if (!is_path_component(name) || name.find('/') != std::string_view::npos) {
      return fail(ErrorKind::invalid, "the tree has an entry with the name '" + printable_utf8(name) + "' in '" +
                                          printable_utf8(prefix) + "', which is no file name");
    }
    std::string path = prefix + std::string(name);
    if (git_tree_entry_type(entry) == GIT_OBJECT_TREE) {
      TreeHandle child;
      if (const int code = git_tree_lookup(Out(child), repository, git_tree_entry_id(entry)); code != 0) {
        return tl::unexpected(libgit2_error(code, "cannot read the directory " + printable_utf8(path)));
      }
      path += '/';
      CHECK_OK(collect(repository, child.get(), path, depth + 1, files));
      continue;
    }
    if (files.size() == kMaxFiles) {
      return fail(ErrorKind::invalid, "the tree has more than " + plural(kMaxFiles, "file"));
    }
    files.push_back(
        {std::move(path), BlobId(to_hex(*git_tree_entry_id(entry))), file_mode(git_tree_entry_filemode(entry))});
  }
  return {};
}

std::optional<BlobId> side(const git_diff_file& file) {
  if ((file.flags & GIT_DIFF_FLAG_EXISTS) == 0) return std::nullopt;
  return BlobId(to_hex(file.id));
}

/// As what `collect` takes, for the same reason.
int stop_at_limit(const git_diff* so_far, const git_diff_delta*, const char*, void*) {
  return git_diff_num_deltas(so_far) < kMaxFiles ? 0 : GIT_EUSER;
}

git_diff_options diff_options() {
  git_diff_options options;
  git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
  options.flags = GIT_DIFF_INCLUDE_TYPECHANGE | GIT_DIFF_SKIP_BINARY_CHECK;
  options.notify_cb = stop_at_limit;
  return options;
}

/// The position at which two trees differ, if that is a directory in both and they are the same but for it.
std::optional<std::size_t> only_directory_that_differs(const git_tree* before, const git_tree* after) {
  const std::size_t count = git_tree_entrycount(before);
  if (git_tree_entrycount(after) != count) return std::nullopt;
  std::optional<std::size_t> only;
  for (std::size_t i = 0; i < count; ++i) {
    const git_tree_entry* a = git_tree_entry_byindex(before, i);
    const git_tree_entry* b = git_tree_entry_byindex(after, i);
    if (git_tree_entry_filemode_raw(a) != git_tree_entry_filemode_raw(b) ||
        std::string_view(git_tree_entry_name(a)) != git_tree_entry_name(b)) {
      return std::nullopt;
    }
    if (git_oid_equal(git_tree_entry_id(a), git_tree_entry_id(b)) != 0) continue;
    if (only || git_tree_entry_type(a) != GIT_OBJECT_TREE) return std::nullopt;
    only = i;
  }
  return only;
}

/// The deepest directory that holds all differences of two trees, with a '/' at its end, and the trees of it: a change
/// of one service is compared without its hundreds of neighbours.
Result<std::string> descend(git_repository* repository, TreeHandle& before, TreeHandle& after) {
  std::string directory;
  for (std::size_t depth = 0; depth < kMaxDepth; ++depth) {
    const auto at = only_directory_that_differs(before.get(), after.get());
    if (!at) break;
    for (TreeHandle* tree : {&before, &after}) {
      const git_tree_entry* entry = git_tree_entry_byindex(tree->get(), *at);
      TreeHandle child;
      if (const int code = git_tree_lookup(Out(child), repository, git_tree_entry_id(entry)); code != 0) {
        return tl::unexpected(libgit2_error(code, "cannot read the directory " + printable_utf8(directory)));
      }
      if (tree == &after) directory.append(git_tree_entry_name(entry)).append("/");
      *tree = std::move(child);
    }
  }
  return directory;
}

std::vector<PathChange> changes_of(git_diff* diff, const std::string& directory = "") {
  std::vector<PathChange> changes;
  for (std::size_t i = 0; i < git_diff_num_deltas(diff); ++i) {
    const git_diff_delta* delta = git_diff_get_delta(diff, i);
    const auto old_id = side(delta->old_file);
    changes.push_back({directory + (old_id ? delta->old_file.path : delta->new_file.path), old_id,
                       side(delta->new_file), file_mode(static_cast<git_filemode_t>(delta->new_file.mode))});
  }
  // The repository's own configuration (core.ignoreCase) may have changed the order.
  std::sort(changes.begin(), changes.end(), [](const PathChange& a, const PathChange& b) { return a.path < b.path; });
  return changes;
}

/// `path` and every directory it is in.
template <class Visit>
bool any_part(std::string_view path, const Visit& visit) {
  while (true) {
    if (visit(std::string(path))) return true;
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos) return false;
    path = path.substr(0, slash);
  }
}

/// Whether no path of the one is a path of the other, or a directory above one.
bool are_apart(const std::vector<PathChange>& a, const std::vector<PathChange>& b) {
  std::unordered_set<std::string> paths;
  std::unordered_set<std::string> with_directories;
  for (const PathChange& change : a) {
    paths.insert(change.path);
    any_part(change.path, [&](std::string part) { return with_directories.insert(std::move(part)), false; });
  }
  return std::none_of(b.begin(), b.end(), [&](const PathChange& change) {
    return with_directories.contains(change.path) ||
           any_part(change.path, [&](const std::string& part) { return paths.contains(part); });
  });
}

/// Of merges of merges of branches: what is deeper is taken as it is, as by `git merge`. Time must have an end.
constexpr unsigned int kMostVirtualBases = 8;

}  // namespace

bool is_tree_path(std::string_view path) {
  const auto parts = split(path, '/');
  return parts.size() <= kMaxDepth + 1 && std::all_of(parts.begin(), parts.end(), is_path_component);
}

// A tree's own order (a directory sorts as if its name ended in '/') is the order of whole paths.
Result<std::vector<TreeEntry>> Repository::list(const CommitId& id, std::string_view directory) const {
  std::vector<TreeEntry> files;
  TRY(const std::optional<TreeId> tree_id, tree_at(id, directory));
  if (!tree_id) return files;
  TRY(const git_oid oid, to_oid(tree_id->str()));
  TreeHandle tree;
  if (const int code = git_tree_lookup(Out(tree), state_->handle.get(), &oid); code != 0) {
    return tl::unexpected(libgit2_error(code, "cannot read the tree of commit " + id.str()));
  }
  const std::string prefix = directory.empty() ? std::string() : std::string(directory) + "/";
  if (auto collected = collect(state_->handle.get(), tree.get(), prefix, 0, files); !collected) {
    return fail_while("cannot list the files of commit " + short_id(id), collected.error());
  }
  return files;
}

Result<std::vector<PathChange>> Repository::changed_paths(const CommitId& from, const CommitId& to) const {
  TRY(TreeHandle before, state_->find_tree(from));
  TRY(TreeHandle after, state_->find_tree(to));
  TRY(const std::string directory, descend(state_->handle.get(), before, after));
  const git_diff_options options = diff_options();
  DiffHandle diff;
  const int code = git_diff_tree_to_tree(Out(diff), state_->handle.get(), before.get(), after.get(), &options);
  if (code == GIT_EUSER) {
    return fail(ErrorKind::invalid, "commits " + short_id(from) + " and " + short_id(to) + " differ in more than " +
                                        plural(kMaxFiles, "file"));
  }
  if (code != 0) {
    return tl::unexpected(libgit2_error(code, "cannot compare commits " + short_id(from) + " and " + short_id(to)));
  }
  return changes_of(diff.get(), directory);
}

Result<std::optional<CommitId>> Repository::merge_base(const CommitId& a, const CommitId& b) const {
  // libgit2 leaks when it meets an unknown commit half way.
  TRY(const CommitHandle first, state_->find_commit(a));
  TRY(const CommitHandle second, state_->find_commit(b));
  git_oid base;
  const int code = git_merge_base(&base, state_->handle.get(), git_commit_id(first.get()), git_commit_id(second.get()));
  if (code == GIT_ENOTFOUND) return std::nullopt;
  if (code != 0) {
    return tl::unexpected(
        libgit2_error(code, "cannot find where commits " + short_id(a) + " and " + short_id(b) + " parted"));
  }
  return CommitId(to_hex(base));
}

Result<std::vector<CommitId>> Repository::merge_bases(const CommitId& a, const CommitId& b) const {
  TRY(const CommitHandle first, state_->find_commit(a));
  TRY(const CommitHandle second, state_->find_commit(b));
  git_oidarray found{};
  const int code =
      git_merge_bases(&found, state_->handle.get(), git_commit_id(first.get()), git_commit_id(second.get()));
  if (code == GIT_ENOTFOUND) return std::vector<CommitId>();
  if (code != 0) {
    return tl::unexpected(
        libgit2_error(code, "cannot find where commits " + short_id(a) + " and " + short_id(b) + " parted"));
  }
  std::vector<CommitId> bases;
  for (std::size_t i = 0; i < found.count; ++i) bases.emplace_back(to_hex(found.ids[i]));
  git_oidarray_dispose(&found);
  return bases;
}

Result<std::optional<std::vector<PathChange>>> Repository::merged_changes(const CommitId& ours,
                                                                          const CommitId& theirs) const {
  // Mostly the two have nothing to do with each other, and merging whole trees takes long. Where they parted more than
  // once, the changes since one of these commits are not all.
  TRY(const auto bases, merge_bases(ours, theirs));
  if (bases.size() == 1) {
    TRY(auto their_changes, changed_paths(bases.front(), theirs));
    TRY(const auto our_changes, changed_paths(bases.front(), ours));
    if (are_apart(our_changes, their_changes)) return their_changes;
  }
  TRY(const CommitHandle our_commit, state_->find_commit(ours));
  TRY(const CommitHandle their_commit, state_->find_commit(theirs));
  const auto doing = [&] { return "cannot try the merge of commits " + short_id(ours) + " and " + short_id(theirs); };
  git_merge_options options;
  git_merge_options_init(&options, GIT_MERGE_OPTIONS_VERSION);
  options.flags = GIT_MERGE_FIND_RENAMES | GIT_MERGE_FAIL_ON_CONFLICT;
  options.recursion_limit = kMostVirtualBases;
  IndexHandle index;
  int code = git_merge_commits(Out(index), state_->handle.get(), our_commit.get(), their_commit.get(), &options);
  if (code == GIT_EMERGECONFLICT) return std::nullopt;
  if (code != 0) return tl::unexpected(libgit2_error(code, doing()));
  if (git_index_has_conflicts(index.get()) != 0) return std::nullopt;
  TRY(const TreeHandle before, state_->find_tree(ours));
  const git_diff_options comparing = diff_options();
  DiffHandle diff;
  code = git_diff_tree_to_index(Out(diff), state_->handle.get(), before.get(), index.get(), &comparing);
  if (code != 0) return tl::unexpected(libgit2_error(code, doing()));
  return changes_of(diff.get());
}

}  // namespace towline::git
