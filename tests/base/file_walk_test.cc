#include "base/file_walk.h"

#include <filesystem>
#include <mutex>
#include <set>

#include <catch2/catch.hpp>

#include "base/files.h"

namespace towline {
namespace {

namespace fs = std::filesystem;

class Tree {
 public:
  explicit Tree(const std::set<std::string>& files) {
    for (const std::string& file : files) {
      fs::create_directories((root() / file).parent_path());
      REQUIRE(write_file(root() / file, "text of " + file));
    }
  }
  fs::path root() const { return directory_.path(); }

 private:
  TemporaryDirectory directory_ = *TemporaryDirectory::create("towline-walk");
};

bool is_yaml(std::string_view name) { return name.ends_with(".yaml"); }

/// Path below the root -> text.
std::set<std::string> visited(const fs::path& root) {
  std::set<std::string> texts;
  std::mutex mutex;
  REQUIRE(walk_files(root.string(), {is_yaml, 10'000}, [&](const WalkedFile& file) {
    const auto text = file.read();
    const std::scoped_lock lock(mutex);
    texts.insert(fs::path(file.path()).lexically_relative(root).string() + " has " +
                 std::string(text.value_or("nothing")));
  }));
  return texts;
}

TEST_CASE("a walk visits the wanted files at every depth, each once, and can read them") {
  const Tree tree({"a.yaml", "b.txt", "c/d/e/f.yaml", "c/d.yaml", "g/.hidden/h.yaml"});
  CHECK(visited(tree.root()) == std::set<std::string>{"a.yaml has text of a.yaml", "c/d.yaml has text of c/d.yaml",
                                                      "c/d/e/f.yaml has text of c/d/e/f.yaml",
                                                      "g/.hidden/h.yaml has text of g/.hidden/h.yaml"});
}

TEST_CASE("a directory of many files is visited whole") {
  std::set<std::string> files;
  for (int number = 0; number < 1'000; ++number) files.insert("many/" + std::to_string(number) + ".yaml");
  CHECK(visited(Tree(files).root()).size() == 1'000);
}

TEST_CASE("a walk follows no link but its root, and stays out of .git") {
  const Tree tree({"real/a.yaml", ".git/b.yaml", "real/.git/c.yaml"});
  fs::create_directory_symlink("real", tree.root() / "linked");
  fs::create_symlink("a.yaml", tree.root() / "real/link.yaml");

  CHECK(visited(tree.root()) == std::set<std::string>{"real/a.yaml has text of real/a.yaml"});
  CHECK(visited(tree.root() / "linked") == std::set<std::string>{"a.yaml has text of real/a.yaml"});
}

TEST_CASE("too many files, and a directory that is not there, are told") {
  const Tree tree({"a.yaml", "b.yaml", "c.yaml"});
  const std::string root = tree.root().string();
  const auto ignore = [](const WalkedFile&) {};

  CHECK(walk_files(root, {is_yaml, 3}, ignore));
  CHECK(walk_files(root, {is_yaml, 2}, ignore).error().message == root + " has more than 2 files");
  CHECK(walk_files(root + "/none", {is_yaml, 2}, ignore).error().message ==
        "cannot list all of " + root + "/none: No such file or directory");
}

TEST_CASE("what a visit throws ends the walk and reaches its caller") {
  const Tree tree({"a.yaml", "b/c.yaml", "d/e.yaml"});
  const auto refuse = [](const WalkedFile& file) { throw std::runtime_error(file.path()); };
  CHECK_THROWS_AS(walk_files(tree.root().string(), {is_yaml, 10}, refuse), std::runtime_error);
}

}  // namespace
}  // namespace towline
