#include <signal.h>
#include <catch2/catch.hpp>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "base/files.h"
#include "program/bubblewrap.h"
#include "render/fixture.h"
#include "support/eventually.h"
#include "support/real_tools.h"
#include "yaml/edit.h"

namespace towline::render::test {
namespace {

namespace fs = std::filesystem;
using towline::test::eventually;

constexpr std::size_t kWarm = 2;

bool has_bubblewrap() {
  if (probe_sandbox("/usr/bin:/bin") == Confinement::bubblewrap) return true;
  WARN("bubblewrap does not work here, so nothing stands ready, and that is not tested");
  return false;
}

Renderer::Options options_of(const std::string& folder, std::size_t warm) {
  Renderer::Options options;
  options.search_path = folder;
  options.warm_sandboxes = warm;
  return options;
}

/// A renderer, and how it is brought to have sandboxes that stand ready.
struct Warmed {
  explicit Warmed(Renderer::Options options) : renderer(std::move(options)) {}

  void warm_up(Fixture& fixture) {
    const CommitId commit = fixture.commit({{"first/kustomization.yaml", "resources: []\n"}});
    REQUIRE(renderer.render(fixture.repository, commit, kustomize_application("first")));
    REQUIRE(eventually([&] { return renderer.counters().standing_by == kWarm; }));
  }

