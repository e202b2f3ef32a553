// A pull request that changes one service of a repository with 300 applications, half kustomize, half Helm: from two
// commits to the evaluation, against the bare `kustomize build` or `helm template` of that one application, in turns.
// The base was rendered before, as it is for the second pull request on it. Prints medians and ratios.
// "warm" is what `towline serve` does: the sandbox of kustomize stands ready since the pull request before, as it does
// unless they come faster than it is made; "cold" is one made for this render. Nothing is made ready while one is
// timed.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "config/repository.h"
#include "evaluate/evaluate.h"
#include "git/repository.h"
#include "program/process.h"
#include "support/eventually.h"
#include "support/real_tools.h"

using namespace towline;

namespace {

constexpr int kApplications = 300;
constexpr int kRounds = 31;
constexpr std::size_t kWarmSandboxes = 2;  // as `towline serve` has them
constexpr int kManifests = 6;              // of one application

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message + " " + result.error().detail);
  return *std::move(result);
}
void must(Result<void> result) {
  if (!result) throw std::runtime_error(result.error().message);
}

std::string name_of(int number) { return "svc-" + std::to_string(1000 + number); }
bool is_chart(int number) { return number % 2 == 1; }

std::string declared(const std::string& name) {
  return "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: " + name +
         "}\nspec:\n  source: {repoURL: https://git.example.com/acme/infra, path: apps/" + name +
         "}\n  destination: {namespace: " + name + "}\n";
}

std::string deployment(const std::string& name, const std::string& image) {
  return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name +
         "}\nspec:\n  selector: {matchLabels: {app: x}}\n  template:\n    metadata: {labels: {app: x}}\n    spec:\n"
         "      containers:\n        - {name: app, image: \"" +
         image + "\"}\n";
}

/// The files of one application, by their paths below its directory.
std::vector<git::PathEdit> application(int number, const std::string& tag) {
  const std::string name = name_of(number);
  const std::string folder = "apps/" + name + "/";
  std::vector<git::PathEdit> edits;
  std::string resources;
  for (int i = 0; i < kManifests; ++i) {
    const std::string file = "part-" + std::to_string(i) + ".yaml";
    resources += "- " + file + "\n";
    const std::string object = name + "-" + std::to_string(i);
    edits.push_back({folder + (is_chart(number) ? "templates/" : "") + file,
                     deployment(object, is_chart(number) ? "ghcr.io/acme/pay:{{ .Values.tag }}" : "ghcr.io/acme/pay")});
  }
  if (is_chart(number)) {
    edits.push_back({folder + "Chart.yaml", "apiVersion: v2\nname: " + name + "\nversion: 1.0.0\n"});
    edits.push_back({folder + "values.yaml", "tag: \"" + tag + "\"\n"});
  } else {
    edits.push_back({folder + "kustomization.yaml",
                     "resources:\n" + resources + "images:\n- {name: ghcr.io/acme/pay, newTag: \"" + tag + "\"}\n"});
  }
  return edits;
}

