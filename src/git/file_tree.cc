#include "git/file_tree.h"

#include <algorithm>
#include <system_error>

#include "base/files.h"
#include "base/text.h"
#include "git/libgit2.h"

namespace towline::git {
namespace {

constexpr std::size_t kMaxFileBytes = 16u << 20;

tl::unexpected<Error> no_file(std::string_view path) {
  return fail(ErrorKind::not_found, "there is no file '" + printable_utf8(ellipsize(path, 200)) + "'");
}

Result<BlobId> hash_bytes(std::string_view bytes) {
  ensure_libgit2();
  git_oid oid;
  if (const int code = git_odb_hash(&oid, bytes.data(), bytes.size(), GIT_OBJECT_BLOB); code != 0) {
    return tl::unexpected(libgit2_error(code, "cannot compute a blob id"));
  }
  return BlobId(to_hex(oid));
}

Result<BlobId> hash_file(const std::filesystem::path& path) {
  ensure_libgit2();
  git_oid oid;
  if (const int code = git_odb_hashfile(&oid, path.c_str(), GIT_OBJECT_BLOB); code != 0) {
    return tl::unexpected(libgit2_error(code, "cannot read " + path.string()));
  }
  return BlobId(to_hex(oid));
}

Result<std::string> link_target(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::path target = std::filesystem::read_symlink(path, error);
  if (error) return fail(ErrorKind::internal, "cannot read the link " + path.string() + ": " + error.message());
  return target.string();
}

Result<TreeEntry> describe(const std::filesystem::directory_entry& file, const std::filesystem::path& root) {
  TreeEntry entry;
  entry.path = file.path().lexically_relative(root).generic_string();
  std::error_code error;
  const std::filesystem::file_status status = file.symlink_status(error);
  if (std::filesystem::is_symlink(status)) {
    entry.mode = FileMode::symlink;
    TRY(const std::string target, link_target(file.path()));
    TRY(entry.id, hash_bytes(target));
    return entry;
  }
  const bool executable = (status.permissions() & std::filesystem::perms::owner_exec) != std::filesystem::perms::none;
  entry.mode = executable ? FileMode::executable : FileMode::regular;
  TRY(entry.id, hash_file(file.path()));
  return entry;
}

}  // namespace

CommitTree::CommitTree(const Repository& repository, CommitId commit)
    : repository_(repository), commit_(std::move(commit)) {}

Result<std::vector<TreeEntry>> CommitTree::files() const { return repository_.list(commit_); }

Result<std::string> CommitTree::read(std::string_view path) const { return repository_.read_file(commit_, path); }

Result<std::string> CommitTree::read_entry(const TreeEntry& entry) const {
  return BlobTree(repository_).read_entry(entry);
}

Result<std::vector<TreeEntry>> BlobTree::files() const { return std::vector<TreeEntry>(); }

Result<std::string> BlobTree::read(std::string_view path) const { return no_file(path); }

Result<std::string> BlobTree::read_entry(const TreeEntry& entry) const {
  if (entry.mode == FileMode::submodule) return no_file(entry.path);
  auto content = repository_.read_blob(entry.id);
  if (!content) return fail_while("cannot read '" + printable_utf8(ellipsize(entry.path, 200)) + "'", content.error());
  return content;
}

DirectoryTree::DirectoryTree(std::filesystem::path root) : root_(std::move(root)) {}

Result<std::vector<TreeEntry>> DirectoryTree::files() const {
  std::vector<TreeEntry> found;
  std::error_code error;
  // Does not follow links to directories.
  std::filesystem::recursive_directory_iterator next(root_, error);
  for (; !error && next != std::filesystem::recursive_directory_iterator(); next.increment(error)) {
    if (next->path().filename() == ".git") {
      next.disable_recursion_pending();
      continue;
    }
    std::error_code unreadable;
    const auto type = next->symlink_status(unreadable).type();
    if (type != std::filesystem::file_type::regular && type != std::filesystem::file_type::symlink) continue;
    if (found.size() == kMaxFiles) {
      return fail(ErrorKind::invalid, root_.string() + " has more than " + plural(kMaxFiles, "file"));
    }
    TRY(TreeEntry entry, describe(*next, root_));
    found.push_back(std::move(entry));
  }
  if (error) return fail(ErrorKind::not_found, "cannot list the files of " + root_.string() + ": " + error.message());
  std::sort(found.begin(), found.end(), [](const TreeEntry& a, const TreeEntry& b) { return a.path < b.path; });
  return found;
}

Result<std::string> DirectoryTree::read(std::string_view path) const {
  std::filesystem::path file = root_;
  const auto components = split(path, '/');
  for (std::size_t i = 0; i < components.size(); ++i) {
    if (!is_path_component(components[i])) return no_file(path);
    file /= components[i];
    std::error_code error;
    const bool is_link = std::filesystem::is_symlink(std::filesystem::symlink_status(file, error));
    if (!is_link) continue;
    // A link on the way would lead out of the tree; one at the end is a file that says where it points.
    if (i + 1 < components.size()) return no_file(path);
    return link_target(file);
  }
  auto content = towline::read_file(file, kMaxFileBytes);
  if (!content && content.error().kind == ErrorKind::not_found) return no_file(path);
  return content;
}

MemoryTree::MemoryTree(std::map<std::string, std::string> files) : files_(std::move(files)) {}

Result<std::vector<TreeEntry>> MemoryTree::files() const {
  std::vector<TreeEntry> found;
  for (const auto& [path, content] : files_) {
    TRY(BlobId id, hash_bytes(content));
    found.push_back({path, std::move(id), FileMode::regular});
  }
  return found;
}

Result<std::string> MemoryTree::read(std::string_view path) const {
  const auto file = files_.find(std::string(path));
  if (file == files_.end()) return no_file(path);
  return file->second;
}

}  // namespace towline::git
