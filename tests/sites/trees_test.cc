#include <catch2/catch.hpp>

#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "base/files.h"
#include "program/process.h"
#include "sites/fidelity.h"
#include "sites/passage.h"
#include "sites/sites.h"
#include "support/paths.h"
#include "yaml/edit.h"
#include "yaml/node.h"

using namespace towline;
using sites::ImageSite;
using test::same_but_scalars;
using test::version_spans;
using test::without;

namespace {

const image::Version kOther{image::Tag("9.9.9-towline"), image::Digest("sha256:" + std::string(64, '9'))};

struct Tally {
  std::size_t files = 0;
  std::size_t with_sites = 0;
  std::size_t sites = 0;
  std::size_t refused = 0;
};

/// The text with every site made to say what `version_of` gives, refused ones left out.
template <class VersionOf>
std::string bump_all(const std::string& text, const std::vector<ImageSite>& sites, VersionOf version_of) {
  std::vector<yaml::Edit> edits;
  for (const ImageSite& site : sites) {
    if (!site.refusal.empty()) continue;
    const auto made = sites::edits_for(site, version_of(site));
    REQUIRE(made.has_value());
    edits.insert(edits.end(), made->begin(), made->end());
  }
  return yaml::apply_edits(text, edits).value();
}

/// A site that is pinned by a digest alone stays so.
image::Version other_version(const ImageSite& site) {
  return site.version.tag ? kOther : image::Version{std::nullopt, kOther.digest};
}

void check_documents(const std::string& before, const std::string& after, std::size_t changed) {
  const auto old_documents = sites::documents_of(before);
  const auto new_documents = sites::documents_of(after);
  REQUIRE(old_documents.size() == new_documents.size());
  std::size_t different = 0;
  for (std::size_t index = 0; index < old_documents.size(); ++index) {
    const auto old_tree = yaml::parse(old_documents[index].text());
    const auto new_tree = yaml::parse(new_documents[index].text());
    REQUIRE(old_tree.has_value() == new_tree.has_value());
    if (!old_tree) continue;
    REQUIRE(old_tree->size() == new_tree->size());
    for (std::size_t number = 0; number < old_tree->size(); ++number) {
      CHECK(same_but_scalars((*old_tree)[number].root, (*new_tree)[number].root, different));
    }
  }
  // Several sites may stand in one block scalar, so there may be fewer.
  CHECK(different <= changed);
}

void check_file(const std::filesystem::path& path, Tally& tally) {
  const std::string text = read_file(path).value();
  const auto before = sites::find_sites(path.string(), text).sites;
  ++tally.files;
  if (before.empty()) return;
  ++tally.with_sites;
  tally.sites += before.size();
  INFO(path);

  CHECK(bump_all(text, before, [](const ImageSite& site) { return site.version; }) == text);

  const std::string after_text = bump_all(text, before, other_version);
  const auto after = sites::find_sites(path.string(), after_text).sites;
  REQUIRE(after.size() == before.size());
  for (std::size_t index = 0; index < after.size(); ++index) {
    CHECK(after[index].name == before[index].name);
    CHECK(after[index].line == before[index].line);
    CHECK(after[index].written_name == before[index].written_name);
    const bool refused = !before[index].refusal.empty();
    tally.refused += refused ? 1 : 0;
    if (!refused) CHECK(after[index].version == other_version(before[index]));
  }
  const auto old_spans = version_spans(before);
  CHECK(without(text, old_spans) == without(after_text, version_spans(after)));
  check_documents(text, after_text, old_spans.size());
}

}  // namespace

TEST_CASE("over real repositories, bumping to the same tag changes nothing, and to another one the versions alone") {
  const auto archive =
      std::filesystem::path(towline::test::source_dir()).parent_path() / "shared" / "corpus" / "trees.tar.xz";
  if (!std::filesystem::exists(archive)) {
    std::cerr << "SKIPPED: no bumps over real repositories, because " << archive << " is absent\n";
    return;
  }
  const auto folder = TemporaryDirectory::create("towline-trees").value();
  ProcessSpec unpack;
  unpack.argv = {"tar", "-xJf", archive.string(), "-C", folder.path().string()};
  REQUIRE(run_process(unpack).value().exit_code == 0);

  Tally tally;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
    const auto extension = entry.path().extension();
    if (entry.is_regular_file() && (extension == ".yaml" || extension == ".yml")) check_file(entry.path(), tally);
  }

  std::cerr << "bumped " << tally.sites << " sites in " << tally.with_sites << " of " << tally.files << " files, "
            << tally.refused << " refused\n";
  CHECK(tally.files == 7'663);
  // A count of the lines that look like sites finds no other but charts' tags (OCIRepository) and templates.
  CHECK(tally.sites >= 1'100);
}
