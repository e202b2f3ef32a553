#include "git/file_tree.h"

#include <catch2/catch.hpp>
#include <memory>

#include "git/fixture.h"

namespace towline::git {
namespace {

namespace fs = std::filesystem;

/// The same three files, kept in each of the three ways.
struct Trees {
  Fixture fixture;
  CommitId commit = fixture.commit({}, {put("a.txt", "1"), put("a/x.yaml", "image: pay:1\n"), put("b/c/d", "")});
  fs::path root = fixture.directory.path() / "files";
  CommitTree from_commit{fixture.repository, commit};
  DirectoryTree from_directory{root};
  MemoryTree from_memory{{{"a.txt", "1"}, {"a/x.yaml", "image: pay:1\n"}, {"b/c/d", ""}}};

  Trees() {
    fs::create_directories(root / "a");
    fs::create_directories(root / "b/c");
    fs::create_directories(root / ".git");
    REQUIRE(write_file(root / "a.txt", "1"));
    REQUIRE(write_file(root / "a/x.yaml", "image: pay:1\n"));
    REQUIRE(write_file(root / "b/c/d", ""));
    REQUIRE(write_file(root / ".git/config", "secret"));
  }
};

std::vector<std::string> lines(const FileTree& tree) {
  std::vector<std::string> result;
  const auto files = tree.files();
  for (const TreeEntry& entry : *files) result.push_back(entry.id.str() + " " + entry.path);
  return result;
}

TEST_CASE("a tree is the same whether it is kept in a commit, a directory or memory") {
  const Trees trees;
  const std::vector<std::string> expected = {"56a6051ca2b02b04ef92d5150c9ef600403cb1de a.txt",
                                             lines(trees.from_commit).at(1),
                                             "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391 b/c/d"};
  CHECK(lines(trees.from_commit) == expected);
  CHECK(lines(trees.from_directory) == expected);
  CHECK(lines(trees.from_memory) == expected);
}

TEST_CASE("every tree reads its files and says which are not there") {
  const Trees trees;
  const FileTree* const tree =
      GENERATE_REF(as<const FileTree*>(), &trees.from_commit, &trees.from_directory, &trees.from_memory);

  CHECK(tree->read("a/x.yaml") == "image: pay:1\n");
  CHECK(tree->read("a/none").error().kind == ErrorKind::not_found);
  CHECK(tree->read("../files/a.txt").error().kind == ErrorKind::not_found);
  CHECK(tree->read("/etc/passwd").error().kind == ErrorKind::not_found);
  CHECK(tree->read(".git/config").error().kind == ErrorKind::not_found);
  CHECK(tree->read("").error().kind == ErrorKind::not_found);
}

TEST_CASE("links in a directory are listed and read as text, never followed") {
  const Trees trees;
  fs::create_symlink("/etc/passwd", trees.root / "link");
  fs::create_directory_symlink("/etc", trees.root / "outside");

  CHECK(trees.from_directory.read("link") == "/etc/passwd");
  CHECK(trees.from_directory.read("outside/passwd").error().message == "there is no file 'outside/passwd'");
  const auto files = trees.from_directory.files();
  CHECK(paths(*files) == std::vector<std::string>{"a.txt", "a/x.yaml", "b/c/d", "link", "outside"});
  CHECK(files->at(3).mode == FileMode::symlink);
}

TEST_CASE("a directory's executable files are told apart") {
  const Trees trees;
  fs::permissions(trees.root / "a.txt", fs::perms::owner_all);
  CHECK(trees.from_directory.files()->at(0).mode == FileMode::executable);
}

TEST_CASE("a directory that is not there is an error") {
  CHECK(DirectoryTree("/nonexistent/x").files().error().message ==
        "cannot list the files of /nonexistent/x: No such file or directory");
}

}  // namespace
}  // namespace towline::git
