#include "discovery/flux.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/text.h"
#include "discovery/declaration.h"
#include "discovery/fields.h"
#include "discovery/flux_artifact.h"
#include "discovery/inputs.h"
#include "manifest/paths.h"

namespace towline::discovery {
namespace {

struct FluxKind {
  std::string_view group;
  std::string_view kind;
};
constexpr std::array<FluxKind, 6> kKinds = {{{"kustomize.toolkit.fluxcd.io", "Kustomization"},
                                             {"helm.toolkit.fluxcd.io", "HelmRelease"},
                                             {"source.toolkit.fluxcd.io", "GitRepository"},
                                             {"source.toolkit.fluxcd.io", "HelmRepository"},
                                             {"source.toolkit.fluxcd.io", "OCIRepository"},
                                             {"source.toolkit.fluxcd.io", "HelmChart"}}};

/// The GitRepository that `flux bootstrap` makes of the repository it writes to.
constexpr std::string_view kBootstrap = "flux-system";

std::string or_else(std::string text, std::string_view otherwise) {
  return text.empty() ? std::string(otherwise) : std::move(text);
}

std::size_t common_length(std::string_view a, std::string_view b) {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

std::vector<ValuesReference> references_at(const yaml::Node& spec, std::initializer_list<std::string_view> path) {
  std::vector<ValuesReference> references;
  for (const yaml::Node& item : items_at(spec, path)) {
    references.push_back({text_at(item, {"kind"}), text_at(item, {"name"}),
                          or_else(text_at(item, {"valuesKey"}), "values.yaml"), text_at(item, {"targetPath"}),
                          flag_at(item, {"optional"})});
  }
  return references;
}

/// As `kustomize edit set image` takes it.
std::string image_argument(const yaml::Node& image) {
  const std::string name = text_at(image, {"name"});
  const std::string tag = text_at(image, {"newTag"});
  const std::string digest = text_at(image, {"digest"});
  return name + "=" + or_else(text_at(image, {"newName"}), name) + (tag.empty() ? "" : ":" + tag) +
         (digest.empty() ? "" : "@" + digest);
}

/// The object that says which cluster it is. "": the one that Flux runs in. A kubeConfig without a name that is known
/// here is a cluster that no other application goes to.
std::string cluster_of(const yaml::Node& spec) {
  const yaml::Node* kube_config = spec.find("kubeConfig");
  if (kube_config == nullptr || kube_config->is_null()) return "";
  std::string secret = text_at(*kube_config, {"secretRef", "name"});
  if (!secret.empty()) return secret;
  const std::string config_map = text_at(*kube_config, {"configMapRef", "name"});
  return config_map.empty() ? "unknown kubeConfig" : "ConfigMap " + config_map;
}

KustomizeOptions kustomize_options(const yaml::Node& spec) {
  KustomizeOptions options;
  options.name_prefix = text_at(spec, {"namePrefix"});
  options.name_suffix = text_at(spec, {"nameSuffix"});
  options.ns = text_at(spec, {"targetNamespace"});
  for (const yaml::Node& image : items_at(spec, {"images"})) options.images.push_back(image_argument(image));
  options.components = texts_at(spec, {"components"});
  options.ignore_missing_components = flag_at(spec, {"ignoreMissingComponents"});
  const yaml::Node* patches = spec.find("patches");
  if (patches != nullptr && !patches->items.empty()) options.patches = yaml::emit(*patches);
  return options;
}

}  // namespace

bool FluxObjects::add(const std::string& declared_in, const yaml::Node& root) {
  const std::string version = text_at(root, {"apiVersion"});
  const std::string kind = text_at(root, {"kind"});
  const auto is_it = [&](const FluxKind& known) {
    return kind == known.kind && version.starts_with(std::string(known.group) + "/");
  };
  if (std::none_of(kKinds.begin(), kKinds.end(), is_it)) return false;
  // Flux does not see the file. What somebody else applies of it cannot be known.
  if (is_left_out_of_artifact(declared_in)) return true;
  objects_.push_back(
      {declared_in, kind, text_at(root, {"metadata", "namespace"}), text_at(root, {"metadata", "name"}), root});
  return true;
}

const FluxObjects::Object* FluxObjects::find(const Object& from, std::string_view kind, std::string_view name,
                                             std::string_view ns) const {
  const Object* best = nullptr;
  for (const Object& object : objects_) {
    if (object.kind != kind || object.name != name) continue;
    if (!ns.empty() && !object.ns.empty() && object.ns != ns) continue;
    const bool nearer = best == nullptr || common_length(object.declared_in, from.declared_in) >
                                               common_length(best->declared_in, from.declared_in);
    if (nearer) best = &object;
  }
  return best;
}

/// A directory is taken to be this repository's unless its GitRepository is another one than the bootstrap's.
void FluxObjects::settle_git(const Object* repository, Application& application, Source& source) const {
  if (repository == nullptr) return;
  application.declaration += "---\n" + declaration_of(repository->root);
  application.made_from.push_back(repository->declared_in);
  source.repo_url = text_at(repository->root, {"spec", "url"});
  // The later ones go before the earlier ones.
  for (const char* field : {"branch", "tag", "semver", "name", "commit"}) {
    source.target_revision = or_else(text_at(repository->root, {"spec", "ref", field}), source.target_revision);
  }
  const auto is_bootstrap = [](const Object& object) {
    return object.kind == "GitRepository" && object.name == kBootstrap;
  };
  const auto bootstrap = std::find_if(objects_.begin(), objects_.end(), is_bootstrap);
  if (bootstrap == objects_.end()) return;
  const bool same = normal_url(text_at(bootstrap->root, {"spec", "url"})) == normal_url(source.repo_url);
  source.origin = same ? Origin::here : Origin::elsewhere;
}

std::vector<FluxObjects::PartialRepository> FluxObjects::partial_repositories() const {
  std::vector<PartialRepository> found;
  for (const Object& object : objects_) {
    if (object.kind != "GitRepository") continue;
    std::vector<std::string> fields;
    for (const char* field : {"ignore", "sparseCheckout", "include"}) {
      const yaml::Node* value = object.root.find_path({"spec", field});
      const bool is_empty =
          value == nullptr || value->is_null() ||
          (value->is_scalar() ? value->text().empty() : value->items.empty() && value->entries.empty());
      if (!is_empty) fields.push_back("spec." + std::string(field));
    }
    if (fields.empty()) continue;
    found.push_back({text_at(object.root, {"spec", "url"}),
                     {object.declared_in, object.root.line,
                      "the GitRepository '" + object.name + "' has " + join(fields, ", ") +
                          ", by which Flux leaves out files of this repository or adds others; Towline cannot show "
                          "that, so remove it"}});
  }
  return found;
}

std::vector<DeclaredObject> FluxObjects::declared() const {
  std::vector<DeclaredObject> all;
  for (const Object& object : objects_) {
    all.push_back({object.kind, namespace_of(object), object.name, object.declared_in, ""});
  }
  return all;
}

Result<std::vector<Application>> FluxObjects::applications(std::vector<manifest::ManifestProblem>& problems) const {
  std::vector<Application> found;
  for (const Object& object : objects_) {
    Application application;
    application.name = object.name;
    application.declared_in = object.declared_in;
    application.declaration = declaration_of(object.root);
    if (object.kind == "Kustomization") {
      CHECK_OK(read_kustomization(object, application, problems));
    } else if (object.kind == "HelmRelease") {
      CHECK_OK(read_release(object, application, problems));
    }
    if (!application.sources.empty()) found.push_back(std::move(application));
  }
  return found;
}

Result<void> FluxObjects::read_kustomization(const Object& object, Application& application,
                                             std::vector<manifest::ManifestProblem>& problems) const {
  const yaml::Node none;
  const yaml::Node* found = object.root.find("spec");
  const yaml::Node& spec = found == nullptr ? none : *found;
  Source source;
  source.kind = SourceKind::kustomize;
  const std::string written = text_at(spec, {"path"});
  const auto path = manifest::resolve("", written.starts_with('/') ? written.substr(1) : written);
  if (!path) {
    problems.push_back(
        {object.declared_in, object.root.line,
         "the path '" + written + "' of the Kustomization leaves the repository, so nothing is applied"});
    return {};
  }
  source.path = *path;
  const std::string kind = text_at(spec, {"sourceRef", "kind"});
  const std::string name = text_at(spec, {"sourceRef", "name"});
  const std::string ns = or_else(text_at(spec, {"sourceRef", "namespace"}), object.ns);
  if (kind == "GitRepository") {
    settle_git(find(object, kind, name, ns), application, source);
  } else {
    source.origin = Origin::elsewhere;
    source.unsupported.push_back("what this Kustomization applies comes from " + kind + " '" + name +
                                 "', which is not looked into, so what changes is not shown");
  }
  source.kustomize = kustomize_options(spec);
  for (const char* field : {"patchesStrategicMerge", "patchesJson6902"}) {
    if (spec.find(field) == nullptr) continue;
    source.unsupported.push_back("'" + std::string(field) + "' of a Kustomization is not supported; write 'patches'");
  }
  source.flux.applies = true;
  source.flux.ns = namespace_of(object);
  source.flux.generates = true;
  source.flux.substitutes = spec.find("postBuild") != nullptr;
  source.flux.substitute = named_texts_at(spec, {"postBuild", "substitute"});
  source.flux.substitute_from = references_at(spec, {"postBuild", "substituteFrom"});
  source.flux.labels = named_texts_at(spec, {"commonMetadata", "labels"});
  source.flux.annotations = named_texts_at(spec, {"commonMetadata", "annotations"});
  source.flux.lookup_directory = manifest::parent_directory(object.declared_in);
  application.ns = source.kustomize.ns;
  application.cluster = cluster_of(spec);
  application.sources.push_back(std::move(source));
  return {};
}

std::string FluxObjects::namespace_of(const Object& asked) const {
  if (!asked.ns.empty()) return asked.ns;
  for (const Object& object : objects_) {
    if (object.kind != "Kustomization") continue;
    const std::string written = text_at(object.root, {"spec", "path"});
    const auto path = manifest::resolve("", written.starts_with('/') ? written.substr(1) : written);
    std::string ns = text_at(object.root, {"spec", "targetNamespace"});
    if (path && !ns.empty() && manifest::is_at_or_below(asked.declared_in, *path)) return ns;
  }
  return "";
}

Result<void> FluxObjects::read_release(const Object& object, Application& application,
                                       std::vector<manifest::ManifestProblem>& problems) const {
  const yaml::Node none;
  const yaml::Node* found = object.root.find("spec");
  const yaml::Node& spec = found == nullptr ? none : *found;
  const std::string target = text_at(spec, {"targetNamespace"});
  const std::string own = namespace_of(object);
  application.ns = or_else(target, own);
  application.cluster = cluster_of(spec);
  Source source;
  source.kind = SourceKind::helm;
  source.helm.release_name =
      or_else(text_at(spec, {"releaseName"}), target.empty() ? object.name : target + "-" + object.name);
  if (const yaml::Node* values = spec.find("values"); values != nullptr && !values->is_null()) {
    source.helm.values = yaml::emit(*values);
  }
  source.helm.skip_crds = text_at(spec, {"install", "crds"}) == "Skip";
  source.helm.skip_tests = true;  // not part of an installation
  source.flux.applies = true;
  source.flux.ns = own;
  source.flux.values_from = references_at(spec, {"valuesFrom"});
  source.flux.lookup_directory = manifest::parent_directory(object.declared_in);
  if (!items_at(spec, {"postRenderers"}).empty()) {
    source.unsupported.emplace_back(
        "the post-renderers of this HelmRelease are not run, so what they change is not shown");
  }
  if (const yaml::Node* chart = spec.find_path({"chart", "spec"})) {
    CHECK_OK(settle_chart(object, *chart, nullptr, application, source));
  } else {
    const std::string kind = text_at(spec, {"chartRef", "kind"});
    const std::string name = text_at(spec, {"chartRef", "name"});
    const Object* referenced = find(object, kind, name, or_else(text_at(spec, {"chartRef", "namespace"}), object.ns));
    if (referenced == nullptr) {
      problems.push_back({object.declared_in, object.root.line,
                          "the HelmRelease '" + object.name + "' takes its chart from " + or_else(kind, "nothing") +
                              " '" + name + "', which is not in this repository"});
      return {};
    }
    const yaml::Node* chart_spec = referenced->root.find("spec");
    if (chart_spec == nullptr) {
      problems.push_back({referenced->declared_in, referenced->root.line,
                          "the " + kind + " '" + name + "' has no spec, so the chart of the HelmRelease '" +
                              object.name + "' is not known"});
      return {};
    }
    CHECK_OK(settle_chart(object, *chart_spec, referenced, application, source));
  }
  application.sources.push_back(std::move(source));
  return {};
}

Result<void> FluxObjects::settle_chart(const Object& object, const yaml::Node& spec, const Object* from,
                                       Application& application, Source& source) const {
  if (from != nullptr && from->kind == "OCIRepository") {
    const std::string url = text_at(spec, {"url"});
    source.origin = Origin::chart;
    source.chart = manifest::base_name(url);
    source.repo_url = manifest::parent_directory(url);
    source.target_revision = or_else(text_at(spec, {"ref", "semver"}), text_at(spec, {"ref", "tag"}));
    return {};
  }
  const std::string kind = text_at(spec, {"sourceRef", "kind"});
  const Object& asking = from == nullptr ? object : *from;
  const Object* repository = find(asking, kind, text_at(spec, {"sourceRef", "name"}),
                                  or_else(text_at(spec, {"sourceRef", "namespace"}), asking.ns));
  source.helm.value_files = texts_at(spec, {"valuesFiles"});
  source.helm.ignore_missing_value_files = flag_at(spec, {"ignoreMissingValuesFiles"});
  if (kind == "GitRepository") {
    const auto path = manifest::resolve("", text_at(spec, {"chart"}));
    source.path = path.value_or("");
    if (!path) source.unsupported.emplace_back("the chart's path leaves the repository");
    for (std::string& file : source.helm.value_files) file.insert(0, "/");
    settle_git(repository, application, source);
    return {};
  }
  source.origin = Origin::chart;
  source.chart = text_at(spec, {"chart"});
  source.target_revision = or_else(text_at(spec, {"version"}), "*");
  if (repository != nullptr) source.repo_url = text_at(repository->root, {"spec", "url"});
  if (source.repo_url.empty()) {
    source.unsupported.push_back("the chart comes from " + or_else(kind, "HelmRepository") + " '" +
                                 text_at(spec, {"sourceRef", "name"}) + "', which is not in this repository");
  }
  return {};
}

bool is_left_out_by(const Application& application, std::string_view directory) {
  if (application.declaration.find("toolkit.fluxcd.io/") == std::string::npos) return false;
  const auto is_near = [&](const Source& source) {
    if (source.origin != Origin::here) return false;
    return manifest::is_at_or_below(source.path, directory) || manifest::is_at_or_below(directory, source.path);
  };
  return manifest::is_at_or_below(application.declared_in, directory) ||
         std::any_of(application.sources.begin(), application.sources.end(), is_near);
}

}  // namespace towline::discovery
