#include "git/libgit2.h"

#include "base/text.h"

namespace towline::git {
namespace {

/// libgit2's own caches default to hundreds of megabytes; one mirror is served well by these.
constexpr std::size_t kWindowBytes = 8u << 20;
constexpr std::size_t kMappedBytes = 32u << 20;
constexpr ssize_t kObjectCacheBytes = 8 << 20;

bool set_up() {
  git_libgit2_init();
  // What the machine or its user configured must not change what Towline does.
  for (const int level :
       {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL}) {
    git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
  }
  // The check protects those who wander into a stranger's directory. Here a person named the repository, nothing
  // in it is executed, and in CI containers it often belongs to another user.
  git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, kWindowBytes);
  git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, kMappedBytes);
  git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, kObjectCacheBytes);
  return true;
}

}  // namespace

void ensure_libgit2() { static const bool kDone [[maybe_unused]] = set_up(); }

Error libgit2_error(int code, std::string_view doing) {
  const git_error* last = git_error_last();
  const std::string words =
      last != nullptr && last->message != nullptr ? printable_utf8(last->message) : "unknown error";
  ErrorKind kind = ErrorKind::internal;
  switch (code) {
    case GIT_ENOTFOUND:
      kind = ErrorKind::not_found;
      break;
    case GIT_EINVALIDSPEC:
    case GIT_EAMBIGUOUS:
    case GIT_EINVALID:
      kind = ErrorKind::invalid;
      break;
    case GIT_ELOCKED:
    case GIT_EMODIFIED:
      kind = ErrorKind::conflict;
      break;
    default:
      break;
  }
  return Error{kind, std::string(doing) + ": " + words, {}, std::nullopt};
}

Result<git_oid> to_oid(std::string_view hex) {
  git_oid oid;
  if (hex.size() == GIT_OID_HEXSZ && git_oid_fromstrn(&oid, hex.data(), hex.size()) == 0) return oid;
  return fail(ErrorKind::invalid, "'" + printable_utf8(ellipsize(hex, 60)) + "' is not a git id of 40 hex digits");
}

std::string to_hex(const git_oid& oid) {
  std::string hex(GIT_OID_HEXSZ, '0');
  git_oid_fmt(hex.data(), &oid);
  return hex;
}

bool is_path_component(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && to_lower(name) != ".git" &&
         name.find('\0') == std::string_view::npos;
}

FileMode file_mode(git_filemode_t mode) {
  switch (mode) {
    case GIT_FILEMODE_BLOB_EXECUTABLE:
      return FileMode::executable;
    case GIT_FILEMODE_LINK:
      return FileMode::symlink;
    case GIT_FILEMODE_COMMIT:
      return FileMode::submodule;
    default:
      return FileMode::regular;
  }
}

Result<CommitHandle> Repository::State::find_commit(const CommitId& id) const {
  TRY(const git_oid oid, to_oid(id.str()));
  CommitHandle commit;
  if (const int code = git_commit_lookup(Out(commit), handle.get(), &oid); code != 0) {
    if (code != GIT_ENOTFOUND) return tl::unexpected(libgit2_error(code, "cannot read commit " + id.str()));
    return fail(ErrorKind::not_found, "there is no commit " + id.str() + " in " + path.string());
  }
  return commit;
}

Result<TreeHandle> Repository::State::find_tree(const CommitId& id) const {
  TRY(const CommitHandle commit, find_commit(id));
  TreeHandle tree;
  if (const int code = git_commit_tree(Out(tree), commit.get()); code != 0) {
    return tl::unexpected(libgit2_error(code, "cannot read the tree of commit " + id.str()));
  }
  return tree;
}

}  // namespace towline::git
