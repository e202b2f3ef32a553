// From the image webhook to the pull request being open on a real Gitea, against
//   forge:  the forge's own time for the same push and pull request creation (git push, one POST), and
//   script: git clone --depth 1, kustomize edit set image, git commit, git push, one POST,
// in a repository of 4,000 YAML files, taken in turns. Prints medians, ratios, and the memory of `towline serve`.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "git/repository.h"
#include "git/transport.h"
#include "net/http_client.h"
#include "net/webhook_signature.h"
#include "program/process.h"
#include "support/child_process.h"
#include "support/eventually.h"
#include "support/paths.h"
#include "support/real_gitea.h"

using namespace towline;
using namespace towline::test;

namespace {

constexpr int kServices = 500;
constexpr int kRounds = 9;
constexpr std::string_view kHookSecret = "hook-secret";
constexpr std::string_view kImageSecret = "image-secret";
const RepoName kRepo{"acme", "bench"};

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message + " " + result.error().detail);
  return *std::move(result);
}
void must(Result<void> result) {
  if (!result) throw std::runtime_error(result.error().message + " " + result.error().detail);
}

std::string service_name(int number) { return "svc-" + std::to_string(1000 + number); }

/// Eight files a service, as the reference layout has them, with a kustomization.
std::map<std::string, std::string> repository_files() {
  std::map<std::string, std::string> files;
  files[".towline.yaml"] =
      "version: 1\nenvironments:\n  dev:\n    services: apps/dev/services/{service}\n    images:\n"
      "      - match: \"ghcr.io/acme/*\"\n        select: {semver: \">=0.1\"}\n    bump: pull-request\n";
  for (int number = 0; number < kServices; ++number) {
    const std::string name = service_name(number);
    const std::string folder = "apps/dev/services/" + name + "/";
    const auto object = [&](const std::string& api, const std::string& kind, const std::string& rest) {
      return "apiVersion: " + api + "\nkind: " + kind + "\nmetadata:\n  name: " + name + "\n  namespace: " + name +
             "\n" + rest;
    };
    files[folder + "kustomization.yaml"] =
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- deployment.yaml\n- "
        "service.yaml\n"
        "images:\n- name: ghcr.io/acme/" +
        name + "\n  newTag: 1.0.0\n";
    files[folder + "deployment.yaml"] =
        object("apps/v1", "Deployment",
               "spec:\n  selector:\n    matchLabels: {app: " + name +
                   "}\n  template:\n    metadata:\n      labels: {app: " + name +
                   "}\n    spec:\n      containers:\n      - name: app\n        image: ghcr.io/acme/" + name +
                   "\n        resources:\n          requests: {cpu: 100m, memory: 128Mi}\n");
    files[folder + "service.yaml"] = object(
        "v1", "Service", "spec:\n  selector: {app: " + name + "}\n  ports:\n  - port: 80\n    targetPort: 8080\n");
    files[folder + "namespace.yaml"] = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: " + name + "\n";
    files[folder + "serviceaccount.yaml"] = object("v1", "ServiceAccount", "");
    files[folder + "ingress.yaml"] =
        object("networking.k8s.io/v1", "Ingress", "spec:\n  rules:\n  - host: " + name + ".example.com\n");
    files[folder + "configmap.yaml"] = object("v1", "ConfigMap", "data:\n  LEVEL: info\n  NAME: " + name + "\n");
    files[folder + "secrets-sync.yml"] = object("external-secrets.io/v1", "ExternalSecret",
                                                "spec:\n  refreshInterval: 1h\n  target:\n    name: " + name + "\n");
  }
  return files;
}

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct Bench {
  RealGitea& gitea;
  TemporaryDirectory directory;
  int port = 0;
  std::unique_ptr<ChildProcess> server;

  git::Remote remote() const { return {gitea.url() + "/" + kRepo.str() + ".git", "towline", gitea.token("towline")}; }
  std::string api(const std::string& rest) const { return "/repos/" + kRepo.str() + rest; }

  void create_pull(const std::string& branch, const std::string& title) const {
    must(gitea.api("towline", "POST", api("/pulls"),
                   {{"head", branch}, {"base", "main"}, {"title", title}, {"body", "x"}}));
  }

  ProcessOutput run(const std::vector<std::string>& argv, const std::filesystem::path& where) const {
    ProcessSpec spec;
    spec.argv = argv;
    spec.directory = where;
    spec.search_path = RealGitea::tools()->string() + ":/usr/bin:/bin";
    spec.environment = {{"PATH", RealGitea::tools()->string() + ":/usr/bin:/bin"},
                        {"HOME", directory.path().string()},
                        {"GIT_TERMINAL_PROMPT", "0"}};
    auto output = must(run_process(spec));
    if (output.exit_code != 0) throw std::runtime_error(join(argv, " ") + ": " + output.standard_error);
    return output;
  }

  std::string url_with_token() const {
    return replace_all(gitea.url(), "http://", "http://towline:" + gitea.token("towline").reveal() + "@") + "/" +
           kRepo.str() + ".git";
  }

  /// The commit is made beforehand; timed are the push and the pull request.
  double forge_round(int round) const {
    const std::string branch = "forge-" + std::to_string(round);
    const auto clone = directory.path() / "forge-clone";
    if (!std::filesystem::exists(clone)) run({"git", "clone", "-q", url_with_token(), clone.string()}, "/");
    const std::string folder = "apps/dev/services/" + service_name(round) + "/kustomization.yaml";
    run({"git", "checkout", "-q", "-B", branch, "origin/main"}, clone);
    const std::string text = must(read_file(clone / folder));
    must(write_file(clone / folder, replace_all(text, "newTag: 1.0.0", "newTag: 1.1." + std::to_string(round))));
    run({"git", "-c", "user.name=x", "-c", "user.email=x@localhost", "commit", "-qam", "bump"}, clone);
    const auto start = std::chrono::steady_clock::now();
    run({"git", "push", "-q", "origin", branch}, clone);
    create_pull(branch, "forge " + std::to_string(round));
    return milliseconds_since(start);
  }

  double script_round(int round) const {
    const std::string branch = "script-" + std::to_string(round);
    const std::string service = service_name(100 + round);
    const auto clone = directory.path() / branch;
    const auto start = std::chrono::steady_clock::now();
    run({"git", "clone", "-q", "--depth", "1", url_with_token(), clone.string()}, "/");
    run({"git", "checkout", "-q", "-b", branch}, clone);
    run({"kustomize", "edit", "set", "image",
         "ghcr.io/acme/" + service + "=ghcr.io/acme/" + service + ":1.1." + std::to_string(round)},
        clone / "apps/dev/services" / service);
    run({"git", "-c", "user.name=x", "-c", "user.email=x@localhost", "commit", "-qam", "bump"}, clone);
    run({"git", "push", "-q", "origin", branch}, clone);
    create_pull(branch, "script " + std::to_string(round));
    const double took = milliseconds_since(start);
    std::filesystem::remove_all(clone);
    return took;
  }

  double towline_round(int round) const {
    const std::string service = service_name(200 + round);
    const std::string branch = "towline/dev/" + service;
    auto http = must(make_http_client("http://127.0.0.1:" + std::to_string(port), std::nullopt));
    HttpRequest request;
    request.method = "POST";
    request.path = "/hooks/registry/ci";
    request.body = dump_json({{"image", "ghcr.io/acme/" + service}, {"tag", "1.1." + std::to_string(round)}});
    const auto now = std::chrono::floor<std::chrono::seconds>(SystemClock().now());
    request.headers = sign_webhook(Secret(std::string(kImageSecret)), "push-" + random_hex(12), now, request.body);
    const std::string question = api("/pulls/main/" + percent_encode(branch));
    const auto start = std::chrono::steady_clock::now();
    const auto answer = must(http->send(request));
    if (answer.status != 202) throw std::runtime_error("the image was refused: " + answer.body);
    if (!eventually([&] { return gitea.api("towline", "GET", question).has_value(); })) {
      throw std::runtime_error("no pull request for " + service);
    }
    const double took = milliseconds_since(start);
    // What follows the pull request (report, statuses) is not part of the next round.
    const Json pull = must(gitea.api("towline", "GET", question));
    const std::string statuses = api("/commits/" + json_string(pull, "/head/sha") + "/statuses");
    if (!eventually([&] { return must(gitea.api("towline", "GET", statuses)).size() >= 2; })) {
      throw std::runtime_error("no statuses on the pull request for " + service);
    }
    return took;
  }

  void close_pulls() const {
    const Json open = must(gitea.api("alice", "GET", api("/pulls?state=open&limit=50")));
    for (const Json& pull : open) {
      must(gitea.api("alice", "PATCH", api("/pulls/" + std::to_string(json_integer(pull, "/number"))),
                     {{"state", "closed"}}));
    }
  }

  void start_server() {
    port = must(free_port());
    const auto file = directory.path() / "towline.yaml";
    must(write_file(file, "listen: 127.0.0.1:" + std::to_string(port) +
                              "\ndata: " + (directory.path() / "data").string() +
                              "\nforges:\n  - name: gitea\n    kind: gitea\n    url: " + gitea.url() +
                              "\n    token: {env: TOKEN}\n    webhook_secrets: [{env: HOOK}]\n    repositories: [" +
                              kRepo.str() + "]\nregistries:\n  - {name: ci, kind: generic, secret: {env: IMAGE}}\n"));
    ChildProcess::Spec spec;
    spec.argv = {towline::test::binary_dir() + "/towline", "serve", "--config", file.string()};
    spec.environment = {{"TOKEN", gitea.token("towline").reveal()},
                        {"HOOK", std::string(kHookSecret)},
                        {"IMAGE", std::string(kImageSecret)},
                        {"PATH", RealGitea::tools()->string() + ":/usr/bin:/bin"}};
    spec.directory = directory.path();
    spec.log = directory.path() / "towline.log";
    server = must(ChildProcess::start(spec));
    auto http = must(make_http_client("http://127.0.0.1:" + std::to_string(port), std::nullopt));
    HttpRequest ready;
    ready.path = "/readyz";
    if (!eventually(
            [&] {
              const auto answer = http->send(ready);
              return answer && answer->status == 200;
            },
            std::chrono::seconds(60))) {
      throw std::runtime_error("towline serve does not become ready:\n" + must(read_file(spec.log)));
    }
  }

  std::string memory(const std::string& key) const {
    std::ifstream status("/proc/" + std::to_string(server->pid()) + "/status");
    std::string line;
    while (std::getline(status, line)) {
      if (line.starts_with(key)) return std::string(trim(std::string_view(line).substr(key.size() + 1)));
    }
    return "?";
  }
};

