#pragma once

#include <git2.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "git/repository.h"

/// Private to this layer: libgit2's objects as owning handles, its errors as values.
namespace towline::git {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using RepositoryHandle = std::unique_ptr<git_repository, Freer<git_repository_free>>;
using ReferenceHandle = std::unique_ptr<git_reference, Freer<git_reference_free>>;
using ObjectHandle = std::unique_ptr<git_object, Freer<git_object_free>>;
using CommitHandle = std::unique_ptr<git_commit, Freer<git_commit_free>>;
using TreeHandle = std::unique_ptr<git_tree, Freer<git_tree_free>>;
using TreeEntryHandle = std::unique_ptr<git_tree_entry, Freer<git_tree_entry_free>>;
using TreeBuilderHandle = std::unique_ptr<git_treebuilder, Freer<git_treebuilder_free>>;
using OdbHandle = std::unique_ptr<git_odb, Freer<git_odb_free>>;
using OdbObjectHandle = std::unique_ptr<git_odb_object, Freer<git_odb_object_free>>;
using DiffHandle = std::unique_ptr<git_diff, Freer<git_diff_free>>;
using RevwalkHandle = std::unique_ptr<git_revwalk, Freer<git_revwalk_free>>;
using SignatureHandle = std::unique_ptr<git_signature, Freer<git_signature_free>>;
using IndexHandle = std::unique_ptr<git_index, Freer<git_index_free>>;

/// Where a libgit2 function puts the object it makes: `CommitHandle c; git_x(Out(c), …)`.
template <class Handle>
class Out {
 public:
  explicit Out(Handle& handle) : handle_(handle) {}
  Out(const Out&) = delete;
  Out& operator=(const Out&) = delete;
  ~Out() {
    if (raw_ != nullptr) handle_.reset(raw_);
  }
  operator typename Handle::pointer *() { return &raw_; }  // NOLINT(google-explicit-constructor)

 private:
  Handle& handle_;
  typename Handle::pointer raw_ = nullptr;
};

/// Sets libgit2 up, once a process. Called before anything else of it is.
void ensure_libgit2();

/// The error of a libgit2 call that gave `code`, as "<doing>: <libgit2's words>".
Error libgit2_error(int code, std::string_view doing);

/// The id in libgit2's form. Error invalid: not 40 hex digits.
Result<git_oid> to_oid(std::string_view hex);
std::string to_hex(const git_oid& oid);

/// True for what may stand between two slashes of a path in a tree: not empty, ".", ".." or ".git".
bool is_path_component(std::string_view name);

FileMode file_mode(git_filemode_t mode);

struct Repository::State {
  std::filesystem::path path;
  RepositoryHandle handle;

  Result<CommitHandle> find_commit(const CommitId& id) const;
  Result<TreeHandle> find_tree(const CommitId& id) const;
};

}  // namespace towline::git
