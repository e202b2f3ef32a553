#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "gotemplate/value.h"
#include "program/process.h"
#include "render/fixture.h"
#include "render/kubernetes_kinds.h"
#include "support/paths.h"
#include "support/real_tools.h"

/// What a real Argo CD answered for the Applications in tests/render/argocd/repo, recorded by
/// tests/render/argocd/record.sh, against what Towline renders of them.
namespace towline::render::test {
namespace {

using gotemplate::GoMap;
using gotemplate::GoValue;

const std::filesystem::path kSource = towline::test::source_dir();

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void run(std::vector<std::string> argv) {
  ProcessSpec spec;
  spec.argv = std::move(argv);
  for (const auto& [name, value] : {std::pair<const char*, const char*>{"PATH", std::getenv("PATH")},
                                    {"GIT_AUTHOR_NAME", "Alice"},
                                    {"GIT_AUTHOR_EMAIL", "alice@example.com"},
                                    {"GIT_COMMITTER_NAME", "Alice"},
                                    {"GIT_COMMITTER_EMAIL", "alice@example.com"},
                                    {"GIT_CONFIG_GLOBAL", "/dev/null"},
                                    {"GIT_CONFIG_SYSTEM", "/dev/null"}}) {
    spec.environment.emplace_back(name, value);
  }
  const auto output = run_process(spec);
  REQUIRE(output);
  INFO(output->standard_error);
  REQUIRE(output->exit_code == 0);
}

/// The recorded repository as a commit, and the renderer with the recorded charts at hand.
struct Recorded {
  explicit Recorded(const std::string& tools) {
    const std::string git_dir = (directory.path() / "repo.git").string();
    const std::string tree = (kSource / "tests/render/argocd/repo").string();
    run({"git", "init", "-q", "--bare", "-b", "main", git_dir});
    run({"git", "-c", "core.autocrlf=false", "--git-dir", git_dir, "--work-tree", tree, "add", "-A", "-f", "."});
    run({"git", "--git-dir", git_dir, "--work-tree", tree, "commit", "-q", "-m", "Infrastructure"});
    repository.emplace(git::Repository::open(git_dir).value());
    head = repository->resolve("main").value();
    const std::filesystem::path charts = directory.path() / "charts" / "charts.example.com";
    std::filesystem::create_directories(charts);
    run({tools + "/helm", "package", "-d", charts.string(), (kSource / "tests/render/argocd/charts/tracing").string()});
    Renderer::Options options;
    options.search_path = tools;
    options.kube_version = "1.34.4";
    options.chart_cache = directory.path() / "charts";
    renderer.emplace(std::move(options));
    discovered = discovery::discover_applications(git::CommitTree(*repository, head), {}).value();
  }

  const discovery::Application* find(const std::string& name) const {
    const auto& all = discovered.applications;
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
    return found == all.end() ? nullptr : &*found;
  }

  TemporaryDirectory directory = TemporaryDirectory::create("towline-argocd-").value();
  std::optional<git::Repository> repository;
  CommitId head;
  std::optional<Renderer> renderer;
  discovery::Discovered discovered;
};

GoMap* map_at(const GoValue& value, std::string_view key) {
  const GoMap* map = value.map();
  if (map == nullptr) return nullptr;
  const auto found = map->entries.find(key);
  return found == map->entries.end() ? nullptr : found->second.map();
}

std::string text_at(const GoMap& map, std::string_view key) {
  const auto found = map.entries.find(key);
  const std::string* text = found == map.entries.end() ? nullptr : found->second.text();
  return text == nullptr ? "" : *text;
}

/// Where Argo CD's answer is not what it applies, or cannot be compared: each with its reason.
struct Exception {
  const char* reason;
  void (*apply)(const GoValue& object, const std::string& ns);
};

void fill_in_namespace(const GoValue& object, const std::string& ns) {
  const std::string version = text_at(*object.map(), "apiVersion");
  const std::string group = version.find('/') == std::string::npos ? "" : version.substr(0, version.find('/'));
  GoMap* metadata = map_at(object, "metadata");
  if (manifest::is_cluster_scoped(group, text_at(*object.map(), "kind")) || metadata == nullptr) return;
  if (text_at(*metadata, "namespace").empty()) metadata->entries["namespace"] = ns;
}

void hide_secret(const GoValue& object, const std::string&) {
  if (text_at(*object.map(), "kind") != "Secret" || text_at(*object.map(), "apiVersion") != "v1") return;
  GoMap keys;
  for (const char* part : {"data", "stringData"}) {
    const GoMap* values = map_at(object, part);
    if (values == nullptr) continue;
    for (const auto& [key, value] : values->entries) keys.entries[key] = "hidden";
    object.map()->entries.erase(part);
  }
  object.map()->entries["data"] = std::move(keys);
}

void drop_empty_annotations(const GoValue& object, const std::string&) {
  GoMap* metadata = map_at(object, "metadata");
  if (metadata == nullptr) return;
  for (const char* name : {"annotations", "labels"}) {
    const GoMap* map = map_at(GoValue(*metadata), name);
    if (map != nullptr && map->entries.empty()) metadata->entries.erase(name);
  }
}

constexpr Exception kExceptions[] = {
    {"the destination's namespace is filled in by the application controller, after the answer", fill_in_namespace},
    {"the answer hides the values of Secrets, and counts stringData as data", hide_secret},
    {"its tracking annotation leaves or takes an empty map", drop_empty_annotations},
};

/// The objects, one text each, by what identifies them: of several the last one counts, as in a sync.
class Objects {
 public:
  void add(const GoValue& object, const std::string& ns) {
    for (const Exception& exception : kExceptions) exception.apply(object, ns);
    const GoMap* metadata = map_at(object, "metadata");
    const std::string version = text_at(*object.map(), "apiVersion");
    const std::string name =
        metadata == nullptr ? "" : text_at(*metadata, "namespace") + "/" + text_at(*metadata, "name");
    texts_[version + " " + text_at(*object.map(), "kind") + " " + name] = gotemplate::to_json(object, true, 1).value();
  }
  std::set<std::string> texts() const {
    std::set<std::string> all;
    for (const auto& [key, text] : texts_) all.insert(text);
    return all;
  }

