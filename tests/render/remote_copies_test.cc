#include <httplib.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "render/chart_server.h"
#include "render/fixture.h"
#include "render/kustomize_references.h"
#include "support/http_host.h"
#include "support/real_tools.h"

// Remote bases over a real git over https, against what the real kustomize makes of them when it fetches them itself.
namespace towline::render::test {
namespace {

using Files = std::vector<git::PathEdit>;

/// Repositories and files on one https host, which this process and its children trust.
class Elsewhere {
 public:
  std::string authority() const { return "127.0.0.1:" + std::to_string(host_.port()); }
  /// HOST stands for where this is.
  std::string filled(const std::string& text) const { return replace_all(text, "HOST", authority()); }

  void repository(const std::string& name, const Files& files,
                  const std::vector<std::pair<std::string, std::string>>& links = {}) {
    Files edits;
    for (const git::PathEdit& file : files) edits.push_back({file.path, filled(*file.content)});
    Fixture fixture;
    const CommitId commit = fixture.commit_with_links(std::move(edits), links);
    REQUIRE(fixture.repository.set_ref("refs/heads/main", commit).has_value());
    REQUIRE(fixture.repository.set_ref("refs/tags/v1", commit).has_value());
    const auto place = directory_.path() / (name + ".git");
    std::filesystem::create_directories(place.parent_path());
    std::filesystem::copy(fixture.repository_path(), place, std::filesystem::copy_options::recursive);
  }
  void file(const std::string& path, const std::string& text) { files_[path] = text; }
  std::vector<std::string> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  void answer(const httplib::Request& request, httplib::Response& response) {
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(request.path);
    }
    const auto found = files_.find(request.path);
    if (found == files_.end()) return serve_git(directory_.path(), request, response);
    response.set_content(found->second, "text/plain");
  }

