#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "program/process.h"
#include "sites/sites.h"
#include "support/paths.h"

using namespace towline;

namespace {

/// What is not replayed, and why: each is a change that a bump must not make by itself.
struct Exception {
  std::string path;
  std::string before;  ///< the blob, by the first digits of its name
  std::string reason;
  bool is_edited = false;  ///< it comes out other than people made it, and not as it was
};
const std::vector<Exception> kExceptions = {
    {"kubernetes/cluster-0/apps/home-automation/zigbee2mqtt/app/helmrelease.yaml", "60dccb8c",
     "the digest was taken away and the tag left as it was; a bump to the tag that is there keeps the pin"},
    {"kubernetes/pi/apps/observability/exporters/smartctl-exporter/app/helmrelease.yaml", "c9c48aef",
     "the digest was taken away and the tag left as it was; a bump to the tag that is there keeps the pin"},
    {"kubernetes/platform/nginx/app/components/opentelemetry/values.yaml", "860ba5ff",
     "a tag was added where there was none: a bare name writes no version, and a default decides it"},
    {"prow/config.yaml", "3d74a4da", "a digest became the tag latest: what is pinned by a digest alone stays pinned"},
    {"tekton/resources/org-permissions/peribolos.yaml", "38e78ae2",
     "a digest became a tag: what is pinned by a digest alone stays pinned"},
    {"kubernetes/main/apps/system/fstrim/app/helmrelease.yaml", "dea684d9",
     "3.19 became 3.20 without quotes, of which helm makes 3.2; it is quoted", true},
    {"kubernetes/apps/downloads/readarr/app/helmrelease.yaml", "04b54489",
     "14.9 became 14.10 without quotes, of which helm makes 14.1; it is quoted", true},
    {"prow/config.yaml", "5feafcc5", "two references had been written one after the other, which is no reference"},
};

struct Tally {
  std::size_t cases = 0;
  std::size_t replayed = 0;
  std::size_t excepted = 0;
  std::vector<std::string> unexplained;  ///< cases that did not come out as people made them, for no known reason
  std::vector<std::string> mangled;      ///< cases that came out other than before and other than people made them
};

const Exception* exception_of(const Json& bump) {
  const auto known = std::find_if(kExceptions.begin(), kExceptions.end(), [&](const Exception& row) {
    return row.path == json_string(bump, "/path") && json_string(bump, "/before").starts_with(row.before);
  });
  return known == kExceptions.end() ? nullptr : &*known;
}

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
    const auto at_line = [&](const sites::ImageSite& site) { return site.line == line; };
    TRY(text, sites::bump_text(path, text, name, version, at_line));
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
    if (after == wanted) {
      ++tally.replayed;
      continue;
    }
    const Exception* known = exception_of(bump);
    if (after != before && (known == nullptr || !known->is_edited)) tally.mangled.push_back(std::string(line));
    if (known != nullptr) {
      ++tally.excepted;
      std::cerr << "not replayed: " << known->path << ": " << known->reason << "\n";
    } else {
      tally.unexplained.push_back(std::string(line));
    }
  }
}

}  // namespace

TEST_CASE("bumps that people made in real repositories are replayed byte for byte") {
  const auto archive =
      std::filesystem::path(towline::test::source_dir()).parent_path() / "shared" / "corpus" / "bumps.tar.xz";
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

  std::cerr << "replayed " << tally.replayed << " of " << tally.cases << " real bumps ("
            << 100.0 * static_cast<double>(tally.replayed) / static_cast<double>(tally.cases) << " %)\n";
  CHECK(tally.cases == 1'665);
  CHECK(tally.replayed * 1'000 >= tally.cases * 995);
  CHECK(tally.replayed + tally.excepted == tally.cases);
  CHECK(tally.unexplained == std::vector<std::string>{});
  CHECK(tally.mangled == std::vector<std::string>{});
}
