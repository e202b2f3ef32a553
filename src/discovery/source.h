#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace towline::discovery {

enum class SourceKind { directory, kustomize, helm };
std::string_view to_string(SourceKind kind);

using NamedText = std::pair<std::string, std::string>;

struct HelmParameter {
  std::string name;
  std::string value;
  bool force_string = false;
  auto operator<=>(const HelmParameter&) const = default;
};

/// How a chart is rendered. Paths are as written: relative to the chart, from the root of the repository with a leading
/// '/', or "$ref/…" in the source of that name.
struct HelmOptions {
  std::string release_name;  ///< "": the application's name
  std::string ns;            ///< "": the application's namespace
  std::vector<std::string> value_files;
  bool ignore_missing_value_files = false;
  std::string values;  ///< YAML, stronger than the files
  std::vector<HelmParameter> parameters;
  std::vector<NamedText> file_parameters;  ///< name, path
  bool skip_crds = false;
  bool skip_tests = false;
  bool skip_schema_validation = false;
  std::string kube_version;               ///< "": the renderer's
  std::vector<std::string> api_versions;  ///< none: the renderer's
  auto operator<=>(const HelmOptions&) const = default;
};

/// What is added to the kustomization before it is built; each as `kustomize edit` takes it.
struct KustomizeOptions {
  std::string name_prefix;
  std::string name_suffix;
  std::string ns;
  std::vector<std::string> images;
  std::vector<NamedText> replicas;
  std::vector<NamedText> common_labels;
  std::vector<NamedText> common_annotations;
  bool force_common_labels = false;
  bool force_common_annotations = false;
  bool common_annotations_envsubst = false;
  bool label_without_selector = false;
  bool label_include_templates = false;
  std::vector<std::string> components;
  bool ignore_missing_components = false;
  std::string patches;  ///< a YAML sequence, as a kustomization writes it; "": none
  auto operator<=>(const KustomizeOptions&) const = default;
};

struct DirectoryOptions {
  bool recurse = false;
  std::string include;  ///< globs over the path below the directory; "": all
  std::string exclude;
  auto operator<=>(const DirectoryOptions&) const = default;
};

/// A ConfigMap or Secret that Flux takes values from.
struct ValuesReference {
  std::string kind;
  std::string name;
  std::string key = "values.yaml";
  std::string target_path;  ///< where a single value goes; "": all of it are values
  bool optional = false;
  auto operator<=>(const ValuesReference&) const = default;
};

/// What Flux does beside kustomize and helm.
struct FluxOptions {
  bool applies =
      false;  ///< the source is one of Flux's: its files are those of an artifact (discovery/flux_artifact.h)
  /// A Kustomization: a directory without kustomization.yaml is one of every manifest below it.
  bool generates = false;
  bool substitutes = false;           ///< postBuild: "${name}" in what was built
  std::vector<NamedText> substitute;  ///< name, value; stronger than the ConfigMaps'
  std::vector<ValuesReference> substitute_from;
  std::vector<ValuesReference> values_from;  ///< in order; `HelmOptions::values` is stronger
  std::string lookup_directory;              ///< where those ConfigMaps are looked for: beside the object
  std::string ns;                            ///< of the object, and so of those ConfigMaps; "": not known
  std::vector<NamedText> labels;             ///< commonMetadata, on every object
  std::vector<NamedText> annotations;
  auto operator<=>(const FluxOptions&) const = default;
};

enum class Origin {
  here,       ///< a directory of this repository
  elsewhere,  ///< a directory of another git repository
  chart,      ///< a chart in a chart repository or an OCI registry
};

/// One source of an application.
struct Source {
  SourceKind kind = SourceKind::directory;
  Origin origin = Origin::here;
  std::string path;  ///< of a directory, no slash at either end
  std::string repo_url;
  std::string target_revision;  ///< of a chart its version or a constraint on it
  std::string chart;
  std::string ref;  ///< the name under which other sources use its files; such a source may apply nothing itself
  bool only_ref = false;
  HelmOptions helm;
  KustomizeOptions kustomize;
  DirectoryOptions directory;
  FluxOptions flux;
  std::vector<std::string> unsupported;  ///< why what is rendered would not be what is applied; sentences
  auto operator<=>(const Source&) const = default;
};

}  // namespace towline::discovery
