#include <rapidcheck.h>
#include <catch2/catch.hpp>
#include <map>

#include "git/fixture.h"

namespace towline::git {
namespace {

TEST_CASE("equal input gives an equal commit id") {
  Fixture one;
  Fixture other;
  const CommitId first = one.commit({}, {put("a/b", "1"), put("c", "2")});
  CHECK(other.commit({}, {put("c", "2"), put("a/b", "1")}) == first);
  CHECK(one.commit({}, {put("a/b", "1"), put("c", "2")}) == first);
}

TEST_CASE("a commit is what git itself would make of it") {
  Fixture fixture;
  const CommitId commit = fixture.commit({}, {put("apps/dev/pay.yaml", "x")}, "title\n\nTowline-Service: pay\n");
  CHECK(fixture.git({"ls-tree", "-r", commit.str()}) ==
        "100644 blob c1b0730e0133447badcfd47fd144e254807b06e1\tapps/dev/pay.yaml\n");
  CHECK(fixture.git({"cat-file", "-p", commit.str()}) ==
        "tree " + fixture.repository.commit(commit)->tree.str() +
            "\nauthor Alice <alice@example.com> 1700000000 +0000\ncommitter Alice <alice@example.com> 1700000000 "
            "+0000\n\ntitle\n\nTowline-Service: pay\n");
  CHECK(fixture.git({"fsck", "--strict"}).find("error") == std::string::npos);
}

TEST_CASE("an edit keeps the mode of the file") {
  Fixture fixture;
  const std::string blob = fixture.git({"hash-object", "-w", "--stdin"}, "old").substr(0, 40);
  const std::string tree =
      fixture.git({"mktree"}, "100755 blob " + blob + "\trun.sh\n120000 blob " + blob + "\tlink\n");
  const CommitId base(fixture.git({"commit-tree", "-m", "base", tree.substr(0, 40)}).substr(0, 40));

  const CommitId edited = fixture.commit(base, {put("run.sh", "new"), put("link", "new")});

  CHECK(fixture.repository.entry(edited, "run.sh").value()->mode == FileMode::executable);
  CHECK(fixture.repository.entry(edited, "link").value()->mode == FileMode::symlink);
  CHECK(fixture.repository.read_file(edited, "run.sh") == "new");
}

TEST_CASE("a directory goes with its last file, and deleting what is not there changes nothing") {
  Fixture fixture;
  const CommitId base = fixture.commit({}, {put("a/b/c", "1"), put("d", "1")});
  const CommitId after = fixture.commit(base, {remove("a/b/c"), remove("none/at/all")});
  CHECK(paths(*fixture.repository.list(after)) == std::vector<std::string>{"d"});
  CHECK(fixture.repository.tree_at(after, "a").value() == std::nullopt);
  CHECK(fixture.repository.list(fixture.commit(after, {remove("d")}))->empty());
}

struct RefusedCase {
  std::vector<PathEdit> edits;
  std::string message;
};

TEST_CASE("an edit that cannot be is refused with the reason") {
  Fixture fixture;
  const CommitId base = fixture.commit({}, {put("dir/file", "1")});
  const std::string bad_path = ": a path in a repository has no empty part, '.', '..' or '.git'";
  const auto c = GENERATE_COPY(values<RefusedCase>({
      {{put("", "x")}, "cannot edit ''" + bad_path},
      {{put("/etc/passwd", "x")}, "cannot edit '/etc/passwd'" + bad_path},
      {{put("a//b", "x")}, "cannot edit 'a//b'" + bad_path},
      {{put("a/", "x")}, "cannot edit 'a/'" + bad_path},
      {{put("../x", "x")}, "cannot edit '../x'" + bad_path},
      {{put("a/../x", "x")}, "cannot edit 'a/../x'" + bad_path},
      {{put("a/./x", "x")}, "cannot edit 'a/./x'" + bad_path},
      {{put(".git/config", "x")}, "cannot edit '.git/config'" + bad_path},
      {{put("a/.GIT/hooks", "x")}, "cannot edit 'a/.GIT/hooks'" + bad_path},
      {{put("dir", "x")}, "cannot edit 'dir': it is a directory"},
      {{remove("dir")}, "cannot edit 'dir': it is a directory"},
      {{put("dir/file/x", "x")}, "cannot edit below 'file': it is a file"},
      {{put("a", "x"), put("a", "y")},
       "cannot edit 'a': another edit of the same commit has this path, or a part of it, as a file"},
      {{put("a", "x"), put("a/b", "y")},
       "cannot edit 'a/b': another edit of the same commit has this path, or a part of it, as a file"},
  }));
  const auto written = fixture.repository.write_commit({base, c.edits, alice(), "x"});
  REQUIRE_FALSE(written);
  CHECK(written.error().kind == ErrorKind::invalid);
  CHECK(written.error().message == c.message);
}

TEST_CASE("an author that git cannot write is refused") {
  Fixture fixture;
  const auto written = fixture.repository.write_commit({{}, {}, {"<evil>", "a@b", {}}, "x"});
  CHECK(written.error().message == "'<evil> <a@b>' cannot be the author of a commit");
}

/// Paths that meet in directories but are never both a file and a directory.
rc::Gen<std::string> some_path() {
  return rc::gen::elementOf(
      std::vector<std::string>{"f1", "f2", "a/f1", "a/f2", "a/b/f1", "a/b/c/f1", "d/f1", "d.yaml", "d0", "e/e/e/f1"});
}

TEST_CASE("a tree after edits has what the edits say and everything else as it was") {
  Fixture fixture;
  CHECK(rc::check([&] {
    using Files = std::map<std::string, std::string>;
    using Edits = std::map<std::string, rc::Maybe<std::string>>;
    using Text = std::string;
    const auto pairs =
        *rc::gen::container<std::vector<std::pair<Text, Text>>>(rc::gen::pair(some_path(), rc::gen::arbitrary<Text>()));
    const auto changed = *rc::gen::container<std::vector<std::pair<Text, rc::Maybe<Text>>>>(
        rc::gen::pair(some_path(), rc::gen::maybe(rc::gen::arbitrary<Text>())));
    const Files before(pairs.begin(), pairs.end());
    const Edits changes(changed.begin(), changed.end());

    std::vector<PathEdit> initial;
    for (const auto& [path, content] : before) initial.push_back(put(path, content));
    std::vector<PathEdit> edits;
    Files expected = before;
    for (const auto& [path, content] : changes) {
      edits.push_back(content ? put(path, *content) : remove(path));
      expected.erase(path);
      if (content) expected.emplace(path, *content);
    }
    std::vector<PathEdit> whole;
    for (const auto& [path, content] : expected) whole.push_back(put(path, content));

    const CommitId edited = fixture.commit(fixture.commit({}, initial), edits);

    Files found;
    const auto files = fixture.repository.list(edited);
    for (const TreeEntry& entry : *files) {
      found.emplace(entry.path, *fixture.repository.read_blob(entry.id));
    }
    RC_ASSERT(found == expected);
    RC_ASSERT(fixture.repository.commit(edited)->tree == fixture.repository.commit(fixture.commit({}, whole))->tree);
  }));
}

}  // namespace
}  // namespace towline::git