  TemporaryDirectory directory_ = TemporaryDirectory::create("towline-elsewhere-").value();
  std::map<std::string, std::string> files_;
  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
  const towline::test::SigningKey key_;
  const towline::test::HttpHost host_{
      [this](const httplib::Request& request, httplib::Response& response) { answer(request, response); }, key_};
};

std::string deployment(const std::string& name) {
  return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name +
         "}\nspec:\n  selector: {matchLabels: {app: " + name + "}}\n  template:\n    metadata: {labels: {app: " + name +
         "}}\n    spec: {containers: [{name: app, image: \"ghcr.io/acme/" + name + ":1.0.0\"}]}\n";
}

/// What everything below may name.
void fill(Elsewhere& elsewhere) {
  elsewhere.file("/files/map.yaml", config_map("from-a-file"));
  elsewhere.file("/files/patch.yaml",
                 "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: here}\ndata: {patched: \"yes\"}\n");
  elsewhere.file("/files/settings.conf", "x = 1\n");
  elsewhere.file("/files/settings.env", "A=1\nB=2\n");
  elsewhere.repository("acme/plain", {{"kustomization.yaml", "resources: [pay.yaml]\nnamePrefix: plain-\n"},
                                      {"pay.yaml", deployment("pay")}});
  elsewhere.repository("acme/deep",
                       {{"envs/prod/kustomization.yaml", "resources: [../../base, extra.yaml]\nnamespace: prod\n"},
                        {"envs/prod/extra.yaml", config_map("extra")},
                        {"base/kustomization.yaml", "resources: [ship.yaml]\n"},
                        {"base/ship.yaml", deployment("ship")},
                        {"unrelated/large.txt", "nothing of ours"}});
  elsewhere.repository("acme/chain",
                       {{"kustomization.yaml",
                         "resources: ['https://HOST/acme/deep.git//envs/prod?ref=v1', 'https://HOST/files/map.yaml']\n"
                         "nameSuffix: -chained\n"}});
  elsewhere.repository("acme/component", {{"a component/kustomization.yaml",
                                           "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: "
                                           "c-\nlabels: [{pairs: {team: pay}}]\n"}});
}

struct Case {
  const char* name;
  const char* kustomization;
};

const Case kEqual[] = {
    {"a file", "resources: [here.yaml, 'https://HOST/files/map.yaml']\n"},
    {"a repository's root", "resources: ['https://HOST/acme/plain.git']\n"},
    {"a repository without .git, by its first two names", "resources: ['https://HOST/acme/plain.git/?ref=main']\n"},
    {"a directory of a tag, whose base is beside it", "resources: ['https://HOST/acme/deep.git//envs/prod?ref=v1']\n"},
    {"the same directory without slashes", "resources: ['https://HOST/acme/deep.git/envs/prod?ref=v1&timeout=90s']\n"},
    {"a base that names a base and a file elsewhere", "resources: [here.yaml, 'https://HOST/acme/chain.git?ref=v1']\n"},
    {"two directories of one repository",
     "resources: ['https://HOST/acme/deep.git//base?ref=v1', 'https://HOST/acme/plain.git?ref=v1']\nnamespace: a\n"},
    {"in the field of old", "bases: ['https://HOST/acme/plain.git?ref=v1']\n"},
    {"a patch", "resources: [here.yaml]\npatches: [{path: 'https://HOST/files/patch.yaml'}]\n"},
    {"a strategic patch", "resources: [here.yaml]\npatchesStrategicMerge: ['https://HOST/files/patch.yaml']\n"},
    {"files of generators",
     "configMapGenerator:\n- name: a\n  files: ['https://HOST/files/settings.conf', "
     "'k=https://HOST/files/settings.conf']\n- name: b\n  envs: ['https://HOST/files/settings.env']\nsecretGenerator: "
     "[{name: c, files: ['https://HOST/files/settings.conf']}]\n"},
    {"a component", "resources: [here.yaml]\ncomponents: ['https://HOST/acme/component.git//a component?ref=v1']\n"},
};

Files application(const Elsewhere& elsewhere, const std::string& kustomization) {
  return {{"apps/pay/kustomization.yaml", elsewhere.filled(kustomization)}, {"apps/pay/here.yaml", config_map("here")}};
}

/// What the real kustomize makes of the same files with a git and a network of its own.
std::string by_network(const std::string& folder, const Files& files) {
  const auto scratch = TemporaryDirectory::create("towline-reference-").value();
  for (const git::PathEdit& file : files) {
    const auto path = scratch.path() / file.path;
    std::filesystem::create_directories(path.parent_path());
    REQUIRE(write_file(path, *file.content).has_value());
  }
  ProcessSpec spec;
  spec.argv = {"kustomize", "build", (scratch.path() / "apps/pay").string()};
  spec.search_path = folder;
  const std::string trusted = std::getenv("SSL_CERT_FILE");
  spec.environment = {{"HOME", scratch.path().string()},
                      {"PATH", "/usr/bin:/bin"},
                      {"SSL_CERT_FILE", trusted},
                      {"GIT_SSL_CAINFO", trusted}};
  const auto output = run_process(spec).value();
  INFO(output.standard_error);
  REQUIRE(output.exit_code == 0);
  return output.standard_output;
}

Texts bodies(const std::vector<manifest::Resource>& resources) {
  Texts all;
  for (const manifest::Resource& resource : resources) all.push_back(yaml::emit(resource.body));
  std::sort(all.begin(), all.end());
  return all;
}

Rendered render(const std::string& folder, const Files& files,
                const std::vector<std::string>& allowed = {"127.0.0.1"}) {
  Fixture fixture;
  Renderer::Options options;
  options.search_path = folder + ":/usr/bin:/bin";
  options.allowed_hosts = allowed;
  return Renderer(options).render(fixture.repository, fixture.commit(files), kustomize_application("apps/pay")).value();
}

TEST_CASE("what is elsewhere renders to what the real kustomize makes of it when it fetches it itself") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Elsewhere elsewhere;
  fill(elsewhere);
  for (const Case& test : kEqual) {
    DYNAMIC_SECTION(test.name) {
      const Files files = application(elsewhere, test.kustomization);
      const Rendered rendered = render(*folder, files);
      CHECK(problems(rendered) == Texts{});
      const auto wanted = manifest::parse_manifests("kustomize", by_network(*folder, files), "");
      CHECK(bodies(rendered.resources) == bodies(wanted.resources));
      CHECK_FALSE(rendered.resources.empty());
    }
  }
}

