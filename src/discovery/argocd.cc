#include "discovery/argocd.h"

#include <array>
#include <optional>
#include <utility>

#include "base/text.h"
#include "discovery/declaration.h"
#include "discovery/fields.h"
#include "discovery/inputs.h"
#include "discovery/source_overrides.h"
#include "manifest/paths.h"

namespace towline::discovery {
namespace {

HelmOptions read_helm(const yaml::Node& source) {
  HelmOptions helm;
  helm.release_name = text_at(source, {"helm", "releaseName"});
  helm.ns = text_at(source, {"helm", "namespace"});
  helm.value_files = texts_at(source, {"helm", "valueFiles"});
  helm.ignore_missing_value_files = flag_at(source, {"helm", "ignoreMissingValueFiles"});
  helm.values = text_at(source, {"helm", "values"});
  if (const yaml::Node* values = source.find_path({"helm", "valuesObject"}); values != nullptr && !values->is_null()) {
    helm.values = yaml::emit(*values);
  }
  for (const yaml::Node& item : items_at(source, {"helm", "parameters"})) {
    helm.parameters.push_back({text_at(item, {"name"}), text_at(item, {"value"}), flag_at(item, {"forceString"})});
  }
  helm.file_parameters = pairs_at(source, {"helm", "fileParameters"}, "name", "path");
  helm.skip_crds = flag_at(source, {"helm", "skipCrds"});
  helm.skip_tests = flag_at(source, {"helm", "skipTests"});
  helm.skip_schema_validation = flag_at(source, {"helm", "skipSchemaValidation"});
  helm.kube_version = text_at(source, {"helm", "kubeVersion"});
  helm.api_versions = texts_at(source, {"helm", "apiVersions"});
  return helm;
}

KustomizeOptions read_kustomize(const yaml::Node& source) {
  KustomizeOptions kustomize;
  kustomize.name_prefix = text_at(source, {"kustomize", "namePrefix"});
  kustomize.name_suffix = text_at(source, {"kustomize", "nameSuffix"});
  kustomize.ns = text_at(source, {"kustomize", "namespace"});
  kustomize.images = texts_at(source, {"kustomize", "images"});
  kustomize.replicas = pairs_at(source, {"kustomize", "replicas"}, "name", "count");
  kustomize.common_labels = named_texts_at(source, {"kustomize", "commonLabels"});
  kustomize.common_annotations = named_texts_at(source, {"kustomize", "commonAnnotations"});
  kustomize.force_common_labels = flag_at(source, {"kustomize", "forceCommonLabels"});
  kustomize.force_common_annotations = flag_at(source, {"kustomize", "forceCommonAnnotations"});
  kustomize.common_annotations_envsubst = flag_at(source, {"kustomize", "commonAnnotationsEnvsubst"});
  kustomize.label_without_selector = flag_at(source, {"kustomize", "labelWithoutSelector"});
  kustomize.label_include_templates = flag_at(source, {"kustomize", "labelIncludeTemplates"});
  kustomize.components = texts_at(source, {"kustomize", "components"});
  kustomize.ignore_missing_components = flag_at(source, {"kustomize", "ignoreMissingComponents"});
  const yaml::Node* patches = source.find_path({"kustomize", "patches"});
  if (patches != nullptr && !patches->items.empty()) kustomize.patches = yaml::emit(*patches);
  return kustomize;
}

/// The kind that the object itself names by giving options of it; what only has defaults names none.
void settle_kind(const TreeIndex& index, const std::string& directory, const yaml::Node& node, Source& source) {
  std::vector<std::string> named;
  if (source.kustomize != KustomizeOptions{} || !text_at(node, {"kustomize", "version"}).empty()) {
    named.emplace_back("Kustomize");
    source.kind = SourceKind::kustomize;
  }
  if (source.helm != HelmOptions{} || !text_at(node, {"helm", "version"}).empty() ||
      flag_at(node, {"helm", "passCredentials"})) {
    named.emplace_back("Helm");
    source.kind = SourceKind::helm;
  }
  const yaml::Node* jsonnet = node.find_path({"directory", "jsonnet"});
  if (source.directory != DirectoryOptions{} || (jsonnet != nullptr && !jsonnet->entries.empty())) {
    named.emplace_back("Directory");
    source.kind = SourceKind::directory;
  }
  if (const yaml::Node* plugin = node.find("plugin"); plugin != nullptr && !plugin->is_null()) {
    const std::string name = text_at(node, {"plugin", "name"});
    source.unsupported.push_back("this source is rendered by a plugin of Argo CD" +
                                 (name.empty() ? "" : " ('" + name + "')") +
                                 ", which Towline does not run, so what changes is not shown");
  }
  if (named.size() > 1) {
    source.unsupported.push_back("this source has options for several tools (" + join(named, ", ") +
                                 "), which Argo CD refuses; keep those of one");
  }
  if (named.empty()) source.kind = source_kind_of(index, directory);
}

/// "" for the cluster that Argo CD runs in (argo-cd/common: KubernetesInternalAPIServerAddr, "in-cluster").
std::string cluster_of(const yaml::Node& root) {
  std::string server = text_at(root, {"spec", "destination", "server"});
  while (server.ends_with('/')) server.pop_back();
  if (server == "https://kubernetes.default.svc") return "";
  if (!server.empty()) return server;
  const std::string name = text_at(root, {"spec", "destination", "name"});
  return name == "in-cluster" ? "" : name;
}

class Reader {
 public:
  Reader(const TreeIndex& index, const std::string& declared_in, const std::string& ns,
         std::vector<manifest::ManifestProblem>& problems)
      : index_(index), declared_in_(declared_in), ns_(ns), problems_(problems) {}

