#include "base/private_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "base/files.h"

namespace towline {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBytes = 32;

struct Place {
  TemporaryDirectory directory = *TemporaryDirectory::create("towline-private");
  fs::path path(const std::string& name) const { return directory.path() / name; }
};

/// Permission bits.
unsigned mode(const fs::path& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode & 07777u;
}

/// The umask for the length of a test.
struct Umask {
  explicit Umask(mode_t mask) : before(::umask(mask)) {}
  ~Umask() { ::umask(before); }
  mode_t before;
};

Result<Secret> key(const fs::path& file) { return read_or_make_key(file, kBytes, "it is made again"); }

}  // namespace

TEST_CASE("a private directory and what is made private in it are the user's alone, whatever the umask") {
  const Umask open(0);
  const Place place;
  REQUIRE(make_private_directory(place.path("data")));
  REQUIRE(make_private_file(place.path("data/towline.db")));
  REQUIRE(key(place.path("data/masking.key")));
  REQUIRE(FileLock::acquire(place.path("data/lock")));
  CHECK(mode(place.path("data")) == 0700);
  CHECK(mode(place.path("data/towline.db")) == 0600);
  CHECK(mode(place.path("data/masking.key")) == 0600);
  CHECK(mode(place.path("data/lock")) == 0600);
  CHECK(std::distance(fs::directory_iterator(place.path("data")), fs::directory_iterator()) == 3);
}

TEST_CASE("a directory that others may read is tightened, and that is told") {
  const Place place;
  fs::create_directory(place.path("data"));
  REQUIRE(::chmod(place.path("data").c_str(), 0755) == 0);
  const auto changes = make_private_directory(place.path("data"));
  REQUIRE(changes);
  CHECK(mode(place.path("data")) == 0700);
  CHECK(*changes == Tightened{"Changed the mode of " + place.path("data").string() +
                              " from 0755 to 0700: other users could read it"});
  CHECK(make_private_directory(place.path("data"))->empty());
}

TEST_CASE("any right of others is taken away, also that of the group alone or to look names up") {
  const Place place;
  for (const mode_t wide : {0750, 0740, 0710, 0704, 0701}) {
    fs::create_directories(place.path("data"));
    REQUIRE(::chmod(place.path("data").c_str(), wide) == 0);
    CHECK(make_private_directory(place.path("data"))->size() == 1);
    CHECK(mode(place.path("data")) == 0700);
  }
}

TEST_CASE("a file that others may read is tightened where it is named") {
  const Place place;
  REQUIRE(write_file(place.path("towline.db"), "x"));
  REQUIRE(::chmod(place.path("towline.db").c_str(), 0664) == 0);
  CHECK(tighten(place.path("towline.db"))->size() == 1);
  CHECK(tighten(place.path("towline.db"))->empty());
  CHECK(mode(place.path("towline.db")) == 0600);
}

TEST_CASE("a directory that others may write is refused") {
  const Place place;
  fs::create_directory(place.path("data"));
  for (const mode_t wide : {0777, 0770, 0702}) {
    REQUIRE(::chmod(place.path("data").c_str(), wide) == 0);
    const auto refused = make_private_directory(place.path("data"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::forbidden);
    CHECK_THAT(refused.error().message, Catch::Contains("is writable by other users") &&
                                            Catch::EndsWith("chmod -R go-rwx " + place.path("data").string()));
    CHECK(mode(place.path("data")) == wide);
  }
}

TEST_CASE("a directory of another user is refused") {
  if (::geteuid() != 0) {
    WARN("skipped: only root can give a directory away");
    return;
  }
  const Place place;
  fs::create_directory(place.path("data"));
  REQUIRE(::chown(place.path("data").c_str(), 12345, 12345) == 0);
  const auto refused = make_private_directory(place.path("data"));
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message,
             Catch::Contains("belongs to another user (uid 12345). Set `data` to a directory below it"));
}

TEST_CASE("a file in place of the directory is an error") {
  const Place place;
  REQUIRE(write_file(place.path("data"), "x"));
  CHECK(make_private_directory(place.path("data")).error().message ==
        "the data directory " + place.path("data").string() + " cannot be made: it is not a directory");
}

TEST_CASE("a symlink's target is not tightened") {
  const Place place;
  REQUIRE(write_file(place.path("elsewhere"), "x"));
  REQUIRE(::chmod(place.path("elsewhere").c_str(), 0644) == 0);
  fs::create_symlink(place.path("elsewhere"), place.path("lock"));
  CHECK(tighten(place.path("lock"))->empty());
  CHECK(tighten(place.path("nothing"))->empty());
  CHECK(mode(place.path("elsewhere")) == 0644);
}

TEST_CASE("a key is made once and read after that") {
  const Place place;
  const auto made = key(place.path("key"));
  REQUIRE(made);
  CHECK(made->reveal().size() == 2 * kBytes);
  CHECK(key(place.path("key"))->reveal() == made->reveal());
  CHECK(read_file(place.path("key")).value() == made->reveal() + "\n");
}

TEST_CASE("a key that cannot be read, or is none, stops the start and stays") {
  const Place place;
  for (const std::string& content :
       {std::string(), std::string(63, 'a'), std::string(65, 'a'), std::string(64, 'z'), std::string(64, 'A')}) {
    INFO(content);
    REQUIRE(write_file(place.path("key"), content));
    const auto refused = key(place.path("key"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "The key " + place.path("key").string() +
                                         " is damaged: it must be 64 hexadecimal digits. Restore it from a backup. If "
                                         "you delete it, it is made again");
    CHECK(read_file(place.path("key")).value() == content);
  }
}

TEST_CASE("a directory, a pipe or a symlink in place of a key is an error") {
  const Place place;
  fs::create_directory(place.path("directory"));
  REQUIRE(::mkfifo(place.path("pipe").c_str(), 0600) == 0);
  REQUIRE(write_file(place.path("elsewhere"), std::string(64, 'a')));
  fs::create_symlink(place.path("elsewhere"), place.path("link"));
  for (const std::string name : {"directory", "pipe", "link"}) {
    INFO(name);
    const auto refused = key(place.path(name));
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, Catch::StartsWith("Cannot read the key " + place.path(name).string() + ": ") &&
                                            Catch::EndsWith("If you delete it, it is made again"));
  }
}

}  // namespace towline