const Case kRefused[] = {
    {"apps/pay/kustomization.yaml:1: 'https://HOST/acme/evil-host.git' cannot be fetched: its kustomization.yaml, line "
     "2: 'https://evil.example/x.git' would be fetched from the network, which is not done; put a copy into this "
     "repository (as a file: https://HOST/acme/evil-host.git answers with status 404)",
     "resources: ['https://HOST/acme/evil-host.git']\n"},
    {"apps/pay/kustomization.yaml:2: by way of 'https://HOST/acme/via.git' (kustomization.yaml, line 1): "
     "'https://HOST/acme/evil-host.git' cannot be fetched: its kustomization.yaml, line 2: "
     "'https://evil.example/x.git' would be fetched from the network, which is not done; put a copy into this "
     "repository (as a file: https://HOST/acme/evil-host.git answers with status 404)",
     "resources:\n- 'https://HOST/acme/via.git'\n"},
    {"apps/pay/kustomization.yaml:1: 'https://HOST/acme/helm.git' cannot be fetched: its base/kustomization.yaml, line "
     "1: Helm charts inside of a kustomization ('helmCharts') are not rendered by this version; commit what the chart "
     "renders to",
     "components: ['https://HOST/acme/helm.git']\n"},
    {"apps/pay/kustomization.yaml:1: by way of 'https://HOST/acme/escape.git//sub' (sub/kustomization.yaml, line 1): "
     "'../../apps/secret' leads out of its repository, which is not done",
     "components: ['https://HOST/acme/escape.git//sub']\n"},
    {"apps/pay/kustomization.yaml:1: 'https://HOST/acme/plain.git//no/such' cannot be fetched: its directory 'no/such' "
     "has no kustomization",
     "components: ['https://HOST/acme/plain.git//no/such']\n"},
    {"apps/pay/kustomization.yaml:1: 'https://HOST/acme/link.git' cannot be fetched: it has no kustomization",
     "components: ['https://HOST/acme/link.git']\n"},
    {"apps/pay/kustomization.yaml:1: 'https://HOST/acme/plain.git?ref=v9' cannot be fetched: fatal: couldn't find "
     "remote ref v9",
     "components: ['https://HOST/acme/plain.git?ref=v9']\n"},
    {"apps/pay/kustomization.yaml:1: 'https://HOST/files/none.yaml' cannot be fetched: https://HOST/files/none.yaml "
     "answers with status 404",
     "crds: ['https://HOST/files/none.yaml']\n"},
    {"apps/pay/kustomization.yaml:2: 'originAnnotations' of what is fetched from elsewhere is not rendered by this "
     "version; leave it out, or put copies into this repository",
     "resources: ['https://HOST/files/map.yaml']\nbuildMetadata: [originAnnotations]\n"},
    {"apps/pay/kustomization.yaml:1: by way of 'https://HOST/deep/1.git', 'https://HOST/deep/2.git', "
     "'https://HOST/deep/3.git', 'https://HOST/deep/4.git', 'https://HOST/deep/5.git', 'https://HOST/deep/6.git' "
     "(kustomization.yaml, line 1): 'https://HOST/deep/7.git' is 6 steps away from this repository; none is "
     "fetched "
     "from further away",
     "components: ['https://HOST/deep/1.git']\n"},
};

TEST_CASE("what a remote base names is held to the same rules, and told with the way to it") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Elsewhere elsewhere;
  fill(elsewhere);
  elsewhere.repository("acme/evil-host", {{"kustomization.yaml", "resources:\n- https://evil.example/x.git\n"}});
  elsewhere.repository("acme/via", {{"kustomization.yaml", "resources: ['https://HOST/acme/evil-host.git']\n"}});
  elsewhere.repository("acme/helm", {{"kustomization.yaml", "resources: [base]\n"},
                                     {"base/kustomization.yaml", "helmCharts: [{name: a}]\n"}});
  elsewhere.repository("acme/escape", {{"sub/kustomization.yaml", "resources: [../../apps/secret]\n"}});
  elsewhere.repository("acme/link", {{"other.yaml", "resources: []\n"}}, {{"kustomization.yaml", "other.yaml"}});
  for (int i = 1; i <= 8; ++i) {
    elsewhere.repository("deep/" + std::to_string(i), {{"kustomization.yaml", "components: ['https://HOST/deep/" +
                                                                                  std::to_string(i + 1) + ".git']\n"}});
  }
  for (const Case& test : kRefused) {
    DYNAMIC_SECTION(test.name) {
      Files files = application(elsewhere, test.kustomization);
      files.push_back({"apps/secret/kustomization.yaml", std::string("resources: []\n")});
      const Rendered rendered = render(*folder, files);
      CHECK(problems(rendered) == Texts{elsewhere.filled(test.name)});
      CHECK(rendered.resources.empty());
    }
  }
}

TEST_CASE("a remote base sees nothing of this repository or machine through its links") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Elsewhere elsewhere;
  const std::vector<std::pair<std::string, std::string>> links = {
      {"up", "../"}, {"way", "inside/../../apps/secret"}, {"s.yaml", "../apps/secret/s.yaml"}, {"etc", "/etc"}};
  for (const std::string entry : {"up/apps/secret", "way", "s.yaml", "etc/hosts"}) {
    INFO(entry);
    const std::string name = "acme/" + replace_all(entry, "/", "-");
    elsewhere.repository(
        name,
        {{"kustomization.yaml",
          "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\nresources: [" + entry + "]\n"}},
        links);
    Files files = application(elsewhere, "components: ['https://HOST/" + name + ".git']\n");
    files.push_back({"apps/secret/kustomization.yaml", std::string("resources: [s.yaml]\n")});
    files.push_back({"apps/secret/s.yaml", config_map("secret")});
    const Rendered rendered = render(*folder, files);
    CHECK(rendered.resources.empty());
    const Texts said = problems(rendered);
    REQUIRE(said.size() == 1);
    CHECK_THAT(said[0], Catch::Contains("no such file or directory"));
  }
}

