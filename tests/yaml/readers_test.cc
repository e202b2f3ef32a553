#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "base/files.h"
#include "base/text.h"
#include "program/process.h"
#include "support/paths.h"
#include "support/real_tools.h"
#include "yaml/lexing.h"
#include "yaml/parsers.h"

using namespace towline;
using namespace towline::yaml;

namespace {

std::string difference(const Node& a, const Node& b);

std::string difference_of_own(const Node& a, const Node& b) {
  if (a.kind != b.kind) return "the kind";
  if (a.style != b.style) return "the style";
  if (a.value != b.value) return "the value '" + a.value + "' is not '" + b.value + "'";
  if (a.tag != b.tag || a.anchor != b.anchor) return "the tag or the anchor";
  if (a.span.begin != b.span.begin)
    return "the begin " + std::to_string(a.span.begin) + " is not " + std::to_string(b.span.begin);
  if (a.span.end != b.span.end)
    return "the end " + std::to_string(a.span.end) + " is not " + std::to_string(b.span.end);
  if (a.line != b.line) return "the line";
  if (a.column != b.column) return "the column";
  if (a.items.size() != b.items.size() || a.entries.size() != b.entries.size()) return "how many are in it";
  return "";
}

/// "" when they are the same in everything that a node says.
std::string difference(const Node& a, const Node& b) {
  if (std::string own = difference_of_own(a, b); !own.empty()) {
    return "line " + std::to_string(a.line) + ", column " + std::to_string(a.column) + ": " + own;
  }
  for (std::size_t index = 0; index < a.items.size(); ++index) {
    if (std::string found = difference(a.items[index], b.items[index]); !found.empty()) return found;
  }
  for (std::size_t index = 0; index < a.entries.size(); ++index) {
    if (std::string found = difference(a.entries[index].first, b.entries[index].first); !found.empty()) return found;
    if (std::string found = difference(a.entries[index].second, b.entries[index].second); !found.empty()) return found;
  }
  return "";
}

struct Comparison {
  bool by_common = false;  ///< the quick reader reads it
  bool by_whole = false;   ///< so does the other
  std::string difference;  ///< of what they read
};

Comparison compare(const std::string& text) {
  const Limits limits;
  if (!check_characters(text)) return {};
  const auto common = parse_common(text, limits);
  if (!common) return {};
  const auto whole = parse_whole(text, limits);
  if (!whole) return {true, false, ""};
  if (common->size() != whole->size()) return {true, true, "how many documents there are"};
  for (std::size_t index = 0; index < common->size(); ++index) {
    const Document& document = (*common)[index];
    if (document.line != (*whole)[index].line) return {true, true, "a document's line"};
    std::string found = difference(document.root, (*whole)[index].root);
    if (!found.empty()) return {true, true, std::move(found)};
  }
  return {true, true, ""};
}

/// Lines that begin, end, nest and mix what YAML has.
rc::Gen<std::string> any_yaml() {
  const auto piece =
      rc::gen::element<std::string>("a", "b", "- ", ": ", ":", " ", "  ", "#", " # c", "'", "\"", "\\", ", ", "[", "]",
                                    "{", "}", "\n", "\n", "\n  ", "\n- ", "\r\n", "?", "? ", "|", ">", "|-", ">+",
                                    "\n---\n", "\n...\n", "~", "null", "\xC3\xA9", "a: b", "- a: 1\n");
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece), [](const std::vector<std::string>& pieces) {
    std::string text;
    for (const std::string& part : pieces) text += part;
    return text;
  });
}

}  // namespace

TEST_CASE("both readers read the files of real repositories alike, and most of them are left to the quick one") {
  const std::filesystem::path archive =
      std::filesystem::path(towline::test::source_dir()).parent_path() / "shared/corpus/trees.tar.xz";
  if (!std::filesystem::exists(archive)) {
    std::cerr << "SKIPPED: the corpus of real repositories is not at " << archive << "\n";
    return;
  }
  const auto directory = TemporaryDirectory::create("towline-readers");
  REQUIRE(directory.has_value());
  ProcessSpec spec;
  spec.argv = {"tar", "xf", archive.string(), "-C", directory->path().string()};
  const auto extracted = run_process(spec);
  REQUIRE(extracted.has_value());
  REQUIRE(extracted->exit_code == 0);

  std::size_t files = 0;
  std::size_t quick = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory->path())) {
    const auto extension = entry.path().extension();
    if (!entry.is_regular_file() || (extension != ".yaml" && extension != ".yml")) continue;
    INFO(entry.path());
    ++files;
    const Comparison comparison = compare(read_file(entry.path()).value());
    CHECK(comparison.difference.empty());
    CHECK(comparison.by_whole == comparison.by_common);
    quick += comparison.by_common ? 1 : 0;
  }
  std::cerr << "the quick reader reads " << quick << " files of " << files << "\n";
  CHECK(files == 7663);
  CHECK(quick > files * 9 / 10);
}

TEST_CASE("what both readers read of the YAML test suite they read alike") {
  const auto tools = test::real_tools();
  if (!tools) return;
  const std::filesystem::path root(std::string(trim(read_file(*tools + "/yaml-test-suite.root").value())));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().filename() != "in.yaml") continue;
    INFO(entry.path());
    CHECK(compare(read_file(entry.path()).value()).difference.empty());
  }
}

TEST_CASE("what both readers read they read alike, whatever it is") {
  CHECK(rc::check([] {
    const std::string text = *any_yaml();
    const Comparison comparison = compare(text);
    RC_CLASSIFY(comparison.by_common);
    if (!comparison.difference.empty()) RC_FAIL(comparison.difference);
  }));
}
