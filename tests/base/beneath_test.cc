#include "base/beneath.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "base/files.h"

namespace towline {
namespace {

namespace fs = std::filesystem;

/// A directory to write in, and another one beside it.
struct Place {
  TemporaryDirectory directory = TemporaryDirectory::create("towline-beneath").value();
  fs::path inside = directory.path() / "inside";
  fs::path outside = directory.path() / "outside";
  Place() {
    fs::create_directory(inside);
    fs::create_directory(outside);
  }
  Beneath open() const { return Beneath::open(inside).value(); }
  bool untouched() const { return fs::is_empty(outside); }
};

TEST_CASE("files are written with the directories on the way, and written anew") {
  const Place place;
  const Beneath files = place.open();
  REQUIRE(files.write_file("a/b/c", "one"));
  REQUIRE(files.write_file("a/b/c", "2"));
  REQUIRE(files.replace_file("a/d", "three"));
  REQUIRE(files.replace_file("a/d", "four"));
  REQUIRE(files.make_link("links/to/c", "../../a/b/c"));
  CHECK(read_file(place.inside / "a/b/c") == "2");
  CHECK(read_file(place.inside / "a/d") == "four");
  CHECK(read_file(place.inside / "links/to/c") == "2");
  CHECK(std::distance(fs::directory_iterator(place.inside / "a"), fs::directory_iterator()) == 2);
}

TEST_CASE("a path that is not plain is refused before anything is made") {
  const Place place;
  const Beneath files = place.open();
  const std::string absolute = (place.outside / "x").string();
  const std::string with_nul("a\0b", 3);
  for (const std::string& path : {std::string(""), std::string("."), std::string(".."), std::string("../outside/x"),
                                  std::string("a/../../outside/x"), std::string("a//b"), std::string("a/./b"),
                                  std::string("a/"), absolute, with_nul, "a/" + std::string(256, 'n')}) {
    CAPTURE(path);
    for (const auto& done : {files.write_file(path, "x"), files.replace_file(path, "x"), files.make_directories(path),
                             files.make_link(path, "y")}) {
      REQUIRE_FALSE(done);
      CHECK(done.error().kind == ErrorKind::invalid);
      CHECK(done.error().message.ends_with("it is not a relative path without '.', '..' and empty parts"));
    }
  }
  CHECK(fs::is_empty(place.inside));
  CHECK(place.untouched());
}

TEST_CASE("nothing is written through a symbolic link, wherever on the way it is") {
  const Place place;
  const Beneath files = place.open();
  REQUIRE(files.make_link("out", "../outside"));
  REQUIRE(files.make_link("file", "../outside/file"));
  REQUIRE(files.make_directories("real"));
  REQUIRE(files.make_link("inner", "real"));
  for (const std::string path : {"out/x", "out/deep/x", "file", "inner/x"}) {
    CAPTURE(path);
    const auto written = files.write_file(path, "x");
    REQUIRE_FALSE(written);
    CHECK(written.error().message ==
          "cannot write '" + path + "': a symbolic link is on the way, or links lead in a circle");
  }
  CHECK_FALSE(files.make_directories("out/deep"));
  CHECK_FALSE(files.make_link("out/link", "x"));
  CHECK_FALSE(files.replace_file("out/x", "x"));
  // A rename replaces the link itself.
  CHECK(files.replace_file("file", "x"));
  CHECK(place.untouched());
  CHECK(fs::is_empty(place.inside / "real"));
}

TEST_CASE("a file where a directory would have to be is an error of the path") {
  const Place place;
  const Beneath files = place.open();
  REQUIRE(files.write_file("a", "x"));
  REQUIRE(files.make_directories("d"));
  CHECK(files.write_file("a/b", "x").error().message ==
        "cannot write 'a/b': a file and a directory have the same name");
  CHECK(files.write_file("d", "x").error().kind == ErrorKind::invalid);
  CHECK(files.make_link("a", "x").error().kind == ErrorKind::invalid);
}

TEST_CASE("a link's target has no NUL, of which the kernel would not see what stands behind it") {
  const Place place;
  const Beneath files = place.open();
  CHECK_FALSE(files.make_link("a", std::string("..\0/b", 5)));
  CHECK_FALSE(files.make_link("a", ""));
  CHECK(fs::is_empty(place.inside));
}

TEST_CASE("links lead inside, nowhere or out as the kernel follows them") {
  const Place place;
  const Beneath files = place.open();
  REQUIRE(files.write_file("deep/er/file", "x"));
  const struct {
    std::string link;
    std::string target;
    std::string expected;
  } cases[] = {
      {"a", "deep/er/file", "inside"},   {"b", "deep/../deep", "inside"},
      {"c", "gone", "nowhere"},          {"d", "deep/er/file/x", "nowhere"},
      {"e", "../outside", "out"},        {"f", place.outside.string(), "out"},
      {"shortcut", "deep/er", "inside"}, {"g", "shortcut/../er/file", "inside"},
      {"h", "shortcut/../../..", "out"}, {"i", "i", "out"},
  };
  for (const auto& test : cases) {
    CAPTURE(test.link, test.target);
    REQUIRE(files.make_link(test.link, test.target));
    const auto leads = files.leads_inside(test.link);
    const std::string found = !leads ? "out" : *leads ? "inside" : "nowhere";
    CHECK(found == test.expected);
    if (!leads) CHECK(leads.error().kind == ErrorKind::invalid);
  }
}

}  // namespace
}  // namespace towline
