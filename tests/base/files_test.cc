#include "base/files.h"

#include <sys/stat.h>
#include <catch2/catch.hpp>

namespace towline {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a file that was written is read back") {
  const auto directory = TemporaryDirectory::create("towline-test");
  REQUIRE(directory);
  const fs::path path = directory->path() / "file";

  REQUIRE(write_file(path, "one"));
  REQUIRE(write_file(path, std::string("two\0bytes", 9)));

  CHECK(*read_file(path) == std::string("two\0bytes", 9));
  CHECK(std::distance(fs::directory_iterator(directory->path()), fs::directory_iterator()) == 1);
}

TEST_CASE("writing keeps the mode of the file that was there") {
  const auto directory = TemporaryDirectory::create("towline-test");
  const fs::path path = directory->path() / "token";
  REQUIRE(write_file(path, "old"));
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);

  REQUIRE(write_file(path, "new"));

  CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("reading says what is wrong with the path") {
  const auto directory = TemporaryDirectory::create("towline-test");
  const std::string root = directory->path().string();

  const auto absent = read_file(root + "/absent");
  const auto folder = read_file(root);

  CHECK(absent.error().kind == ErrorKind::not_found);
  CHECK(absent.error().message == "cannot read " + root + "/absent: No such file or directory");
  CHECK(folder.error().kind == ErrorKind::invalid);
  CHECK(folder.error().message == "cannot read " + root + ": it is a directory");
}

TEST_CASE("a file may be as large as the limit and no larger") {
  const auto directory = TemporaryDirectory::create("towline-test");
  const fs::path path = directory->path() / "file";
  REQUIRE(write_file(path, "12345"));

  CHECK(read_file(path, 5));
  CHECK(read_file(path, 4).error().message ==
        "cannot read " + path.string() + ": it is larger than the limit of 4 bytes");
}

TEST_CASE("a file without an end is read to the limit only") {
  CHECK(read_file("/dev/zero", 1'000'000).error().kind == ErrorKind::invalid);
}

TEST_CASE("a named pipe without a writer does not hang the reader") {
  const auto directory = TemporaryDirectory::create("towline-test");
  const fs::path path = directory->path() / "pipe";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  CHECK(read_file(path) == std::string());
}

TEST_CASE("writing where there is no directory is an error and makes none") {
  const auto directory = TemporaryDirectory::create("towline-test");
  const auto written = write_file(directory->path() / "no" / "file", "x");
  CHECK(written.error().kind == ErrorKind::not_found);
  CHECK_FALSE(fs::exists(directory->path() / "no"));
}

TEST_CASE("a temporary directory goes with its owner, wherever the owner moved") {
  fs::path path;
  {
    auto first = TemporaryDirectory::create("towline-test");
    REQUIRE(first);
    path = first->path();
    const TemporaryDirectory second = *std::move(first);
    REQUIRE(write_file(second.path() / "file", "x"));
    CHECK(fs::exists(path));
  }
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("a lock is held by one, and free again when its holder is gone") {
  const auto directory = TemporaryDirectory::create("towline-test");
  const fs::path path = directory->path() / "lock";
  {
    const auto first = FileLock::acquire(path);
    REQUIRE(first);
    const auto second = FileLock::acquire(path);
    REQUIRE_FALSE(second);
    CHECK(second.error().kind == ErrorKind::conflict);
    CHECK(second.error().message == "another process holds " + path.string() + "; stop it first");
  }
  CHECK(FileLock::acquire(path));
}

}  // namespace
}  // namespace towline
