#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"

namespace towline::git {

enum class FileMode { regular, executable, symlink, submodule };
/// A file with a text of its own: no link, and no submodule.
constexpr bool is_regular(FileMode mode) { return mode == FileMode::regular || mode == FileMode::executable; }

/// No tree with more files is looked at.
inline constexpr std::size_t kMaxFiles = 1'000'000;

struct TreeEntry {
  std::string path;  ///< from the root of the tree, '/' between components
  BlobId id;
  FileMode mode = FileMode::regular;
};

/// A path whose content or mode differs between two trees. Absent on the side where it does not exist.
struct PathChange {
  std::string path;
  std::optional<BlobId> before;
  std::optional<BlobId> after;
  FileMode mode_after = FileMode::regular;  ///< of what is there after
};

struct Signature {
  std::string name;
  std::string email;
  TimePoint when;
};

struct Commit {
  CommitId id;
  TreeId tree;
  std::vector<CommitId> parents;
  Signature author;
  Signature committer;
  std::string message;
};

/// The new content of one path; absent content deletes the path.
struct PathEdit {
  std::string path;
  std::optional<std::string> content;
};

struct NewCommit {
  CommitId parent;              ///< empty for a root commit
  std::vector<PathEdit> edits;  ///< applied to the parent's tree; modes of existing paths are kept
  Signature author;             ///< also the committer
  std::string message;
};

/// What a revision was found to mean.
struct Revision {
  CommitId commit;
  std::string ref;                  ///< full name of the reference it begins with; "": a commit's id
  std::vector<std::string> others;  ///< references of the same short name that are at another commit
};

/// Whether every part of the path may be a file's name on disk, and there are at most as many as `Repository::list`
/// takes. Tree objects can be made by hand.
bool is_tree_path(std::string_view path);

/// "Key: value" lines of the message's last paragraph (git-interpret-trailers(1)), in order.
std::vector<std::pair<std::string, std::string>> parse_trailers(std::string_view message);

/// A repository's object database and references (libgit2); there is no working tree.
/// One object serves one thread; opening another on the same path is cheap.
class Repository {
 public:
  /// A bare repository, or the root of a working copy. Error: not_found.
  static Result<Repository> open(const std::filesystem::path& path);
  /// Makes a bare repository, or opens the one that is there.
  static Result<Repository> init_bare(const std::filesystem::path& path, std::string_view default_branch);
  Repository(Repository&&) noexcept;
  Repository& operator=(Repository&&) noexcept;
  ~Repository();

  const std::filesystem::path& path() const;

  /// The commit of a full reference name ("refs/heads/main"), peeled.
  Result<std::optional<CommitId>> find_ref(std::string_view ref) const;
  /// Where a symbolic reference leads: "refs/heads/main" for "HEAD", whether that exists or not. nullopt: there is no
  /// such reference, or it names a commit.
  Result<std::optional<std::string>> symbolic_target(std::string_view ref) const;
  /// A revision as gitrevisions(7) has it, peeled to a commit; but a name is that of a branch (refs/heads/,
  /// refs/remotes/ or refs/remotes/origin/, in this order) and never of a tag, which whoever can push may call `main`:
  /// that is written refs/tags/NAME. Errors: not_found names the revision; invalid: it may mean two commits.
  Result<Revision> find_revision(std::string_view revision) const;
  Result<CommitId> resolve(std::string_view revision) const;
  /// The commit whose id begins with these digits. Errors: not_found, invalid: several do.
  Result<CommitId> commit_by_digits(std::string_view digits) const;
  Result<void> set_ref(std::string_view ref, const CommitId& commit);
  Result<void> delete_ref(std::string_view ref);

  Result<Commit> commit(const CommitId& id) const;
  bool has_commit(const CommitId& id) const;
  /// Errors: not_found; invalid when it is larger than `max_bytes`.
  Result<std::string> read_blob(const BlobId& id, std::size_t max_bytes = 16u << 20) const;
  /// Error: not_found names path and commit. A symlink gives its target text.
  Result<std::string> read_file(const CommitId& id, std::string_view path, std::size_t max_bytes = 16u << 20) const;
  /// The blob at the path, if any.
  Result<std::optional<TreeEntry>> entry(const CommitId& id, std::string_view path) const;
  /// The tree at the directory ("" is the root), if any.
  Result<std::optional<TreeId>> tree_at(const CommitId& id, std::string_view directory) const;
  /// Every file below the directory ("" is the root), sorted by path; empty when it does not exist.
  Result<std::vector<TreeEntry>> list(const CommitId& id, std::string_view directory = {}) const;

  /// Sorted by path; renames are a deletion and an addition. Error invalid: more than 1,000,000 changes.
  Result<std::vector<PathChange>> changed_paths(const CommitId& from, const CommitId& to) const;
  Result<std::optional<CommitId>> merge_base(const CommitId& a, const CommitId& b) const;
  /// Where they parted: several where branches were merged into each other crosswise; none: they share no history.
  Result<std::vector<CommitId>> merge_bases(const CommitId& a, const CommitId& b) const;
  /// What merging `theirs` into `ours` changes in `ours`, sorted by path; nullopt when there are conflicts. Moves no
  /// reference and writes no tree: of what both sides changed in one file the blob that comes of it is written.
  Result<std::optional<std::vector<PathChange>>> merged_changes(const CommitId& ours, const CommitId& theirs) const;
  /// Commits reachable from `tip` and not from `until` (when given), newest first, at most `limit`.
  Result<std::vector<Commit>> log(const CommitId& tip, const std::optional<CommitId>& until, std::size_t limit) const;
  /// Follows first parents from `tip`, newest first, until `visit` says false.
  Result<void> walk_first_parents(const CommitId& tip, const std::function<bool(const Commit&)>& visit) const;

  /// Writes blobs, trees and the commit; moves no reference. Equal input gives an equal id.
  Result<CommitId> write_commit(const NewCommit& commit);

 private:
  struct State;
  explicit Repository(std::unique_ptr<State> state);
  /// As libgit2 reads it; `written` is what the error names.
  Result<CommitId> parse_revision(const std::string& revision, std::string_view written) const;

  std::unique_ptr<State> state_;
};

}  // namespace towline::git
