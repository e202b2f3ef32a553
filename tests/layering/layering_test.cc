#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "support/paths.h"

namespace {

namespace fs = std::filesystem;

/// src/layers.txt: a layer and those that it may include, from the bottom up.
struct Layer {
  std::string name;
  std::set<std::string> below;
};

std::vector<Layer> layers() {
  std::ifstream table(fs::path(towline::test::source_dir()) / "src" / "layers.txt");
  std::vector<Layer> all;
  for (std::string line; std::getline(table, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t colon = line.find(':');
    REQUIRE(colon != std::string::npos);
    Layer layer{line.substr(0, colon), {}};
    std::istringstream names(line.substr(colon + 1));
    for (std::string name; names >> name;) layer.below.insert(name);
    all.push_back(std::move(layer));
  }
  return all;
}

struct Include {
  std::string place;  ///< "src/git/x.cc:2"
  std::string header;
  std::string layer() const { return header.substr(0, header.find('/')); }
};

std::vector<Include> includes(const std::string& file, std::istream& text) {
  std::vector<Include> found;
  std::string line;
  for (std::size_t number = 1; std::getline(text, line); ++number) {
    if (!line.starts_with("#include \"")) continue;
    found.push_back({file + ":" + std::to_string(number), line.substr(10, line.find('"', 10) - 10)});
  }
  return found;
}

std::vector<Include> includes_below(const std::string& folder) {
  std::vector<Include> found;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(towline::test::source_dir()) / "src" / folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream text(entry.path());
    for (Include& one : includes(entry.path().string(), text)) found.push_back(std::move(one));
  }
  return found;
}

/// "file:line: layer git includes engine/engine.h" for each include that the layer's row does not name.
std::vector<std::string> violations(const Layer& layer, const std::vector<Include>& found) {
  std::vector<std::string> wrong;
  for (const Include& one : found) {
    if (one.layer() == layer.name || layer.below.contains(one.layer())) continue;
    wrong.push_back(one.place + ": layer " + layer.name + " includes " + one.header);
  }
  return wrong;
}

}  // namespace

TEST_CASE("a layer includes only the layers that its row names") {
  std::vector<std::string> found;
  for (const Layer& layer : layers()) {
    for (std::string& one : violations(layer, includes_below(layer.name))) found.push_back(std::move(one));
  }
  CAPTURE(found);
  CHECK(found.empty());
}

TEST_CASE("a layer's row names no layer that it does not include") {
  std::vector<std::string> found;
  for (const Layer& layer : layers()) {
    std::set<std::string> used;
    for (const Include& one : includes_below(layer.name)) used.insert(one.layer());
    for (const std::string& below : layer.below) {
      if (!used.contains(below)) found.push_back(layer.name + " does not include " + below);
    }
  }
  CAPTURE(found);
  CHECK(found.empty());
}

TEST_CASE("rows name only layers that stand above them") {
  std::set<std::string> above;
  for (const Layer& layer : layers()) {
    for (const std::string& below : layer.below) {
      CAPTURE(layer.name, below);
      CHECK(above.contains(below));
    }
    above.insert(layer.name);
  }
  CHECK(above.size() > 20);
}

TEST_CASE("no kind of forge includes another") {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(fs::path(towline::test::source_dir()) / "src" / "forge")) {
    if (!entry.is_directory()) continue;
    const std::string own = "forge/" + entry.path().filename().string() + "/";
    for (const Include& one : includes_below(own)) {
      const bool of_a_kind = one.header.starts_with("forge/") && one.header.find('/', 6) != std::string::npos;
      if (of_a_kind && !one.header.starts_with(own)) found.push_back(one.place + ": " + one.header);
    }
  }
  CAPTURE(found);
  CHECK(found.empty());
}

TEST_CASE("deciding does no I/O") {
  // What reads files, the network, programs, the environment or the clock.
  static const std::set<std::string> kNeverIncluded = {"base/files.h",    "base/private_files.h", "base/file_walk.h",
                                                       "base/beneath.h",  "base/log.h",           "git/mirror.h",
                                                       "git/transport.h", "forge/forge.h",        "registry/client.h"};
  static const std::set<std::string> kNeverStandard = {"<filesystem>", "<fstream>", "<iostream>", "<cstdio>",
                                                       "<thread>",     "<random>",  "<unistd.h>", "<sys/stat.h>"};
  std::vector<std::string> found;
  for (const Include& one : includes_below("decide")) {
    if (kNeverIncluded.contains(one.header)) found.push_back(one.place + ": " + one.header);
  }
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(towline::test::source_dir()) / "src" / "decide")) {
    if (!entry.is_regular_file()) continue;
    ++files;
    std::ifstream text(entry.path());
    for (std::string line; std::getline(text, line);) {
      if (line.starts_with("#include <") && kNeverStandard.contains(line.substr(9))) found.push_back(line);
      for (const char* call : {"getenv(", "::now()", "SystemClock", "std::rand"}) {
        if (line.find(call) != std::string::npos) found.push_back(entry.path().string() + ": " + line);
      }
    }
  }
  CAPTURE(found);
  CHECK(found.empty());
  CHECK(files > 30);
}

TEST_CASE("what reads repositories includes nothing that has credentials") {
  std::vector<std::string> found;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(towline::test::source_dir()) / "src" / "evaluate")) {
    if (!entry.is_regular_file()) continue;
    std::ifstream text(entry.path());
    std::string line;
    while (std::getline(text, line)) {
      for (const char* layer :
           {"forge/", "store/", "web/", "engine/", "registry/credentials", "git/transport", "net/"}) {
        if (line.starts_with(std::string("#include \"") + layer)) found.push_back(entry.path().string() + ": " + line);
      }
    }
  }
  CAPTURE(found);
  CHECK(found.empty());
}

TEST_CASE("an include that a row does not name is noticed") {
  std::istringstream text("#include \"base/result.h\"\n#include \"engine/engine.h\"\n");
  const auto found = violations({"git", {"base"}}, includes("src/git/x.cc", text));
  REQUIRE(found.size() == 1);
  CHECK(found.front() == "src/git/x.cc:2: layer git includes engine/engine.h");
}

TEST_CASE("every folder under src is a layer") {
  std::set<std::string> names;
  for (const Layer& layer : layers()) names.insert(layer.name);
  for (const auto& entry : fs::directory_iterator(fs::path(towline::test::source_dir()) / "src")) {
    if (!entry.is_directory()) continue;
    CAPTURE(entry.path().filename().string());
    CHECK(names.contains(entry.path().filename().string()));
  }
}

TEST_CASE("only the table of forges and its rows know a kind of forge by name") {
  std::vector<std::string> found;
  const fs::path root = fs::path(towline::test::source_dir()) / "src";
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const std::string file = fs::relative(entry.path(), root).string();
    // Registries have kinds of their own, of which one has Gitea's name; and an image may come from any forge.
    const bool is_other = file.starts_with("registry/") || file == "decide/promotion/source_link.cc";
    if (!entry.is_regular_file() || file.starts_with("forge/") || is_other) continue;
    std::ifstream text(entry.path());
    for (std::string line; std::getline(text, line);) {
      for (const char* kind : {"\"gitea\"", "\"github\"", "\"gitlab\"", "forge/gitea/", "make_gitea"}) {
        if (line.find(kind) != std::string::npos) found.push_back(file + ": " + line);
      }
    }
  }
  CAPTURE(found);
  CHECK(found.empty());
}
