#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "config/repository.h"
#include "evaluate/evaluate.h"
#include "git/repository.h"
#include "render/renderer.h"

namespace towline::evaluate::test {

inline std::string config_map(const std::string& name, const std::string& value = "1") {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + "}\ndata: {value: \"" + value + "\"}\n";
}

/// An Argo CD Application; `more` is YAML of its spec.
inline std::string argo(const std::string& name, const std::string& path, const std::string& more = "") {
  return "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: " + name +
         ", namespace: argocd}\nspec:\n  source: {repoURL: https://git.example.com/acme/infra, path: " + path +
         "}\n  destination: {server: https://one.example.com, namespace: " + name + "}\n" + more;
}

/// A chart of Applications, one for each of the values' `apps`.
inline std::vector<git::PathEdit> chart_of_applications(const std::string& directory, const std::string& values) {
  return {{directory + "/Chart.yaml", "apiVersion: v2\nname: root\nversion: 1.0.0\n"},
          {directory + "/values.yaml", values},
          {directory + "/templates/apps.yaml",
           "{{- range .Values.apps }}\n---\napiVersion: argoproj.io/v1alpha1\nkind: Application\n"
           "metadata:\n  name: {{ .name }}\nspec:\n  source:\n    repoURL: https://git.example.com/acme/infra\n"
           "    path: {{ .path }}\n  destination:\n    server: https://one.example.com\n    namespace: {{ .name }}\n"
           "{{- end }}\n"}};
}

/// A repository with a root application, and what evaluations of it remember. `tools`: the folder of helm and
/// kustomize.
struct GeneratedWorld {
  explicit GeneratedWorld(const std::string& tools) : renderer(options(tools)) {}

  static render::Renderer::Options options(const std::string& tools) {
    render::Renderer::Options options;
    options.search_path = tools;
    return options;
  }

  CommitId commit(std::vector<git::PathEdit> edits, const CommitId& parent = {}) {
    return repository.write_commit({parent, std::move(edits), {"Alice", "alice@example.com", TimePoint{}}, "change"})
        .value();
  }

  Evaluator evaluator() { return {renderer, screen, Secret("masking")}; }

  evaluate::Evaluation pull(const CommitId& base, std::vector<git::PathEdit> edits) {
    return evaluate(evaluator(), repository, base, commit(std::move(edits), base), config).value();
  }

  std::vector<std::string> found(const CommitId& at) {
    std::vector<std::string> all;
    const auto discovered = applications_at(evaluator(), repository, at, config).value();
    for (const auto& application : discovered.applications) {
      all.push_back(application.name + (application.generated_by.empty() ? "" : " of " + application.generated_by));
    }
    std::sort(all.begin(), all.end());
    return all;
  }

  TemporaryDirectory directory = TemporaryDirectory::create("towline-generated-").value();
  git::Repository repository = git::Repository::init_bare(directory.path() / "repo.git", "main").value();
  render::Renderer renderer;
  DiscoveryScreen screen;
  config::RepoConfig config;
};

/// "name of parent: +1 ~2 -3" of every report.
inline std::vector<std::string> told(const evaluate::Evaluation& evaluation) {
  std::vector<std::string> all;
  for (const auto& report : evaluation.applications) {
    std::string text = report.application.name;
    if (!report.application.generated_by.empty()) text += " of " + report.application.generated_by;
    text += ":";
    for (const auto& change : report.diff.changes) {
      const char* sign = change.kind == diff::ChangeKind::added     ? " +"
                         : change.kind == diff::ChangeKind::removed ? " -"
                                                                    : " ~";
      text += sign + change.key.kind + "/" + change.key.name;
    }
    all.push_back(std::move(text));
  }
  return all;
}

}  // namespace towline::evaluate::test