 private:
  std::map<std::string, std::string> texts_;
};

GoValue recorded_answer(const std::string& name) {
  const std::string text = read_text(kSource / "tests/golden/argocd/applications" / (name + ".json"));
  const std::vector<yaml::Document> documents = yaml::parse(text).value();
  return gotemplate::go_value_of(documents.front().root);
}

std::vector<std::string> recorded_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kSource / "tests/golden/argocd/applications")) {
    names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::set<std::string> expected_objects(const GoValue& answer, const std::string& ns) {
  Objects objects;
  for (const GoValue& object : answer.map()->entries.at("objects").list()->items) objects.add(object, ns);
  return objects.texts();
}

std::set<std::string> rendered_objects(const Rendered& rendered, const std::string& ns) {
  Objects objects;
  for (const manifest::Resource& resource : rendered.resources) objects.add(gotemplate::go_value_of(resource.body), ns);
  return objects.texts();
}

TEST_CASE("an Application renders to what a real Argo CD answers for it") {
  const auto tools = towline::test::real_tools();
  if (!tools) return;
  Recorded recorded(*tools);
  const std::vector<std::string> names = recorded_names();
  std::size_t compared = 0;
  for (const std::string& name : names) {
    const GoValue answer = recorded_answer(name);
    if (!answer.map()->entries.contains("objects")) continue;
    INFO("Application " << name);
    const discovery::Application* application = recorded.find(name);
    REQUIRE(application != nullptr);
    const Rendered rendered = recorded.renderer->render(*recorded.repository, recorded.head, *application).value();
    CHECK(problems(rendered) == Texts{});
    CHECK(rendered_objects(rendered, application->ns) == expected_objects(answer, application->ns));
    ++compared;
  }
  CHECK(compared >= 80);
}

TEST_CASE("helm is told the kinds of Kubernetes that a real Argo CD tells it") {
  const std::string text = read_text(kSource / "tests/golden/argocd/kinds.json");
  const std::vector<yaml::Document> documents = yaml::parse(text).value();
  Texts recorded;
  for (const yaml::Node& kind : documents.front().root.items) recorded.emplace_back(kind.text());
  CHECK(Texts(kubernetes_kinds().begin(), kubernetes_kinds().end()) == recorded);
}

struct Refusal {
  const char* name;
  const char* said;  ///< by Towline, among other things
};

constexpr Refusal kRefusals[] = {
    {"broken-missing-value-file", "values-absent.yaml"},
    {"broken-missing-path", "services/absent"},
    {"broken-template", "nil pointer evaluating"},
    {"broken-required-value", "owner is needed"},
    {"broken-schema", "amount"},
    {"broken-yaml", "broken/yaml/a.yaml"},
    {"broken-json", "broken/json/two.json"},
    {"broken-kustomize-resource", "missing.yaml"},
    {"broken-kustomize-label-conflict", "team"},
    {"broken-kustomize-chart", "helm"},
    {"broken-kustomize-component", "components/absent"},
    {"broken-path-outside", "../elsewhere"},
    {"broken-value-file-outside", "etc/passwd"},
    {"broken-file-parameter", "files/absent.txt"},
    {"broken-two-types", "Kustomize"},
    {"broken-unknown-chart", "absent"},
    {"broken-ref", "absent"},
};

TEST_CASE("an Application that a real Argo CD cannot render is a problem that says why") {
  const auto tools = towline::test::real_tools();
  if (!tools) return;
  Recorded recorded(*tools);
  std::size_t refused = 0;
  for (const std::string& name : recorded_names()) {
    if (!recorded_answer(name).map()->entries.contains("error")) continue;
    ++refused;
    INFO("Application " << name);
    const auto* refusal =
        std::find_if(std::begin(kRefusals), std::end(kRefusals), [&](const Refusal& one) { return one.name == name; });
    REQUIRE(refusal != std::end(kRefusals));
    const discovery::Application* application = recorded.find(name);
    Rendered rendered;
    if (application != nullptr) {
      rendered = recorded.renderer->render(*recorded.repository, recorded.head, *application).value();
    } else {
      rendered.problems = recorded.discovered.problems;
    }
    const Texts said = problems(rendered);
    const std::string all = join(said, "\n");
    INFO(all);
    CHECK(all.find(refusal->said) != std::string::npos);
  }
  CHECK(refused == std::size(kRefusals));
}

}  // namespace
}  // namespace towline::render::test
