#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include "base/files.h"
#include "render/fixture.h"
#include "support/eventually.h"

namespace towline::render::test {
namespace {

namespace fs = std::filesystem;

/// A stand-in for kustomize that does not end before it is let: its runs wait for a lock on its own file, the one thing
/// of this machine that every sandbox shows them.
class HeldKustomize {
 public:
  explicit HeldKustomize(Fixture& fixture)
      : folder_(fixture.script("kustomize", "exec /usr/bin/flock -s \"$0\" /bin/true\n")),
        held_(::open((folder_ / "kustomize").c_str(), O_RDONLY | O_CLOEXEC)) {
    REQUIRE(::flock(held_, LOCK_EX) == 0);
  }
  HeldKustomize(const HeldKustomize&) = delete;
  HeldKustomize& operator=(const HeldKustomize&) = delete;
  ~HeldKustomize() { ::close(held_); }

  const fs::path& folder() const { return folder_; }
  void let_go() const { ::flock(held_, LOCK_UN); }

  /// How many runs wait at this moment; sandboxes do not hide them from outside.
  std::size_t waiting() const {
    const std::string line = "/usr/bin/flock" + std::string(1, '\0') + "-s" + std::string(1, '\0') +
                             (folder_ / "kustomize").string() + std::string(1, '\0');
    std::size_t count = 0;
    std::error_code error;
    for (fs::directory_iterator next("/proc", error), end; !error && next != end; next.increment(error)) {
      const auto read = read_file(next->path() / "cmdline");
      if (read && read->starts_with(line)) ++count;
    }
    return count;
  }

 private:
  fs::path folder_;
  int held_;
};

TEST_CASE("programs run side by side up to the limit and not above, whoever asks") {
  constexpr std::size_t kLimit = 3;
  constexpr int kApplications = 8;
  constexpr int kLooks = 40;
  Fixture fixture;
  std::vector<git::PathEdit> files;
  std::vector<discovery::Application> applications;
  for (int i = 0; i < kApplications; ++i) {
    const std::string directory = "apps/a" + std::to_string(i);
    files.push_back({directory + "/kustomization.yaml", "namePrefix: a" + std::to_string(i) + "-\n"});
    applications.push_back(kustomize_application(directory));
  }
  const CommitId commit = fixture.commit(files);
  std::vector<Renderer::Request> first;
  std::vector<Renderer::Request> second;
  for (const auto& application : applications) (first.size() < 4 ? first : second).push_back({commit, &application});
  const HeldKustomize kustomize(fixture);
  Renderer::Options options;
  options.search_path = kustomize.folder().string();
  options.limits.max_side_by_side = kLimit;
  Renderer renderer(options);
  const auto render = [&](const std::vector<Renderer::Request>& requests) {
    const auto repository = git::Repository::open(fixture.repository_path()).value();
    return renderer.render_all(repository, requests).value().size();
  };

  auto one = std::async(std::launch::async, render, first);
  auto other = std::async(std::launch::async, render, second);

  CHECK(towline::test::eventually([&] { return kustomize.waiting() == kLimit; }));
  std::size_t most = 0;
  for (int look = 0; look < kLooks; ++look) most = std::max(most, kustomize.waiting());
  kustomize.let_go();
  CHECK(most == kLimit);
  CHECK(one.get() == first.size());
  CHECK(other.get() == second.size());
  CHECK(renderer.counters().misses == kApplications);
}

}  // namespace
}  // namespace towline::render::test