  Result<Application> read(const yaml::Node& root) {
    application_.name = text_at(root, {"metadata", "name"});
    application_.ns = text_at(root, {"spec", "destination", "namespace"});
    application_.cluster = cluster_of(root);
    application_.project = text_at(root, {"spec", "project"});
    application_.declared_in = declared_in_;
    application_.declaration = declaration_of(root);
    read_ignored(root);
    const auto& sources = items_at(root, {"spec", "sources"});
    for (const yaml::Node& source : sources) CHECK_OK(read_source(source));
    if (!sources.empty()) return std::move(application_);
    // With a hydrator the cluster applies what this renders to, from another branch.
    for (const auto& path : {std::initializer_list<std::string_view>{"spec", "sourceHydrator", "drySource"},
                             std::initializer_list<std::string_view>{"spec", "source"}}) {
      const yaml::Node* source = root.find_path(path);
      if (source == nullptr) continue;
      CHECK_OK(read_source(*source));
      break;
    }
    return std::move(application_);
  }

 private:
  void read_ignored(const yaml::Node& root) {
    for (const yaml::Node& item : items_at(root, {"spec", "ignoreDifferences"})) {
      application_.ignore_differences.push_back(
          {text_at(item, {"group"}), text_at(item, {"kind"}), text_at(item, {"namespace"}), text_at(item, {"name"}),
           texts_at(item, {"jsonPointers"}), texts_at(item, {"jqPathExpressions"}),
           texts_at(item, {"managedFieldsManagers"})});
    }
  }

  Result<void> read_source(const yaml::Node& written) {
    Source source;
    source.repo_url = text_at(written, {"repoURL"});
    source.target_revision = text_at(written, {"targetRevision"});
    source.chart = text_at(written, {"chart"});
    source.ref = text_at(written, {"ref"});
    constexpr std::string_view kOci = "oci://";
    if (source.chart.empty() && source.repo_url.starts_with(kOci)) {
      source.chart = manifest::base_name(source.repo_url);
      source.repo_url = manifest::parent_directory(source.repo_url);
    }
    std::string directory;
    yaml::Node node = written;
    if (!source.chart.empty()) {
      source.origin = Origin::chart;
    } else {
      const std::string path_text = text_at(written, {"path"});
      source.only_ref = path_text.empty() && !source.ref.empty();
      const auto path = manifest::resolve("", path_text);
      if (!path) {
        problems_.push_back({declared_in_, written.find("path")->line,
                             "the source path '" + path_text + "' leaves the repository, so nothing is applied"});
        return {};
      }
      source.path = *path;
      TRY(const auto followed, index_.follow(source.path));
      directory = followed ? followed->path : source.path;
      if (!source.only_ref && index_.has_directory(directory)) {
        TRY(auto overridden, override_source(index_, directory, {application_.name, ns_}, std::move(node)));
        node = std::move(overridden.source);
        source.unsupported = std::move(overridden.problems);
        auto& from = application_.made_from;
        from.insert(from.end(), overridden.files.begin(), overridden.files.end());
      }
    }
    source.helm = read_helm(node);
    source.kustomize = read_kustomize(node);
    source.directory = {flag_at(node, {"directory", "recurse"}), text_at(node, {"directory", "include"}),
                        text_at(node, {"directory", "exclude"})};
    settle_kind(index_, directory, node, source);
    if (source.origin == Origin::chart) source.kind = SourceKind::helm;
    application_.sources.push_back(std::move(source));
    return {};
  }

  const TreeIndex& index_;
  const std::string& declared_in_;
  const std::string& ns_;
  std::vector<manifest::ManifestProblem>& problems_;
  Application application_;
};

}  // namespace

Result<Application> read_argocd_application(const TreeIndex& index, const std::string& declared_in,
                                            const yaml::Node& root, const std::string& ns,
                                            std::vector<manifest::ManifestProblem>& problems) {
  return Reader(index, declared_in, ns, problems).read(root);
}

}  // namespace towline::discovery