void run_bench() {
  RealGitea* gitea = RealGitea::shared();
  if (gitea == nullptr) return;
  Bench bench{*gitea, must(TemporaryDirectory::create("towline-bench")), 0, nullptr};
  std::cerr << "making a repository of " << kServices * 8 << " YAML files\n";
  must(gitea->create_repository(kRepo, repository_files(), "alice"));
  bench.start_server();
  must(gitea->add_webhook(kRepo, "http://127.0.0.1:" + std::to_string(bench.port) + "/hooks/forge/gitea",
                          Secret(std::string(kHookSecret))));
  std::vector<double> forge;
  std::vector<double> script;
  std::vector<double> towline;
  for (int round = 0; round < kRounds; ++round) {
    forge.push_back(bench.forge_round(round));
    script.push_back(bench.script_round(round));
    towline.push_back(bench.towline_round(round));
    std::fprintf(stderr, "round %d: forge %.0f ms, script %.0f ms, towline %.0f ms\n", round + 1, forge.back(),
                 script.back(), towline.back());
    bench.close_pulls();
  }
  std::printf("medians of %d rounds: forge %.0f ms, script %.0f ms, towline %.0f ms\n", kRounds, median(forge),
              median(script), median(towline));
  std::printf("towline / forge  = %.2f (at most 1.15)\n", median(towline) / median(forge));
  std::printf("towline / script = %.2f (at most 0.65)\n", median(towline) / median(script));
  std::printf("memory of towline serve: %s now, %s at most\n", bench.memory("VmRSS").c_str(),
              bench.memory("VmHWM").c_str());
}

}  // namespace

int main() {
  try {
    run_bench();
    return 0;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "pull_request_bench: %s\n", problem.what());
    return 1;
  }
}
