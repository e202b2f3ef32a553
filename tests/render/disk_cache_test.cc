#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <string>

#include "render/declared.h"
#include "render/disk_cache.h"

namespace towline::render::test {
namespace {

namespace fs = std::filesystem;

struct Place {
  TemporaryDirectory directory = TemporaryDirectory::create("towline-renders-").value();
  fs::path path() const { return directory.path() / "renders"; }
};

TEST_CASE("what was kept is found again, also by another process") {
  const Place place;
  DiskCache(place.path(), 1u << 20).keep("key", "text\nmore");
  const DiskCache again(place.path(), 1u << 20);
  CHECK(again.find("key") == "text\nmore");
  CHECK_FALSE(again.find("other").has_value());
}

TEST_CASE("what was damaged on disk is as if it were not there") {
  const Place place;
  DiskCache cache(place.path(), 1u << 20);
  cache.keep("key", "text");
  for (const auto& entry : fs::recursive_directory_iterator(place.path())) {
    if (entry.is_regular_file()) std::ofstream(entry.path(), std::ios::app) << "x";
  }
  CHECK_FALSE(cache.find("key").has_value());
}

TEST_CASE("nobody else may read what was kept") {
  const Place place;
  const DiskCache cache(place.path(), 1u << 20);
  CHECK(fs::status(place.path()).permissions() == fs::perms::owner_all);
}

TEST_CASE("it does not grow beyond its limit") {
  const Place place;
  constexpr std::size_t kMost = 64u << 10;
  DiskCache cache(place.path(), kMost);
  for (int i = 0; i < 100; ++i) cache.keep("key" + std::to_string(i), std::string(4'000, 'x'));
  std::size_t total = 0;
  for (const auto& entry : fs::recursive_directory_iterator(place.path())) {
    if (entry.is_regular_file()) total += entry.file_size();
  }
  CHECK(total <= kMost);
  CHECK(total > kMost / 4);
}

TEST_CASE("a renderer that starts again does not run what an earlier one ran") {
  Fixture fixture;
  const Place place;
  const CommitId commit = fixture.commit({{"p/kustomization.yaml", "resources: []\n"}});
  Renderer::Options options;
  options.disk_cache = place.path();
  options.search_path =
      fixture.script("kustomize", "echo \"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\"\n").string();
  CHECK(keys(Renderer(options).render(fixture.repository, commit, kustomize_application("p")).value()) ==
        Texts{"ConfigMap pay/a"});
  Renderer again(options);
  CHECK(keys(again.render(fixture.repository, commit, kustomize_application("p")).value()) == Texts{"ConfigMap pay/a"});
  CHECK(again.counters().misses == 0);
  CHECK(again.counters().hits == 1);
}

TEST_CASE("a failure is not kept on disk") {
  Fixture fixture;
  const Place place;
  const CommitId commit = fixture.commit({{"p/kustomization.yaml", "resources: []\n"}});
  Renderer::Options options;
  options.disk_cache = place.path();
  options.search_path = fixture.script("kustomize", "exit 1\n").string();
  static_cast<void>(Renderer(options).render(fixture.repository, commit, kustomize_application("p")));
  Renderer again(options);
  static_cast<void>(again.render(fixture.repository, commit, kustomize_application("p")));
  CHECK(again.counters().misses == 1);
}

}  // namespace
}  // namespace towline::render::test
