#include <filesystem>
#include <iostream>
#include <string>

#include <catch2/catch.hpp>

#include "base/files.h"
#include "program/process.h"
#include "support/paths.h"
#include "yaml/node.h"

using namespace towline;
using namespace towline::yaml;

namespace {

struct Tally {
  std::size_t files = 0;
  std::size_t refused = 0;
  std::size_t scalars = 0;
};

/// The scalar's bytes alone, as the item of a sequence, read as the same scalar. Those on several lines lean on
/// their indentation and are left to the other tests.
void check_scalar(std::string_view text, const Node& scalar) {
  const std::string source(text.substr(scalar.span.begin, scalar.span.size()));
  if (source.empty() || source.find('\n') != std::string::npos) return;
  const auto alone = parse("- " + source + "\n");
  const bool same = alone && alone->size() == 1 && alone->front().root.items.size() == 1 &&
                    alone->front().root.items[0].value == scalar.value &&
                    alone->front().root.items[0].style == scalar.style;
  if (!same) FAIL_CHECK("line " << scalar.line << ": " << source << " is not " << scalar.value);
}

void check_node(std::string_view text, const Node& node, Tally& tally) {
  if (node.span.begin > node.span.end || node.span.end > text.size())
    FAIL_CHECK("line " << node.line << ": a span outside the file");
  if (node.is_scalar()) {
    ++tally.scalars;
    check_scalar(text, node);
  }
  for (const Node& item : node.items) check_node(text, item, tally);
  for (const auto& [key, value] : node.entries) {
    check_node(text, key, tally);
    check_node(text, value, tally);
  }
}

bool is_same(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.items.size() != b.items.size() || a.entries.size() != b.entries.size()) return false;
  if (a.is_scalar() && (a.value != b.value || scalar_type(a) != scalar_type(b))) return false;
  for (std::size_t index = 0; index < a.items.size(); ++index)
    if (!is_same(a.items[index], b.items[index])) return false;
  for (std::size_t index = 0; index < a.entries.size(); ++index)
    if (!is_same(a.entries[index].first, b.entries[index].first) ||
        !is_same(a.entries[index].second, b.entries[index].second))
      return false;
  return true;
}

void check_emit(const Node& root) {
  const auto again = parse(emit(root));
  if (!again || again->size() != 1 || !is_same(again->front().root, root))
    FAIL_CHECK("the document at line " << root.line << " is not the same after emit");
}

void check_file(const std::filesystem::path& path, Tally& tally) {
  const auto text = read_file(path);
  REQUIRE(text.has_value());
  ++tally.files;
  const auto documents = parse(*text);
  if (!documents) {
    ++tally.refused;
    return;
  }
  INFO(path);
  for (const Document& document : *documents) {
    check_node(*text, document.root, tally);
    check_emit(document.root);
  }
}

}  // namespace

TEST_CASE("every scalar of real repositories has exact bytes, and every document survives emit") {
  const std::filesystem::path archive =
      std::filesystem::path(towline::test::source_dir()).parent_path() / "shared/corpus/trees.tar.xz";
  if (!std::filesystem::exists(archive)) {
    std::cerr << "SKIPPED: the corpus of real repositories is not at " << archive << "\n";
    return;
  }
  auto directory = TemporaryDirectory::create("towline-corpus");
  REQUIRE(directory.has_value());
  ProcessSpec spec;
  spec.argv = {"tar", "xf", archive.string(), "-C", directory->path().string()};
  const auto extracted = run_process(spec);
  REQUIRE(extracted.has_value());
  REQUIRE(extracted->exit_code == 0);

  Tally tally;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory->path())) {
    const auto extension = entry.path().extension();
    if (entry.is_regular_file() && (extension == ".yaml" || extension == ".yml")) check_file(entry.path(), tally);
  }

  CHECK(tally.files == 7663);
  CHECK(tally.refused < 130);  // templates, encrypted by git-crypt, or broken
  CHECK(tally.scalars > 400'000);
}
