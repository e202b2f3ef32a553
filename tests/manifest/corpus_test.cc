#include <catch2/catch.hpp>

#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "base/process.h"
#include "base/text.h"
#include "manifest/sites.h"

using namespace towline;

namespace {

struct Tally {
  std::size_t cases = 0;
  std::size_t replayed = 0;
  std::vector<std::string> mangled;  ///< cases that came out other than before and other than people made them
};

/// The file after one case's edits, each a bump of the named image at its line.
Result<std::string> replay(const Json& bump, std::string text) {
  const std::string path = json_string(bump, "/path");
  for (const Json& edit : bump.at("edits")) {
    TRY(const image::ImageName name, image::parse_image_name(json_string(edit, "/name")));
    image::Version version;
    if (const std::string tag = json_string(edit, "/tag"); !tag.empty()) version.tag = image::Tag(tag);
    if (const std::string digest = json_string(edit, "/digest"); !digest.empty())
      version.digest = image::Digest(digest);
    const auto line = static_cast<std::size_t>(json_integer(edit, "/line"));
    const auto at_line = [&](const manifest::ImageSite& site) { return site.line == line; };
    TRY(text, manifest::bump_text(path, text, name, version, at_line));
  }
  return text;
}

void replay_repository(const std::filesystem::path& repository, Tally& tally) {
  const std::string cases = read_file(repository / "cases.jsonl").value();
  for (const std::string_view line : split_lines(cases)) {
    const Json bump = parse_json(line).value();
    const std::string before = read_file(repository / "blobs" / json_string(bump, "/before")).value();
    const std::string wanted = read_file(repository / "blobs" / json_string(bump, "/after")).value();
    const std::string after = replay(bump, before).value_or(before);
    ++tally.cases;
    if (after == wanted) ++tally.replayed;
    if (after != wanted && after != before) tally.mangled.push_back(std::string(line));
  }
}

}  // namespace

TEST_CASE("bumps that people made in real repositories are replayed byte for byte") {
  const auto archive = std::filesystem::path(TOWLINE_SOURCE_DIR).parent_path() / "shared" / "corpus" / "bumps.tar.xz";
  if (!std::filesystem::exists(archive)) {
    std::cerr << "SKIPPED: no replay of real bumps, because " << archive << " is absent\n";
    return;
  }
  const auto folder = TemporaryDirectory::create("towline-bumps").value();
  ProcessSpec unpack;
  unpack.argv = {"tar", "-xJf", archive.string(), "-C", folder.path().string()};
  REQUIRE(run_process(unpack).value().exit_code == 0);

  Tally tally;
  for (const auto& repository : std::filesystem::directory_iterator(folder.path() / "bumps")) {
    replay_repository(repository.path(), tally);
  }

  // What is missing stands in files that are no manifests: compose files, CI configuration, inline patches.
  std::cerr << "replayed " << tally.replayed << " of " << tally.cases << " real bumps\n";
  CHECK(tally.cases > 1'000);
  CHECK(tally.replayed * 100 >= tally.cases * 94);
  CHECK(tally.mangled == std::vector<std::string>{});
}
