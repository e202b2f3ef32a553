#include "git/repository.h"

#include "base/text.h"
#include "git/libgit2.h"
#include "git/mirror.h"

namespace towline::git {
namespace {

Signature to_signature(const git_signature* signature) {
  if (signature == nullptr) return {};
  return {printable_utf8(signature->name), printable_utf8(signature->email),
          TimePoint{std::chrono::seconds{signature->when.time}}};
}

Commit to_commit(const git_commit* raw) {
  Commit commit;
  commit.id = CommitId(to_hex(*git_commit_id(raw)));
  commit.tree = TreeId(to_hex(*git_commit_tree_id(raw)));
  for (unsigned i = 0; i < git_commit_parentcount(raw); ++i) {
    commit.parents.emplace_back(to_hex(*git_commit_parent_id(raw, i)));
  }
  commit.author = to_signature(git_commit_author(raw));
  commit.committer = to_signature(git_commit_committer(raw));
  if (const char* message = git_commit_message(raw); message != nullptr) commit.message = message;
  return commit;
}

std::string shown(std::string_view text) { return "'" + printable_utf8(ellipsize(text, 200)) + "'"; }

Result<CommitHandle> peel(const git_object* object, std::string_view name) {
  ObjectHandle peeled;
  if (const int code = git_object_peel(Out(peeled), object, GIT_OBJECT_COMMIT); code != 0) {
    return fail(ErrorKind::invalid, shown(name) + " does not name a commit");
  }
  return CommitHandle(reinterpret_cast<git_commit*>(peeled.release()));
}

}  // namespace

Repository::Repository(std::unique_ptr<State> state) : state_(std::move(state)) {}
Repository::Repository(Repository&&) noexcept = default;
Repository& Repository::operator=(Repository&&) noexcept = default;
Repository::~Repository() = default;

Result<Repository> Repository::open(const std::filesystem::path& path) {
  ensure_libgit2();
  auto state = std::make_unique<State>();
  state->path = path;
  const int code = git_repository_open_ext(Out(state->handle), path.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
  if (code == GIT_ENOTFOUND) return fail(ErrorKind::not_found, path.string() + " is not a git repository");
  if (code != 0) return tl::unexpected(libgit2_error(code, "cannot open the repository " + path.string()));
  return Repository(std::move(state));
}

Result<Repository> Repository::init_bare(const std::filesystem::path& path, std::string_view default_branch) {
  ensure_libgit2();
  if (auto existing = open(path)) return existing;
  auto state = std::make_unique<State>();
  state->path = path;
  const std::string head(default_branch);
  git_repository_init_options options;
  git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
  options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH;
  options.initial_head = head.c_str();
  if (const int code = git_repository_init_ext(Out(state->handle), path.c_str(), &options); code != 0) {
    return tl::unexpected(libgit2_error(code, "cannot make the repository " + path.string()));
  }
  CHECK_OK(settle_new_mirror(path));
  return Repository(std::move(state));
}

const std::filesystem::path& Repository::path() const { return state_->path; }

Result<std::optional<CommitId>> Repository::find_ref(std::string_view ref) const {
  ReferenceHandle reference;
  const int code = git_reference_lookup(Out(reference), state_->handle.get(), std::string(ref).c_str());
  if (code == GIT_ENOTFOUND) return std::nullopt;
  if (code != 0) return tl::unexpected(libgit2_error(code, "cannot read the reference " + shown(ref)));
  ObjectHandle object;
  if (const int peeled = git_reference_peel(Out(object), reference.get(), GIT_OBJECT_COMMIT); peeled != 0) {
    // A symbolic reference to a branch that has no commit yet.
    if (peeled == GIT_ENOTFOUND) return std::nullopt;
    return fail(ErrorKind::invalid, "the reference " + shown(ref) + " does not name a commit");
  }
  return CommitId(to_hex(*git_object_id(object.get())));
}

Result<std::optional<std::string>> Repository::symbolic_target(std::string_view ref) const {
  ReferenceHandle reference;
  const int code = git_reference_lookup(Out(reference), state_->handle.get(), std::string(ref).c_str());
  if (code == GIT_ENOTFOUND) return std::nullopt;
  if (code != 0) return tl::unexpected(libgit2_error(code, "cannot read the reference " + shown(ref)));
  const char* target = git_reference_symbolic_target(reference.get());
  return target == nullptr ? std::nullopt : std::optional<std::string>(target);
}

Result<CommitId> Repository::parse_revision(const std::string& revision, std::string_view written) const {
  ObjectHandle object;
  if (git_revparse_single(Out(object), state_->handle.get(), revision.c_str()) != 0) {
    return fail(ErrorKind::not_found, "there is no revision " + shown(written) + " in " + state_->path.string());
  }
  TRY(const CommitHandle commit, peel(object.get(), written));
  return CommitId(to_hex(*git_commit_id(commit.get())));
}

Result<CommitId> Repository::commit_by_digits(std::string_view digits) const {
  git_oid prefix;
  ObjectHandle object;
  int code = git_oid_fromstrn(&prefix, digits.data(), digits.size());
  if (code == 0) {
    code = git_object_lookup_prefix(Out(object), state_->handle.get(), &prefix, digits.size(), GIT_OBJECT_ANY);
  }
  if (code == GIT_EAMBIGUOUS) {
    return fail(ErrorKind::invalid, "the revision " + shown(digits) + " is ambiguous; write more digits of it");
  }
  if (code != 0) {
    return fail(ErrorKind::not_found, "there is no revision " + shown(digits) + " in " + state_->path.string());
  }
  TRY(const CommitHandle commit, peel(object.get(), digits));
  return CommitId(to_hex(*git_commit_id(commit.get())));
}

Result<void> Repository::set_ref(std::string_view ref, const CommitId& commit) {
  TRY(const git_oid oid, to_oid(commit.str()));
  ReferenceHandle reference;
  const int code =
      git_reference_create(Out(reference), state_->handle.get(), std::string(ref).c_str(), &oid, 1, nullptr);
  if (code != 0) return tl::unexpected(libgit2_error(code, "cannot set the reference " + shown(ref)));
  return {};
}

Result<void> Repository::delete_ref(std::string_view ref) {
  const int code = git_reference_remove(state_->handle.get(), std::string(ref).c_str());
  // What is wanted is that it be gone.
  if (code == 0 || code == GIT_ENOTFOUND) return {};
  return tl::unexpected(libgit2_error(code, "cannot delete the reference " + shown(ref)));
}

Result<Commit> Repository::commit(const CommitId& id) const {
  TRY(const CommitHandle commit, state_->find_commit(id));
  return to_commit(commit.get());
}

bool Repository::has_commit(const CommitId& id) const { return state_->find_commit(id).has_value(); }

Result<std::string> Repository::read_blob(const BlobId& id, std::size_t max_bytes) const {
  TRY(const git_oid oid, to_oid(id.str()));
  OdbHandle odb;
  if (const int code = git_repository_odb(Out(odb), state_->handle.get()); code != 0) {
    return tl::unexpected(libgit2_error(code, "cannot open the objects of " + state_->path.string()));
  }
  std::size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  int code = git_odb_read_header(&size, &type, odb.get(), &oid);
  if (code == GIT_ENOTFOUND || (code == 0 && type != GIT_OBJECT_BLOB)) {
    return fail(ErrorKind::not_found, "there is no blob " + id.str() + " in " + state_->path.string());
  }
  if (code == 0 && size > max_bytes) {
    return fail(ErrorKind::invalid, "blob " + id.str() + " has " + plural(size, "byte") + ", more than the limit of " +
                                        plural(max_bytes, "byte"));
  }
  OdbObjectHandle object;
  if (code == 0) code = git_odb_read(Out(object), odb.get(), &oid);
  if (code != 0) return tl::unexpected(libgit2_error(code, "cannot read blob " + id.str()));
  return std::string(static_cast<const char*>(git_odb_object_data(object.get())), git_odb_object_size(object.get()));
}

Result<std::string> Repository::read_file(const CommitId& id, std::string_view path, std::size_t max_bytes) const {
  TRY(const std::optional<TreeEntry> found, entry(id, path));
  if (!found || found->mode == FileMode::submodule) {
    return fail(ErrorKind::not_found, "there is no file " + shown(path) + " at commit " + short_id(id));
  }
  auto content = read_blob(found->id, max_bytes);
  if (!content) return fail_while("cannot read " + shown(path) + " at commit " + short_id(id), content.error());
  return content;
}

Result<std::optional<TreeEntry>> Repository::entry(const CommitId& id, std::string_view path) const {
  TRY(const TreeHandle tree, state_->find_tree(id));
  TreeEntryHandle found;
  const int code =
      path.empty() ? GIT_ENOTFOUND : git_tree_entry_bypath(Out(found), tree.get(), std::string(path).c_str());
  if (code == GIT_ENOTFOUND) return std::nullopt;
  if (code != 0) return tl::unexpected(libgit2_error(code, "cannot look up " + shown(path)));
  if (git_tree_entry_type(found.get()) == GIT_OBJECT_TREE) return std::nullopt;
  return TreeEntry{std::string(path), BlobId(to_hex(*git_tree_entry_id(found.get()))),
                   file_mode(git_tree_entry_filemode(found.get()))};
}

Result<std::optional<TreeId>> Repository::tree_at(const CommitId& id, std::string_view directory) const {
  TRY(const TreeHandle tree, state_->find_tree(id));
  if (directory.empty()) return TreeId(to_hex(*git_tree_id(tree.get())));
  TreeEntryHandle found;
  const int code = git_tree_entry_bypath(Out(found), tree.get(), std::string(directory).c_str());
  if (code == GIT_ENOTFOUND) return std::nullopt;
  if (code != 0) return tl::unexpected(libgit2_error(code, "cannot look up " + shown(directory)));
  if (git_tree_entry_type(found.get()) != GIT_OBJECT_TREE) return std::nullopt;
  return TreeId(to_hex(*git_tree_entry_id(found.get())));
}

Result<std::vector<Commit>> Repository::log(const CommitId& tip, const std::optional<CommitId>& until,
                                            std::size_t limit) const {
  RevwalkHandle walk;
  TRY(const git_oid tip_oid, to_oid(tip.str()));
  int code = git_revwalk_new(Out(walk), state_->handle.get());
  if (code == 0) code = git_revwalk_sorting(walk.get(), GIT_SORT_TIME);
  if (code == 0) code = git_revwalk_push(walk.get(), &tip_oid);
  if (code == 0 && until) {
    TRY(const git_oid until_oid, to_oid(until->str()));
    code = git_revwalk_hide(walk.get(), &until_oid);
  }
  std::vector<Commit> commits;
  git_oid oid;
  while (code == 0 && commits.size() < limit) {
    code = git_revwalk_next(&oid, walk.get());
    if (code != 0) break;
    TRY(Commit found, commit(CommitId(to_hex(oid))));
    commits.push_back(std::move(found));
  }
  if (code != 0 && code != GIT_ITEROVER) {
    return tl::unexpected(libgit2_error(code, "cannot read the history of commit " + tip.str()));
  }
  return commits;
}

Result<void> Repository::walk_first_parents(const CommitId& tip,
                                            const std::function<bool(const Commit&)>& visit) const {
  CommitId next = tip;
  while (true) {
    TRY(const Commit found, commit(next));
    if (!visit(found) || found.parents.empty()) return {};
    next = found.parents.front();
  }
}

}  // namespace towline::git