double milliseconds(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

template <class Work>
double timed(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return milliseconds(std::chrono::steady_clock::now() - start);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double least(const std::vector<double>& values) { return *std::min_element(values.begin(), values.end()); }

struct World {
  CommitId commit(std::vector<git::PathEdit> edits, const CommitId& parent) {
    return must(repository.write_commit({parent, std::move(edits), {"Alice", "a@example.com", TimePoint{}}, "change"}));
  }

  TemporaryDirectory directory = must(TemporaryDirectory::create("towline-bench-"));
  git::Repository repository = must(git::Repository::init_bare(directory.path() / "repo.git", "main"));
};

void run_bare(const std::vector<std::string>& argv, const std::string& search_path,
              const std::filesystem::path& directory) {
  ProcessSpec spec;
  spec.argv = argv;
  spec.search_path = search_path;
  spec.environment = {{"PATH", search_path}, {"HOME", directory.string()}};
  spec.directory = directory;
  const auto output = must(run_process(spec));
  if (output.exit_code != 0) throw std::runtime_error(output.standard_error);
}

/// One way to evaluate, and what it took.
struct Side {
  Side(std::string named, const std::string& search_path, std::size_t warm_sandboxes)
      : name(std::move(named)), renderer(options(search_path, warm_sandboxes)), warm(warm_sandboxes) {}

  static render::Renderer::Options options(const std::string& search_path, std::size_t warm_sandboxes) {
    render::Renderer::Options options;
    options.search_path = search_path;
    options.warm_sandboxes = warm_sandboxes;
    return options;
  }

  void evaluate(World& world, const CommitId& base, const CommitId& head) {
    const auto evaluation = must(evaluate::evaluate(evaluator, world.repository, base, head, config::RepoConfig{}));
    if (evaluation.applications.size() != 1 || evaluation.applications[0].diff.empty()) {
      throw std::runtime_error("not the one application was evaluated");
    }
  }

  void wait_until_ready() {
    if (!test::eventually([&] { return renderer.counters().standing_by == warm; })) {
      throw std::runtime_error("no sandbox stands ready");
    }
  }

  void timed_evaluate(World& world, const CommitId& base, const CommitId& head) {
    const std::size_t before = renderer.counters().misses;
    times.push_back(timed([&] { evaluate(world, base, head); }));
    most_renders = std::max(most_renders, renderer.counters().misses - before);
  }

  std::string name;
  render::Renderer renderer;
  std::size_t warm;
  evaluate::DiscoveryScreen screen;
  evaluate::Evaluator evaluator{renderer, screen, Secret("masking")};
  std::vector<double> times;
  std::size_t most_renders = 0;
};

void measure(World& world, const CommitId& base, int number, const std::string& search_path) {
  const std::filesystem::path plain = world.directory.path() / name_of(number);
  for (const git::PathEdit& edit : application(number, "1.0.0")) {
    const auto file = plain / edit.path;
    std::filesystem::create_directories(file.parent_path());
    must(write_file(file, *edit.content));
  }
  const std::string here = (plain / "apps" / name_of(number)).string();
  const std::vector<std::string> bare = is_chart(number)
                                            ? std::vector<std::string>{"helm", "template", name_of(number), here}
                                            : std::vector<std::string>{"kustomize", "build", here};
  // Only kustomize has sandboxes that stand ready.
  Side cold("cold", search_path, 0);
  Side warm("warm", search_path, kWarmSandboxes);
  const std::vector<Side*> sides = is_chart(number) ? std::vector<Side*>{&cold} : std::vector<Side*>{&warm, &cold};
  const CommitId first = world.commit(application(number, "1.9.9"), base);
  for (Side* side : sides) side->evaluate(world, base, first);
  std::vector<double> theirs;
  for (int round = 0; round < kRounds; ++round) {
    const CommitId head = world.commit(application(number, "2.0." + std::to_string(round)), base);
    for (Side* side : sides) {
      side->wait_until_ready();
      side->timed_evaluate(world, base, head);
    }
    for (Side* side : sides) side->wait_until_ready();
    theirs.push_back(timed([&] { run_bare(bare, search_path, plain); }));
  }
  for (const Side* side : sides) {
    std::printf(
        "%-10s pull request, %s %7.1f ms, bare %7.1f ms, ratio %.2f (wanted: at most 1.2%s), of the quickest rounds "
        "%.2f; "
        "renders %zu\n",
        is_chart(number) ? "helm" : "kustomize", side->name.c_str(), median(side->times), median(theirs),
        median(side->times) / median(theirs), sides.size() > 1 && side == &cold ? " when warm" : "",
        least(side->times) / least(theirs), side->most_renders);
  }
  if (sides.size() > 1 && warm.renderer.counters().warm != kRounds) throw std::runtime_error("it was not warm");
}

}  // namespace

int main() {
  const auto tools = test::real_tools();
  if (!tools) return 1;
  World world;
  std::vector<git::PathEdit> edits;
  for (int number = 0; number < kApplications; ++number) {
    edits.push_back({"root/" + name_of(number) + ".yaml", declared(name_of(number))});
    for (git::PathEdit& edit : application(number, "1.0.0")) edits.push_back(std::move(edit));
  }
  const CommitId base = world.commit(std::move(edits), {});
  const std::string search_path = *tools + ":/usr/bin:/bin";
  measure(world, base, 8, search_path);
  measure(world, base, 7, search_path);
}