TEST_CASE("a repository cannot put something in the place of what is fetched") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Elsewhere elsewhere;
  fill(elsewhere);
  const std::string sentence =
      "names that begin with '.towline-remote-' are for copies of what is fetched; rename 'PATH.towline-remote-1.yaml'";
  elsewhere.repository("acme/taken", {{"kustomization.yaml", "resources: []\n"}, {".towline-remote-1.yaml", ""}});
  CHECK(problems(render(*folder, application(elsewhere, "components: ['https://HOST/acme/taken.git']\n"))) ==
        Texts{elsewhere.filled("apps/pay/kustomization.yaml:1: 'https://HOST/acme/taken.git' cannot be fetched: ") +
              replace_all(sentence, "PATH", "")});
  Files files = application(elsewhere, "resources: ['https://HOST/files/map.yaml']\n");
  files.push_back({"apps/pay/.towline-remote-1.yaml", config_map("taken")});
  CHECK(problems(render(*folder, files)) ==
        Texts{"apps/pay/.towline-remote-1.yaml:0: " + replace_all(sentence, "PATH", "apps/pay/")});
}

TEST_CASE("the addresses that one application has fetched are counted, and each is fetched once") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Elsewhere elsewhere;
  std::string kustomization = "configMapGenerator:\n- name: a\n  files:\n";
  for (int i = 0; i < 33; ++i) {
    const std::string path = "/files/f" + std::to_string(i);
    elsewhere.file(path, "x");
    kustomization += "  - https://HOST" + path + "\n";
  }
  CHECK(problems(render(*folder, application(elsewhere, kustomization))) ==
        Texts{"apps/pay/kustomization.yaml:36: '" + elsewhere.filled("https://HOST/files/f32") +
              "' cannot be fetched: more than 32 addresses would be fetched for one application"});
  const std::size_t asked = elsewhere.asked().size();
  CHECK(asked == 32);
  const Rendered rendered =
      render(*folder, application(elsewhere,
                                  "configMapGenerator:\n- {name: a, files: ['https://HOST/files/f1']}\n- {name: b, "
                                  "files: ['x=https://HOST/files/f1']}\n"));
  CHECK(problems(rendered) == Texts{});
  CHECK(elsewhere.asked().size() == asked + 1);
}

TEST_CASE("the fetched files of one application are larger than the limit together") {
  Elsewhere elsewhere;
  elsewhere.file("/files/1", std::string(600'000, 'x'));
  elsewhere.file("/files/2", std::string(600'000, 'x'));
  Fixture fixture;
  Renderer::Options options;
  options.allowed_hosts = {"127.0.0.1"};
  options.limits.max_output_bytes = 1'000'000;
  const CommitId commit = fixture.commit(application(
      elsewhere, "configMapGenerator: [{name: a, files: ['https://HOST/files/1', 'https://HOST/files/2']}]\n"));
  const Texts said =
      problems(Renderer(options).render(fixture.repository, commit, kustomize_application("apps/pay")).value());
  REQUIRE(said.size() == 1);
  CHECK_THAT(said[0], Catch::EndsWith("the answer is larger than the limit of 400000 bytes"));
}

struct Url {
  const char* url;
  std::optional<std::array<std::string, 3>> parts;
};

TEST_CASE("a URL is taken apart into repository, directory and revision as kustomize does it") {
  const Url urls[] = {
      {"https://h/acme/base", {{"https://h/acme/base", "", ""}}},
      {"https://h/acme/base?ref=v1", {{"https://h/acme/base", "", "v1"}}},
      {"https://h/acme/base/deploy/x?ref=v1&timeout=2m", {{"https://h/acme/base", "deploy/x", "v1"}}},
      {"https://h/acme/base?version=v2", {{"https://h/acme/base", "", "v2"}}},
      {"https://h/a/b/c//deploy?ref=v1", {{"https://h/a/b/c", "deploy", "v1"}}},
      {"https://h/a/b/c.git/deploy", {{"https://h/a/b/c.git", "deploy", ""}}},
      {"https://h/a/c.git//deploy/", {{"https://h/a/c.git", "deploy", ""}}},
      {"https://h:8443/o/p/_git/r/deploy", {{"https://h:8443/o/p/_git/r", "deploy", ""}}},
      {"https://h/base", std::nullopt},
      {"https://h", std::nullopt},
      {"https://h/a/b//../../x", std::nullopt},
      {"http://h/acme/base", std::nullopt},
  };
  for (const auto& [url, parts] : urls) {
    INFO(url);
    const auto base = parse_remote_base(url);
    REQUIRE(base.has_value() == parts.has_value());
    if (base) CHECK(std::array{base->repository, base->directory, base->revision} == *parts);
  }
}

}  // namespace
}  // namespace towline::render::test
