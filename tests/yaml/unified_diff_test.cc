#include "yaml/unified_diff.h"

#include <algorithm>
#include <string>
#include <vector>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "base/files.h"
#include "base/text.h"
#include "program/process.h"

using namespace towline;
using namespace towline::yaml;

namespace {

/// A name and its text in a directory of its own, with git beside it.
class Place {
 public:
  Place(std::string name, const std::string& text) : name_(std::move(name)) {
    std::filesystem::create_directories((root() / name_).parent_path());
    REQUIRE(write_file(root() / name_, text));
    git({"init", "-q"});
    git({"add", "."});
  }

  void write(const std::string& text) const { REQUIRE(write_file(root() / name_, text)); }
  std::string read() const { return read_file(root() / name_).value(); }
  /// Without the line of blob names.
  std::string git_diff() const {
    const std::string diff = git({"-c", "core.autocrlf=false", "diff", "--no-color", "--no-ext-diff", "--text"});
    const std::size_t begin = diff.find("\nindex ") + 1;
    return diff.empty() ? diff : diff.substr(0, begin) + diff.substr(diff.find('\n', begin) + 1);
  }
  void apply(const std::string& diff) const {
    REQUIRE(write_file(root() / "the.diff", diff));
    run({"git", "apply", "--whitespace=nowarn", "the.diff"});
  }
  void patch(const std::string& diff) const {
    REQUIRE(write_file(root() / "the.diff", diff));
    run({"patch", "--binary", "-s", "-p1", "-i", "the.diff"});
  }

 private:
  std::filesystem::path root() const { return directory_.path(); }
  std::string git(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "git");
    return run(std::move(arguments));
  }
  std::string run(std::vector<std::string> argv) const {
    ProcessSpec spec;
    spec.argv = std::move(argv);
    spec.directory = root();
    const auto output = run_process(spec);
    REQUIRE(output.has_value());
    INFO(output->standard_output << output->standard_error);
    REQUIRE(output->exit_code == 0);
    return output->standard_output;
  }

  std::string name_;
  TemporaryDirectory directory_ = *TemporaryDirectory::create("towline-diff");
};

/// The edits that put `to` for each `from` in the text.
std::vector<Edit> replacing(const std::string& text, const std::string& from, const std::string& to) {
  std::vector<Edit> edits;
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + from.size()))
    edits.push_back({{at, at + from.size()}, to});
  return edits;
}

std::string lines(int from, int to, const std::string& end = "\n") {
  std::string text;
  for (int line = from; line <= to; ++line) text += "  line " + std::to_string(line) + end;
  return text;
}

struct Case {
  std::string name;
  std::string text;
};

const std::vector<Case> kCases = {
    {"one.yaml", "OLD\n"},
    {"no-line-end.yaml", "a: b\ntag: OLD"},
    {"line-end.yaml", lines(1, 9) + "tag: OLD\n" + lines(10, 19)},
    {"first-and-last.yaml", "OLD\n" + lines(1, 20) + "OLD"},
    {"crlf.yaml", "kind: Pod\r\n" + lines(1, 9, "\r\n") + "tag: OLD\r\n" + lines(1, 9, "\r\n")},
    {"twice-on-a-line.yaml", "a: {x: OLD, y: OLD}\n"},
    {"touching.yaml", lines(1, 9) + "tag: OLD\nother: OLD\nthird: OLD\n" + lines(1, 9)},
    {"six-between.yaml", "kind: A\n" + lines(1, 9) + "a: OLD\n" + lines(1, 6) + "b: OLD\n" + lines(1, 9)},
    {"seven-between.yaml", "kind: A\n" + lines(1, 9) + "a: OLD\n" + lines(1, 7) + "b: OLD\n" + lines(1, 9)},
    {"headings.yaml", "_x: 1 \t \n" + lines(1, 9) + "  OLD\n" + lines(1, 9) + "  OLD\n$y:\n" + lines(1, 9) + "  OLD\n"},
    {"long-heading.yaml", std::string(200, 'k') + ":\n" + lines(1, 9) + "  OLD\n"},
    {"dir/with space.yaml", "tag: OLD\n"},
    {"quote\"\t\\ and \xC3\xA9.yaml", "tag: OLD\n"},
    {"no-heading.yaml", lines(1, 30) + "- OLD\n"},
};

}  // namespace

TEST_CASE("a diff is what git prints, but for the line that names blobs") {
  for (const Case& one : kCases) {
    for (const std::string& to : {std::string("NEW"), std::string("N\nE\nW"), std::string("")}) {
      const std::vector<Edit> edits = replacing(one.text, "OLD", to);
      const Place place(one.name, one.text);
      place.write(apply_edits(one.text, edits).value());
      CAPTURE(one.name, to);
      CHECK(unified_diff(one.name, one.text, edits) == place.git_diff());
    }
  }
}

TEST_CASE("edits that change nothing give no diff") {
  const std::string text = "a: OLD\nb: OLD\n";
  CHECK(unified_diff("a.yaml", text, {}).empty());
  CHECK(unified_diff("a.yaml", text, replacing(text, "OLD", "OLD")).empty());
  CHECK(unified_diff("a.yaml", "", {}).empty());
}

TEST_CASE("of several lines that an edit replaces only those that differ are told") {
  const std::string text = "a\nb\nc\nd\n";
  CHECK(unified_diff("a.yaml", text, {{{0, 8}, "a\nB\nc\nd\n"}}) ==
        "diff --git a/a.yaml b/a.yaml\n--- a/a.yaml\n+++ b/a.yaml\n@@ -1,4 +1,4 @@\n a\n-b\n+B\n c\n d\n");
}

TEST_CASE("git apply and patch make of a diff what the edits make of the text") {
  CHECK(rc::check([] {
    const auto piece = rc::gen::element<std::string>("a\n", "b: c\n", "  d\n", "OLD", "OLD\n", "x", "\r\n", "\n", "e\n",
                                                     "f\n", "g\n", "h\n", "i\n");
    const auto pieces = *rc::gen::container<std::vector<std::string>>(piece);
    std::string text;
    for (const std::string& one : pieces) text += one;
    const std::vector<Edit> edits = replacing(text, "OLD", *rc::gen::element<std::string>("NEW", "N\nW", "OLD 2"));
    RC_PRE(!edits.empty());
    const std::string after = apply_edits(text, edits).value();
    const std::string diff = unified_diff("a.yaml", text, edits);

    const Place place("a.yaml", text);
    place.apply(diff);
    RC_ASSERT(place.read() == after);
    place.write(text);
    place.patch(diff);
    RC_ASSERT(place.read() == after);
  }));
}
