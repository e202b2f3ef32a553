#include <map>

#include "base/text.h"
#include "git/libgit2.h"

namespace towline::git {
namespace {

/// The edits as the tree they make: what happens to each name of one directory.
struct Directory {
  std::map<std::string, const PathEdit*> files;
  std::map<std::string, Directory> directories;
};

tl::unexpected<Error> refuse(const PathEdit& edit, std::string_view why) {
  return fail(ErrorKind::invalid,
              "cannot edit '" + printable_utf8(ellipsize(edit.path, 200)) + "': " + std::string(why));
}

Result<Directory> arrange(const std::vector<PathEdit>& edits) {
  Directory root;
  for (const PathEdit& edit : edits) {
    const auto components = split(edit.path, '/');
    Directory* directory = &root;
    for (std::size_t i = 0; i < components.size(); ++i) {
      if (!is_path_component(components[i])) {
        return refuse(edit, "a path in a repository has no empty part, '.', '..' or '.git'");
      }
      const std::string name(components[i]);
      const bool is_file = i + 1 == components.size();
      if (directory->files.contains(name) || (is_file && directory->directories.contains(name))) {
        return refuse(edit, "another edit of the same commit has this path, or a part of it, as a file");
      }
      if (is_file) {
        directory->files.emplace(name, &edit);
      } else {
        directory = &directory->directories[name];
      }
    }
  }
  return root;
}

class TreeWriter {
 public:
  explicit TreeWriter(git_repository* repository) : repository_(repository) {}

  /// The tree with the edits applied; nothing when no entry is left. `base` may be null.
  Result<std::optional<git_oid>> write(const Directory& directory, const git_tree* base) {
    TreeBuilderHandle builder;
    int code = git_treebuilder_new(Out(builder), repository_, base);
    if (code != 0) return tl::unexpected(libgit2_error(code, "cannot edit a tree"));
    for (const auto& [name, edit] : directory.files) CHECK_OK(apply(builder.get(), name, *edit));
    for (const auto& [name, child] : directory.directories) CHECK_OK(descend(builder.get(), name, child));
    if (git_treebuilder_entrycount(builder.get()) == 0) return std::nullopt;
    git_oid tree;
    code = git_treebuilder_write(&tree, builder.get());
    if (code != 0) return tl::unexpected(libgit2_error(code, "cannot write a tree"));
    return tree;
  }

 private:
  Result<void> apply(git_treebuilder* builder, const std::string& name, const PathEdit& edit) {
    const git_tree_entry* existing = git_treebuilder_get(builder, name.c_str());
    git_filemode_t mode = GIT_FILEMODE_BLOB;
    if (existing != nullptr) {
      if (git_tree_entry_type(existing) == GIT_OBJECT_TREE) return refuse(edit, "it is a directory");
      if (git_tree_entry_type(existing) == GIT_OBJECT_COMMIT) return refuse(edit, "it is a submodule");
      mode = git_tree_entry_filemode(existing);
    }
    int code = 0;
    if (!edit.content) {
      if (existing != nullptr) code = git_treebuilder_remove(builder, name.c_str());
    } else {
      git_oid blob;
      code = git_blob_create_from_buffer(&blob, repository_, edit.content->data(), edit.content->size());
      if (code == 0) code = git_treebuilder_insert(nullptr, builder, name.c_str(), &blob, mode);
    }
    if (code != 0) return tl::unexpected(libgit2_error(code, "cannot edit '" + printable_utf8(edit.path) + "'"));
    return {};
  }

  Result<void> descend(git_treebuilder* builder, const std::string& name, const Directory& child) {
    TreeHandle base;
    int code = 0;
    if (const git_tree_entry* existing = git_treebuilder_get(builder, name.c_str()); existing != nullptr) {
      if (git_tree_entry_type(existing) != GIT_OBJECT_TREE) {
        return fail(ErrorKind::invalid, "cannot edit below '" + printable_utf8(name) + "': it is a file");
      }
      code = git_tree_lookup(Out(base), repository_, git_tree_entry_id(existing));
      if (code != 0) return tl::unexpected(libgit2_error(code, "cannot read the directory " + printable_utf8(name)));
    }
    TRY(const std::optional<git_oid> tree, write(child, base.get()));
    // Git knows no empty directories.
    if (tree) {
      code = git_treebuilder_insert(nullptr, builder, name.c_str(), &*tree, GIT_FILEMODE_TREE);
    } else if (base != nullptr) {
      code = git_treebuilder_remove(builder, name.c_str());
    }
    if (code != 0) return tl::unexpected(libgit2_error(code, "cannot edit the directory " + printable_utf8(name)));
    return {};
  }

  git_repository* repository_;
};

Result<TreeHandle> write_tree(git_repository* repository, const Directory& edits, const git_tree* base) {
  TRY(std::optional<git_oid> oid, TreeWriter(repository).write(edits, base));
  int code = 0;
  if (!oid) {
    TreeBuilderHandle empty;
    oid.emplace();
    code = git_treebuilder_new(Out(empty), repository, nullptr);
    if (code == 0) code = git_treebuilder_write(&*oid, empty.get());
  }
  TreeHandle tree;
  if (code == 0) code = git_tree_lookup(Out(tree), repository, &*oid);
  if (code != 0) return tl::unexpected(libgit2_error(code, "cannot write a tree"));
  return tree;
}

}  // namespace

Result<CommitId> Repository::write_commit(const NewCommit& commit) {
  TRY(const Directory edits, arrange(commit.edits));
  CommitHandle parent;
  TreeHandle base;
  if (!commit.parent.empty()) {
    TRY(parent, state_->find_commit(commit.parent));
    TRY(base, state_->find_tree(commit.parent));
  }
  TRY(const TreeHandle tree, write_tree(state_->handle.get(), edits, base.get()));

  SignatureHandle author;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(commit.author.when).time_since_epoch().count();
  int code = git_signature_new(Out(author), commit.author.name.c_str(), commit.author.email.c_str(), seconds, 0);
  if (code != 0) {
    return fail(ErrorKind::invalid, "'" + printable_utf8(commit.author.name) + " <" +
                                        printable_utf8(commit.author.email) + ">' cannot be the author of a commit");
  }
  git_oid id;
  const git_commit* parents[] = {parent.get()};
  code = git_commit_create(&id, state_->handle.get(), nullptr, author.get(), author.get(), nullptr,
                           commit.message.c_str(), tree.get(), parent ? 1 : 0, parents);
  if (code != 0) return tl::unexpected(libgit2_error(code, "cannot write a commit"));
  return CommitId(to_hex(id));
}

}  // namespace towline::git
