#include "git/repository.h"

#include <catch2/catch.hpp>

#include "git/fixture.h"

namespace towline::git {
namespace {

const CommitId kUnknown("1234567890123456789012345678901234567890");

TEST_CASE("opening what is no repository says so") {
  const auto directory = TemporaryDirectory::create("towline-git");
  const auto repository = Repository::open(directory->path());
  REQUIRE_FALSE(repository);
  CHECK(repository.error().kind == ErrorKind::not_found);
  CHECK(repository.error().message == directory->path().string() + " is not a git repository");
}

TEST_CASE("a directory below a repository is not a repository") {
  const Fixture fixture;
  CHECK_FALSE(Repository::open(fixture.path() / "refs"));
}

TEST_CASE("making a repository that is there opens it and keeps what is in it") {
  Fixture fixture;
  const CommitId commit = fixture.commit({}, {put("a", "1")});
  const auto again = Repository::init_bare(fixture.path(), "other");
  REQUIRE(again);
  CHECK(again->has_commit(commit));
  CHECK(fixture.git({"symbolic-ref", "HEAD"}) == "refs/heads/main\n");
}

TEST_CASE("a reference that is set is found, and gone when deleted") {
  Fixture fixture;
  const CommitId commit = fixture.commit({}, {put("a", "1")});

  CHECK(fixture.ref("refs/heads/main") == std::nullopt);
  REQUIRE(fixture.repository.set_ref("refs/heads/main", commit));
  CHECK(fixture.ref("refs/heads/main") == commit);
  CHECK(fixture.ref("HEAD") == commit);
  REQUIRE(fixture.repository.delete_ref("refs/heads/main"));
  CHECK(fixture.ref("refs/heads/main") == std::nullopt);
  CHECK(fixture.repository.delete_ref("refs/heads/main"));
}

TEST_CASE("an annotated tag gives the commit it is for") {
  Fixture fixture;
  const CommitId commit = fixture.commit({}, {put("a", "1")});
  REQUIRE(fixture.git({"tag", "-a", "-m", "one", "v1", commit.str()}).empty());
  CHECK(fixture.ref("refs/tags/v1") == commit);
  CHECK(fixture.repository.resolve("refs/tags/v1") == commit);
  CHECK(fixture.repository.resolve("refs/tags/v1^{commit}") == commit);
  // Whoever can push may make a tag of any name.
  const auto bare = fixture.repository.resolve("v1");
  CHECK(bare.error().kind == ErrorKind::not_found);
  CHECK(bare.error().message ==
        "there is no branch 'v1'; there is a tag of that name: write refs/tags/v1 if you mean it");
}

TEST_CASE("a name that cannot be a reference is refused") {
  Fixture fixture;
  const CommitId commit = fixture.commit({}, {put("a", "1")});
  const auto* const name = GENERATE("refs/heads/../x", "refs/heads/a b", "refs/heads/x.lock", "", "refs/heads/a\x01");
  CAPTURE(name);
  CHECK(fixture.repository.find_ref(name).error().kind == ErrorKind::invalid);
  CHECK(fixture.repository.set_ref(name, commit).error().kind == ErrorKind::invalid);
}

TEST_CASE("a name means a branch, whatever else is called so") {
  Fixture fixture;
  const CommitId real = fixture.commit({}, {put("a", "1")});
  const CommitId evil = fixture.commit(real, {put("a", "2")});
  const auto points = [&](std::string_view ref, const CommitId& commit) {
    REQUIRE(fixture.repository.set_ref(ref, commit));
  };
  points("refs/remotes/origin/main", real);
  points("refs/heads/main", real);
  for (const std::string name : {"main", "HEAD", "origin/main", "refs/heads/main"}) {
    points("refs/tags/" + name, evil);
    points("refs/remotes/origin/" + (name == "HEAD" ? "x" : name), name == "main" ? real : evil);
  }
  points("refs/heads/refs/heads/main", evil);
  points("refs/heads/HEAD", evil);

  struct Row {
    std::string revision;
    std::string ref;
    std::vector<std::string> others;
  };
  const std::string at_origin = "refs/remotes/origin/origin/main";
  for (const Row& row :
       {Row{"main", "refs/heads/main", {"refs/tags/main"}}, Row{"main^{commit}", "refs/heads/main", {"refs/tags/main"}},
        Row{"HEAD", "HEAD", {"refs/heads/HEAD", "refs/tags/HEAD"}},
        Row{"@", "HEAD", {"refs/heads/HEAD", "refs/tags/HEAD"}},
        Row{"origin/main", "refs/remotes/origin/main", {at_origin, "refs/tags/origin/main"}},
        Row{"refs/heads/main", "refs/heads/main", {}}}) {
    INFO(row.revision);
    const auto found = fixture.repository.find_revision(row.revision);
    REQUIRE(found);
    CHECK(found->commit == real);
    CHECK(found->ref == row.ref);
    CHECK(found->others == row.others);
  }
  CHECK(fixture.repository.resolve("refs/tags/main") == evil);
  CHECK(fixture.repository.resolve("refs/tags/main~1") == real);

  // Where the branch is only at the remote, as after a checkout of one commit.
  REQUIRE(fixture.repository.delete_ref("refs/heads/main"));
  CHECK(fixture.repository.find_revision("main")->ref == "refs/remotes/origin/main");
  CHECK(fixture.repository.find_revision("main")->commit == real);
}

TEST_CASE("a branch called like a commit does not stand for it") {
  Fixture fixture;
  const CommitId real = fixture.commit({}, {put("a", "1")});
  const CommitId evil = fixture.commit(real, {put("a", "2")});
  REQUIRE(fixture.repository.set_ref("refs/heads/" + short_id(real), evil));
  REQUIRE(fixture.repository.set_ref("refs/heads/" + real.str(), evil));
  REQUIRE(fixture.repository.set_ref("refs/heads/abc", evil));

  CHECK(fixture.repository.resolve(real.str()) == real);
  CHECK(fixture.repository.resolve(real.str() + "^{commit}") == real);
  CHECK(fixture.repository.find_revision(real.str())->ref.empty());
  const auto digits = fixture.repository.resolve(short_id(real));
  CHECK(digits.error().kind == ErrorKind::invalid);
  CHECK(digits.error().message == "'" + short_id(real) +
                                      "' are the first digits of a commit and the name of refs/heads/" +
                                      short_id(real) + "; write all digits, or the whole name");
  CHECK(fixture.repository.resolve("abc") == evil);
  CHECK(fixture.repository.resolve(short_id(evil)) == evil);
}

TEST_CASE("a revision is resolved as git does, and an unknown one is named") {
  Fixture fixture;
  const CommitId first = fixture.commit({}, {put("a", "1")});
  const CommitId second = fixture.commit(first, {put("a", "2")});
  REQUIRE(fixture.repository.set_ref("refs/heads/main", second));

  CHECK(fixture.repository.resolve("main") == second);
  CHECK(fixture.repository.resolve("main~1") == first);
  CHECK(fixture.repository.resolve(short_id(first)) == first);
  const auto unknown = fixture.repository.resolve("nowhere");
  CHECK(unknown.error().kind == ErrorKind::not_found);
  CHECK(unknown.error().message == "there is no revision 'nowhere' in " + fixture.path().string());
  CHECK(fixture.repository.resolve("main:a").error().message == "'main:a' does not name a commit");
  CHECK(fixture.repository.resolve("HEAD^") == first);
  CHECK(fixture.repository.resolve(":/change").error().message ==
        "the revision ':/change' begins with no name; write HEAD:/change or a branch");
}

TEST_CASE("a commit tells its tree, parents, author, times and message") {
  Fixture fixture;
  const CommitId first = fixture.commit({}, {put("a", "1")}, "first\n\nbody\n", 1'700'000'000);
  const CommitId second = fixture.commit(first, {}, "second", 1'700'000'060);

  const auto commit = fixture.repository.commit(second);

  REQUIRE(commit);
  CHECK(commit->parents == std::vector{first});
  CHECK(commit->message == "second");
  CHECK(commit->author.name == "Alice");
  CHECK(commit->author.email == "alice@example.com");
  CHECK(format_time(commit->committer.when) == "2023-11-14T22:14:20Z");
  CHECK(commit->tree == fixture.repository.commit(first)->tree);
}

TEST_CASE("a commit that is not there is told with the repository") {
  const Fixture fixture;
  CHECK_FALSE(fixture.repository.has_commit(kUnknown));
  CHECK(fixture.repository.commit(kUnknown).error().message ==
        "there is no commit " + kUnknown.str() + " in " + fixture.path().string());
  CHECK(fixture.repository.commit(CommitId("x; rm -rf /")).error().message ==
        "'x; rm -rf /' is not a git id of 40 hex digits");
}

TEST_CASE("files are read at a commit") {
  Fixture fixture;
  const CommitId commit = fixture.commit({}, {put("apps/dev/pay.yaml", "image: pay:1\r\n")});

  CHECK(fixture.repository.read_file(commit, "apps/dev/pay.yaml") == "image: pay:1\r\n");
  const auto absent = fixture.repository.read_file(commit, "apps/dev/none.yaml");
  CHECK(absent.error().kind == ErrorKind::not_found);
  CHECK(absent.error().message == "there is no file 'apps/dev/none.yaml' at commit " + short_id(commit));
  CHECK_FALSE(fixture.repository.read_file(commit, "apps/dev"));
  CHECK_FALSE(fixture.repository.read_file(commit, ""));
  CHECK_FALSE(fixture.repository.read_file(commit, "/apps/dev/pay.yaml"));
}

TEST_CASE("a blob over the limit is refused before it is read") {
  Fixture fixture;
  const CommitId commit = fixture.commit({}, {put("big", std::string(1'000, 'x'))});

  CHECK(fixture.repository.read_file(commit, "big", 1'000));
  const auto big = fixture.repository.read_file(commit, "big", 999);
  CHECK(big.error().kind == ErrorKind::invalid);
  const std::string id = fixture.repository.entry(commit, "big").value()->id.str();
  CHECK(big.error().message == "cannot read 'big' at commit " + short_id(commit) + ": blob " + id +
                                   " has 1000 bytes, more than the limit of 999 bytes");
}

TEST_CASE("an entry is the file at a path, never a directory") {
  Fixture fixture;
  const CommitId commit = fixture.commit({}, {put("a/b", "1")});
  CHECK(fixture.repository.entry(commit, "a/b").value()->id.str() == "56a6051ca2b02b04ef92d5150c9ef600403cb1de");
  CHECK(fixture.repository.entry(commit, "a").value() == std::nullopt);
  CHECK(fixture.repository.entry(commit, "").value() == std::nullopt);
  CHECK(fixture.repository.entry(commit, "a/b/c").value() == std::nullopt);
}

TEST_CASE("a directory's tree is found, and says when nothing below changed") {
  Fixture fixture;
  const CommitId first = fixture.commit({}, {put("a/x", "1"), put("b/x", "1")});
  const CommitId second = fixture.commit(first, {put("b/x", "2")});

  CHECK(fixture.repository.tree_at(first, "a").value() == fixture.repository.tree_at(second, "a").value());
  CHECK(fixture.repository.tree_at(first, "b").value() != fixture.repository.tree_at(second, "b").value());
  CHECK(fixture.repository.tree_at(first, "")->value() == fixture.repository.commit(first)->tree);
  CHECK(fixture.repository.tree_at(first, "a/x").value() == std::nullopt);
  CHECK(fixture.repository.tree_at(first, "none").value() == std::nullopt);
}

TEST_CASE("files are listed sorted by their whole path") {
  Fixture fixture;
  const CommitId commit = fixture.commit({}, {put("a/x", "1"), put("a.txt", "1"), put("a0", "1"), put("b/c/d", "1")});

  CHECK(paths(*fixture.repository.list(commit)) == std::vector<std::string>{"a.txt", "a/x", "a0", "b/c/d"});
  CHECK(paths(*fixture.repository.list(commit, "b")) == std::vector<std::string>{"b/c/d"});
  CHECK(fixture.repository.list(commit, "none")->empty());
}

TEST_CASE("modes are told apart") {
  Fixture fixture;
  const std::string tree = fixture.git({"mktree", "--missing"},
                                       "100755 blob e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\trun\n120000 blob "
                                       "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\tlink\n160000 commit "
                                       "1234567890123456789012345678901234567890\tmodule\n");
  const std::string commit = fixture.git({"commit-tree", "-m", "modes", tree.substr(0, 40)});

  const auto files = fixture.repository.list(CommitId(commit.substr(0, 40)));

  REQUIRE(files);
  CHECK(paths(*files) == std::vector<std::string>{"link", "module", "run"});
  CHECK(files->at(0).mode == FileMode::symlink);
  CHECK(files->at(1).mode == FileMode::submodule);
  CHECK(files->at(2).mode == FileMode::executable);
}

TEST_CASE("a tree with a name that would leave it is refused") {
  Fixture fixture;
  const std::string blob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
  const std::string inner = fixture.git({"mktree", "--missing"}, "100644 blob " + blob + "\tpasswd\n");
  const std::string outer = fixture.git({"mktree"}, "040000 tree " + inner.substr(0, 40) + "\t..\n");
  const CommitId commit(fixture.git({"commit-tree", "-m", "evil", outer.substr(0, 40)}).substr(0, 40));

  CHECK(fixture.repository.list(commit).error().message == "cannot list the files of commit " + short_id(commit) +
                                                               ": the tree has an entry with the name '..' in '', "
                                                               "which is no file name");
}

TEST_CASE("changed paths are those whose content, mode or existence differs") {
  Fixture fixture;
  const CommitId before = fixture.commit({}, {put("a", "1"), put("b/same", "1"), put("c/gone", "1"), put("d", "1")});
  const CommitId after =
      fixture.commit(before, {put("a", "2"), remove("c/gone"), put("c/new", "1"), remove("d"), put("B", "x")});

  const auto changes = fixture.repository.changed_paths(before, after);

  REQUIRE(changes);
  REQUIRE(changes->size() == 5);
  CHECK(changes->at(0).path == "B");
  CHECK_FALSE(changes->at(0).before);
  CHECK(changes->at(1).path == "a");
  CHECK(changes->at(1).before == fixture.repository.entry(before, "a").value()->id);
  CHECK(changes->at(1).after == fixture.repository.entry(after, "a").value()->id);
  CHECK(changes->at(2).path == "c/gone");
  CHECK_FALSE(changes->at(2).after);
  CHECK(changes->at(3).path == "c/new");
  CHECK(changes->at(4).path == "d");
}

/// The paths that differ; what is told of each is what the two commits have there.
std::vector<std::string> checked_changes(const Repository& repository, const CommitId& from, const CommitId& to) {
  const auto changes = repository.changed_paths(from, to);
  REQUIRE(changes);
  std::vector<std::string> paths;
  for (const PathChange& change : *changes) {
    paths.push_back(change.path);
    const auto before = repository.entry(from, change.path);
    const auto after = repository.entry(to, change.path);
    REQUIRE((before && after));
    CHECK(change.before.has_value() == before->has_value());
    CHECK(change.after.has_value() == after->has_value());
    if (*before) CHECK(change.before == (*before)->id);
    if (*after) CHECK(change.after == (*after)->id);
  }
  return paths;
}

TEST_CASE("changes below one directory among others have whole paths") {
  using Paths = std::vector<std::string>;
  Fixture fixture;
  const CommitId before = fixture.commit({}, {put("apps/a/x", "1"), put("apps/b/deep/x", "1"),
                                              put("apps/b/deep/y", "1"), put("apps/c", "1"), put("z", "1")});
  const auto check = [&](const std::vector<PathEdit>& edits, const Paths& paths) {
    const CommitId after = fixture.commit(before, edits);
    CHECK(checked_changes(fixture.repository, before, after) == paths);
    CHECK(checked_changes(fixture.repository, after, before) == paths);
  };
  check({put("apps/b/deep/x", "2")}, Paths{"apps/b/deep/x"});
  check({put("apps/b/deep/x", "2"), remove("apps/b/deep/y")}, Paths{"apps/b/deep/x", "apps/b/deep/y"});
  check({put("apps/b/deep/x", "2"), put("apps/b/new", "1")}, Paths{"apps/b/deep/x", "apps/b/new"});
  check({put("apps/a/x", "2"), put("apps/b/deep/x", "2")}, Paths{"apps/a/x", "apps/b/deep/x"});
  check({put("apps/b/deep/x", "2"), put("z", "2")}, Paths{"apps/b/deep/x", "z"});
  check({remove("apps/b/deep/x"), remove("apps/b/deep/y")}, Paths{"apps/b/deep/x", "apps/b/deep/y"});

  const CommitId gone =
      fixture.commit(before, {remove("apps/b/deep/x"), remove("apps/b/deep/y"), put("apps/b/z", "1")});
  const CommitId file = fixture.commit(gone, {put("apps/b/deep", "1"), remove("apps/b/z")});
  CHECK(checked_changes(fixture.repository, before, file) == Paths{"apps/b/deep", "apps/b/deep/x", "apps/b/deep/y"});
}

TEST_CASE("a commit has no changes to itself") {
  Fixture fixture;
  const CommitId commit = fixture.commit({}, {put("a", "1")});
  CHECK(fixture.repository.changed_paths(commit, commit)->empty());
}

TEST_CASE("two branches part where they last were one") {
  Fixture fixture;
  const CommitId base = fixture.commit({}, {put("a", "1")});
  const CommitId ours = fixture.commit(base, {put("b", "1")});
  const CommitId theirs = fixture.commit(base, {put("c", "1")});
  const CommitId stranger = fixture.commit({}, {put("d", "1")});

  CHECK(fixture.repository.merge_base(ours, theirs).value() == base);
  CHECK(fixture.repository.merge_base(ours, stranger).value() == std::nullopt);
  CHECK(fixture.repository.merge_base(ours, kUnknown).error().kind == ErrorKind::not_found);
}

TEST_CASE("changes of different lines merge cleanly, of the same line they do not") {
  Fixture fixture;
  const std::string lines = "one\ntwo\nthree\nfour\nfive\n";
  const CommitId base = fixture.commit({}, {put("a", lines)});
  const CommitId ours = fixture.commit(base, {put("a", "ONE\ntwo\nthree\nfour\nfive\n")});
  const CommitId apart = fixture.commit(base, {put("a", "one\ntwo\nthree\nfour\nFIVE\n")});
  const CommitId same = fixture.commit(base, {put("a", "Uno\ntwo\nthree\nfour\nfive\n")});
  const CommitId deleted = fixture.commit(base, {remove("a"), put("b", "1")});

  CHECK(fixture.repository.merged_changes(ours, apart)->has_value() == true);
  CHECK(fixture.repository.merged_changes(ours, ours)->has_value() == true);
  CHECK(fixture.repository.merged_changes(ours, same)->has_value() == false);
  CHECK(fixture.repository.merged_changes(ours, deleted)->has_value() == false);
}

TEST_CASE("a merge changes in ours what theirs did, whether or not the two have to do with each other") {
  Fixture fixture;
  const std::string lines = "one\ntwo\nthree\nfour\nfive\n";
  const CommitId base = fixture.commit({}, {put("a", lines), put("dir/b", "1\n"), put("moved", lines + "six\n")});
  const CommitId ours = fixture.commit(base, {put("a", "ONE\ntwo\nthree\nfour\nfive\n"), put("new", "1\n"),
                                              remove("moved"), put("elsewhere", lines + "six\n")});
  struct Case {
    std::vector<PathEdit> theirs;
    std::vector<std::string> changed;  ///< "!": conflicts
  };
  const std::vector<Case> cases = {
      {{put("dir/b", "2\n"), put("dir/c", "3\n")}, {"dir/b", "dir/c"}},
      {{remove("dir/b")}, {"dir/b"}},
      {{put("a", "one\ntwo\nthree\nfour\nFIVE\n")}, {"a"}},
      {{put("a", "ONE\ntwo\nthree\nfour\nfive\n")}, {}},
      {{put("new/below", "2\n")}, {"!"}},
      {{put("moved", lines + "SIX\n")}, {"elsewhere"}},
  };
  for (const Case& one : cases) {
    const CommitId theirs = fixture.commit(base, one.theirs);
    const auto merged = fixture.repository.merged_changes(ours, theirs).value();
    std::vector<std::string> changed;
    if (!merged) changed.emplace_back("!");
    if (merged) {
      for (const PathChange& change : *merged) changed.push_back(change.path);
    }
    CAPTURE(one.theirs[0].path);
    CHECK(changed == one.changed);
  }
}

TEST_CASE("the log is newest first, without what is reachable from its end, and bounded") {
  Fixture fixture;
  const CommitId first = fixture.commit({}, {}, "first", 100);
  const CommitId second = fixture.commit(first, {}, "second", 200);
  const CommitId third = fixture.commit(second, {}, "third", 300);

  const auto all = fixture.repository.log(third, std::nullopt, 10);
  REQUIRE(all->size() == 3);
  CHECK(all->front().id == third);
  CHECK(all->back().id == first);
  CHECK(fixture.repository.log(third, first, 10)->size() == 2);
  CHECK(fixture.repository.log(third, std::nullopt, 1)->front().id == third);
  CHECK(fixture.repository.log(kUnknown, std::nullopt, 1).error().kind == ErrorKind::not_found);
}

TEST_CASE("first parents are followed past merges until told to stop") {
  Fixture fixture;
  const CommitId root = fixture.commit({}, {}, "root");
  const CommitId side = fixture.commit(root, {put("s", "1")}, "side");
  const std::string tree = fixture.repository.commit(side)->tree.str();
  const std::string merge =
      fixture.git({"commit-tree", "-m", "merge", "-p", root.str(), "-p", side.str(), tree}).substr(0, 40);
  const CommitId tip = fixture.commit(CommitId(merge), {}, "tip");

  std::vector<std::string> seen;
  const auto record = [&](const Commit& commit) {
    seen.push_back(commit.message.substr(0, commit.message.find('\n')));
    return commit.message != "stop";
  };
  REQUIRE(fixture.repository.walk_first_parents(tip, record));
  CHECK(seen == std::vector<std::string>{"tip", "merge", "root"});

  seen.clear();
  REQUIRE(fixture.repository.walk_first_parents(fixture.commit(tip, {}, "stop"), record));
  CHECK(seen == std::vector<std::string>{"stop"});
}

TEST_CASE("objects that another program adds are seen by a repository that is open") {
  Fixture fixture;
  const CommitId first = fixture.commit({}, {put("a", "1")});
  REQUIRE(fixture.repository.list(first));
  const std::string second = fixture.git({"commit-tree", "-m", "x", "-p", first.str(), first.str() + "^{tree}"});
  CHECK(fixture.repository.has_commit(CommitId(second.substr(0, 40))));
}

}  // namespace
}  // namespace towline::git