  Renderer renderer;
};

/// Directories of renders that lie about, in memory and on disk.
std::set<std::string> directories() {
  std::set<std::string> found;
  for (const fs::path& parent : {fs::path("/dev/shm"), fs::temp_directory_path()}) {
    std::error_code error;
    for (fs::directory_iterator next(parent, error), end; !error && next != end; next.increment(error)) {
      const std::string path = next->path().string();
      if (path.find("towline-render") != std::string::npos) found.insert(path);
    }
  }
  return found;
}

/// The bubblewraps of this process that wait to be let go.
std::vector<pid_t> waiting() {
  std::vector<pid_t> found;
  std::error_code error;
  for (fs::directory_iterator next("/proc", error), end; !error && next != end; next.increment(error)) {
    const auto line = read_file(next->path() / "cmdline");
    const auto status = read_file(next->path() / "status");
    if (!line || !status || line->find("--block-fd") == std::string::npos) continue;
    if (status->find("PPid:\t" + std::to_string(::getpid()) + "\n") == std::string::npos) continue;
    found.push_back(std::stoi(next->path().filename().string()));
  }
  return found;
}

/// Each resource as a whole.
Texts texts(const Rendered& rendered) {
  Texts all;
  for (const manifest::Resource& resource : rendered.resources) all.push_back(yaml::emit(resource.body));
  return all;
}

struct Case {
  const char* name;
  std::vector<git::PathEdit> files;  ///< of the application in app/
};

std::vector<Case> cases() {
  const std::string map = config_map("a");
  return {
      {"an overlay",
       {{"app/kustomization.yaml", "resources: [../base]\nnamePrefix: x-\n"},
        {"base/kustomization.yaml", "resources: [a.yaml]\n"},
        {"base/a.yaml", map}}},
      {"a generator of a Secret",
       {{"app/kustomization.yaml", "secretGenerator: [{name: s, literals: [a=hushhush]}]\n"}}},
      {"a resource that is missing", {{"app/kustomization.yaml", "resources: [missing.yaml]\n"}}},
      {"a kustomization that is none", {{"app/kustomization.yaml", "resources: {a: b}\n"}}},
      {"a directory without a kustomization", {{"app/a.yaml", map}}},
      {"a resource outside of the repository",
       {{"app/kustomization.yaml", "resources: [../../../../../../etc/passwd]\n"}}},
      {"a file outside of its directory",
       {{"app/kustomization.yaml", "configMapGenerator: [{name: a, files: [/etc/passwd]}]\n"}}},
      {"a program as a generator",
       {{"app/kustomization.yaml", "generators: [g.yaml]\n"},
        {"app/g.yaml",
         "apiVersion: x/v1\nkind: Evil\nmetadata:\n  name: a\n  annotations:\n    "
         "config.kubernetes.io/function: |\n      exec: {path: ./evil.sh}\n"}}},
      {"a resource of Helm", {{"app/kustomization.yaml", "helmCharts: [{name: x, repo: 'https://x'}]\n"}}},
      {"more than is kept in memory",
       {{"app/kustomization.yaml", "resources: [a.yaml]\n"},
        {"app/a.yaml", map + "data: {a: \"" + std::string(9u << 20, 'x') + "\"}\n"}}},
  };
}

TEST_CASE("a sandbox that stood ready gives what one gives that is made for the render") {
  const auto folder = towline::test::real_tools();
  if (!folder || !has_bubblewrap()) return;
  Fixture fixture;
  Warmed warmed(options_of(*folder, kWarm));
  Renderer cold(options_of(*folder, 0));
  warmed.warm_up(fixture);
  for (const Case& one : cases()) {
    CAPTURE(one.name);
    const CommitId commit = fixture.commit(one.files);
    const discovery::Application application = kustomize_application("app");

    const Rendered with = warmed.renderer.render(fixture.repository, commit, application).value();
    const Rendered without = cold.render(fixture.repository, commit, application).value();

    CHECK(texts(with) == texts(without));
    CHECK(problems(with) == problems(without));
    CHECK((with.resources.empty() || problems(with).empty()));
    REQUIRE(eventually([&] { return warmed.renderer.counters().standing_by == kWarm; }));
  }
  CHECK(warmed.renderer.counters().warm >= cases().size() - 3);
  CHECK(cold.counters().warm == 0);
}

/// What the stand-in for kustomize says of where it is, as the one object it gives.
constexpr const char* kTells =
    "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: told}\\ndata:\\n'\n"
    "printf '  place: \"%s\"\\n' \"$2\"\n"
    "printf '  files: \"%s\"\\n' \"$(echo $(cd $2/.. && /usr/bin/find tree home chart -type f | /usr/bin/sort))\"\n"
    "printf '  descriptors: \"%s\"\\n' \"$(echo $(/bin/ls /proc/$$/fd))\"\n"
    "printf '  environment: \"%s\"\\n' \"$(echo $(/usr/bin/env | /usr/bin/cut -d= -f1 | /usr/bin/sort))\"\n"
    "printf '  limits: \"%s\"\\n' \"$(ulimit -d) $(ulimit -f) $(ulimit -t) $(ulimit -n) $(ulimit -c)\"\n"
    "printf '  written: \"%s\"\\n' \"$(echo x 2>/dev/null > $2/x && echo yes || echo no)\"\n";

std::string told(const Rendered& rendered, const std::string& name) {
  CAPTURE(problems(rendered));
  REQUIRE(rendered.resources.size() == 1);
  return std::string(rendered.resources[0].body.find("data")->find(name)->text());
}

TEST_CASE("two renders share no workspace, and see what a render without anything ready sees") {
  if (!has_bubblewrap()) return;
  Fixture fixture;
  const std::string folder = fixture.script("kustomize", kTells).string() + ":/usr/bin:/bin";
  Warmed warmed(options_of(folder, kWarm));
  warmed.warm_up(fixture);
  Renderer cold(options_of(folder, 0));
  const CommitId one = fixture.commit({{"app/kustomization.yaml", "a: 1\n"}, {"app/one.yaml", ""}});
  const CommitId two = fixture.commit({{"app/kustomization.yaml", "a: 2\n"}});
  const discovery::Application application = kustomize_application("app");

  const Rendered first = warmed.renderer.render(fixture.repository, one, application).value();
  const Rendered second = warmed.renderer.render(fixture.repository, two, application).value();
  const Rendered without = cold.render(fixture.repository, two, application).value();

  CHECK(told(first, "place") != told(second, "place"));
  CHECK(told(second, "files") == "tree/app/kustomization.yaml");
  CHECK(told(second, "written") == "no");
  for (const char* name : {"files", "descriptors", "environment", "limits", "written"}) {
    CAPTURE(name);
    CHECK(told(second, name) == told(without, name));
  }
}

TEST_CASE("a sandbox that ended while it stood ready is passed over") {
  if (!has_bubblewrap()) return;
  Fixture fixture;
  const std::string folder = fixture.script("kustomize", kTells).string() + ":/usr/bin:/bin";
  Warmed warmed(options_of(folder, kWarm));
  warmed.warm_up(fixture);
  for (const pid_t id : waiting()) ::kill(id, SIGKILL);
  REQUIRE(eventually([] { return waiting().empty(); }));
  const CommitId commit = fixture.commit({{"app/kustomization.yaml", "a: 1\n"}});

  const Rendered rendered = warmed.renderer.render(fixture.repository, commit, kustomize_application("app")).value();

  CHECK(told(rendered, "files") == "tree/app/kustomization.yaml");
}

TEST_CASE("a program that was replaced while another stood ready is the one that runs") {
  if (!has_bubblewrap()) return;
  Fixture fixture;
  const auto folder = fixture.script("kustomize", kTells);
  Warmed warmed(options_of(folder.string() + ":/usr/bin:/bin", kWarm));
  warmed.warm_up(fixture);
  fs::remove(folder / "kustomize");
  fixture.script("kustomize", "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: new}\\n'\n");
  const CommitId commit = fixture.commit({{"app/kustomization.yaml", "a: 1\n"}});

  const Rendered rendered = warmed.renderer.render(fixture.repository, commit, kustomize_application("app")).value();

  CHECK(keys(rendered) == Texts{"ConfigMap pay/new"});
}

TEST_CASE("a sandbox that stood ready is held to the deadline and to the limit of output") {
  if (!has_bubblewrap()) return;
  struct Held {
    const char* script;
    const char* said;
  };
  const Held all[] = {
      {"case $(/bin/cat $2/kustomization.yaml) in *first*) exec /bin/sleep 600;; esac\n",
       "did not end within 300ms and was stopped"},
      {"case $(/bin/cat $2/kustomization.yaml) in *first*) /usr/bin/yes;; esac\n", "wrote more than the limit of 4096"},
  };
  for (const Held& held : all) {
    CAPTURE(held.said);
    Fixture fixture;
    Renderer::Options options = options_of(fixture.script("kustomize", held.script).string(), kWarm);
    options.limits.deadline = std::chrono::milliseconds(300);
    options.limits.max_output_bytes = 4'096;
    Warmed warmed(std::move(options));
    warmed.warm_up(fixture);
    const CommitId commit = fixture.commit({{"app/kustomization.yaml", "first: 1\n"}});

    const Rendered rendered = warmed.renderer.render(fixture.repository, commit, kustomize_application("app")).value();

    CHECK(warmed.renderer.counters().warm == 1);
    REQUIRE(problems(rendered).size() == 1);
    CHECK_THAT(problems(rendered)[0], Catch::Contains(held.said));
  }
}

TEST_CASE("the end of a renderer leaves no process and no directory behind") {
  if (!has_bubblewrap()) return;
  const auto before = directories();
  Fixture fixture;
  const std::string own = fixture.directory.path().string();
  {
    Warmed warmed(options_of(fixture.script("kustomize", "").string(), kWarm));
    warmed.warm_up(fixture);
    CHECK(waiting().size() == kWarm);
  }
  CHECK(waiting().empty());
  auto after = directories();
  after.erase(own);
  for (const std::string& path : before) after.erase(path);
  CHECK(after == std::set<std::string>{});
}

TEST_CASE("nothing stands ready before the first render, nor where it is not asked for") {
  Fixture fixture;
  const std::string folder = fixture.script("kustomize", "").string();
  CHECK(Renderer(options_of(folder, kWarm)).counters().standing_by == 0);
  Renderer cold(options_of(folder, 0));
  const CommitId commit = fixture.commit({{"app/kustomization.yaml", "a: 1\n"}});
  REQUIRE(cold.render(fixture.repository, commit, kustomize_application("app")));
  CHECK(cold.counters().standing_by == 0);
}

}  // namespace
}  // namespace towline::render::test
