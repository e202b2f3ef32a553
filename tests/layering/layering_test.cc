#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "support/paths.h"

namespace {

namespace fs = std::filesystem;

/// From the bottom up: a layer includes itself and layers that stand before it.
const std::vector<std::string> kLayers = {"base",     "git",    "yaml",   "image",   "registry", "manifest",
                                          "render",   "diff",   "policy", "chatops", "forge",    "promote",
                                          "evaluate", "report", "store",  "audit",   "engine",   "web"};

std::size_t position(const std::string& layer) {
  return static_cast<std::size_t>(std::find(kLayers.begin(), kLayers.end(), layer) - kLayers.begin());
}

/// Gives "file:line: ..." for each include of a layer that stands later.
std::vector<std::string> violations(const std::string& layer, const fs::path& file, std::istream& text) {
  std::vector<std::string> found;
  std::string line;
  for (std::size_t number = 1; std::getline(text, line); ++number) {
    if (!line.starts_with("#include \"")) continue;
    const std::string included = line.substr(10, line.find('"', 10) - 10);
    const std::string other = included.substr(0, included.find('/'));
    if (position(other) <= position(layer)) continue;
    found.push_back(file.string() + ":" + std::to_string(number) + ": layer " + layer + " includes " + included);
  }
  return found;
}

}  // namespace

TEST_CASE("no layer includes a layer above it") {
  std::vector<std::string> found;
  std::size_t files = 0;
  for (const std::string& layer : kLayers) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(towline::test::source_dir()) / "src" / layer)) {
      if (!entry.is_regular_file()) continue;
      ++files;
      std::ifstream text(entry.path());
      for (auto& violation : violations(layer, entry.path(), text)) found.push_back(std::move(violation));
    }
  }
  CAPTURE(found);
  CHECK(found.empty());
  CHECK(files > 50);
}

TEST_CASE("what reads repositories includes nothing that has credentials") {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(fs::path(towline::test::source_dir()) / "src" / "evaluate")) {
    std::ifstream text(entry.path());
    std::string line;
    while (std::getline(text, line)) {
      for (const char* layer : {"forge/", "store/", "web/", "engine/", "registry/credentials", "git/transport"}) {
        if (line.starts_with(std::string("#include \"") + layer)) found.push_back(entry.path().string() + ": " + line);
      }
    }
  }
  CAPTURE(found);
  CHECK(found.empty());
}

TEST_CASE("an include that breaks the order is noticed") {
  std::istringstream text("#include \"base/result.h\"\n#include \"engine/engine.h\"\n");
  const auto found = violations("git", "src/git/x.cc", text);
  REQUIRE(found.size() == 1);
  CHECK(found.front() == "src/git/x.cc:2: layer git includes engine/engine.h");
}

TEST_CASE("every folder under src is a known layer") {
  for (const auto& entry : fs::directory_iterator(fs::path(towline::test::source_dir()) / "src")) {
    if (!entry.is_directory()) continue;
    CAPTURE(entry.path().filename().string());
    CHECK(position(entry.path().filename().string()) < kLayers.size());
  }
}
