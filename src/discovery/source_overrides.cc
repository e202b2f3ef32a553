#include "discovery/source_overrides.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "discovery/fields.h"
#include "manifest/documents.h"
#include "manifest/paths.h"

namespace towline::discovery {
namespace {

constexpr std::string_view kPrefix = ".argocd-source-";
constexpr std::string_view kSuffix = ".yaml";

/// Where the installations of Argo CD and OpenShift GitOps put it.
constexpr std::array<std::string_view, 2> kArgoNamespaces = {"argocd", "openshift-gitops"};

/// The fields of an ApplicationSource, at whatever depth.
/// Source: Argo CD, pkg/apis/application/v1alpha1/types.go.
constexpr std::string_view kFields =
    "annotationSelector apiVersions array chart code commonAnnotations commonAnnotationsEnvsubst "
    "commonLabels components count directory env exclude extVars fileParameters forceCommonAnnotations "
    "forceCommonLabels forceString group helm ignoreMissingComponents ignoreMissingValueFiles images "
    "include jsonnet kind kubeVersion kustomize labelIncludeTemplates labelSelector labelWithoutSelector "
    "libs map name namePrefix nameSuffix namespace options parameters passCredentials patch patches path "
    "plugin recurse ref releaseName replicas repoURL skipCrds skipSchemaValidation skipTests string "
    "target targetRevision tlas value valueFiles values valuesObject version";
/// Mappings whose keys are whatever is written there.
constexpr std::array<std::string_view, 4> kFreeFields = {"commonAnnotations", "commonLabels", "map", "options"};

/// As encoding/json compares the names of fields: two letters outside of ASCII fold to letters in it.
std::string folded(std::string_view key) {
  constexpr std::string_view kLongS = "\xC5\xBF";
  constexpr std::string_view kKelvin = "\xE2\x84\xAA";
  return to_lower(replace_all(replace_all(std::string(key), kLongS, "s"), kKelvin, "k"));
}

std::string at(const yaml::Node& key) {
  return "line " + std::to_string(key.line) + ": '" + printable_utf8(ellipsize(std::string(key.text()), 80)) + "' ";
}

/// The field that encoding/json takes the key for; "": none, or it is written just so.
std::string_view miswritten_field(std::string_view key) {
  const auto fields = split(kFields, ' ');
  if (std::find(fields.begin(), fields.end(), key) != fields.end()) return "";
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [fold = folded(key)](std::string_view field) { return to_lower(field) == fold; });
  return found == fields.end() ? "" : *found;
}

/// Why Argo CD would make something else of the mapping than is read here; "" when it would not.
std::string ambiguity(const yaml::Node& node, bool is_free = false) {
  for (const yaml::Node& item : node.items) {
    if (std::string found = ambiguity(item); !found.empty()) return found;
  }
  for (const auto& [key, value] : node.entries) {
    const std::string_view name = key.text();
    // It decodes the result over the source as it was, where what was removed stays.
    if (value.is_null()) return at(key) + "is null, which Argo CD does not take for a removal; leave it out";
    if (is_free) continue;
    if (const std::string field(miswritten_field(name)); !field.empty()) {
      std::string sentence = at(key);
      sentence.append("is taken for '").append(field);
      sentence.append("' by Argo CD, which ignores letter case; write '").append(field).append("'");
      return sentence;
    }
    if (name == "valuesObject") continue;
    const bool is_free_field = std::find(kFreeFields.begin(), kFreeFields.end(), name) != kFreeFields.end();
    if (std::string found = ambiguity(value, is_free_field); !found.empty()) return found;
  }
  return "";
}

class Overriding {
 public:
  Overriding(const TreeIndex& index, const std::string& directory, yaml::Node source)
      : index_(index), prefix_(directory.empty() ? "" : directory + "/"), directory_(directory) {
    result_.source = std::move(source);
  }

  Result<OverriddenSource> run(const InstanceName& instance) {
    CHECK_OK(lay_over(prefix_ + ".argocd-source.yaml"));
    if (instance.name.empty()) return std::move(result_);
    const std::string plain = prefix_ + std::string(kPrefix) + instance.name + std::string(kSuffix);
    if (instance.ns.empty()) {
      CHECK_OK(lay_over(plain));
      refuse_any_namespace(instance.name);
      return std::move(result_);
    }
    const std::string with_namespace =
        prefix_ + std::string(kPrefix) + instance.ns + "_" + instance.name + std::string(kSuffix);
    const bool beside_argo =
        std::find(kArgoNamespaces.begin(), kArgoNamespaces.end(), instance.ns) != kArgoNamespaces.end();
    CHECK_OK(lay_over(beside_argo ? plain : with_namespace));
    const std::string& other = beside_argo ? with_namespace : plain;
    if (index_.entry(other) != nullptr) refuse_doubtful(other);
    return std::move(result_);
  }

 private:
  void refuse(const std::string& path, const std::string& why) {
    result_.problems.push_back("'" + path + "' overrides the parameters of this source, and " + why);
  }

  void refuse_doubtful(const std::string& path) {
    refuse(path,
           "whether Argo CD reads it depends on the namespaces of Argo CD and of the Application, which are not known "
           "here; use '.argocd-source.yaml' or write the parameters into the Application");
  }

  void refuse_any_namespace(const std::string& name) {
    const std::string start = prefix_ + std::string(kPrefix);
    const std::string end = "_" + name + std::string(kSuffix);
    const auto entries = index_.below(directory_);
    auto at = std::lower_bound(entries.begin(), entries.end(), start,
                               [](const git::TreeEntry& entry, const std::string& path) { return entry.path < path; });
    for (; at != entries.end() && at->path.starts_with(start); ++at) {
      if (at->path.ends_with(end) && at->path.find('/', start.size()) == std::string::npos) refuse_doubtful(at->path);
    }
  }

  Result<void> lay_over(const std::string& path) {
    if (index_.entry(path) == nullptr) return {};
    TRY(const auto followed, index_.follow(path));
    if (!followed) {
      refuse(path, "is a symbolic link that points outside the repository or forms a loop; replace it with the file");
      return {};
    }
    if (!followed->links.empty()) {
      result_.files.insert(result_.files.end(), followed->links.begin(), followed->links.end());
      result_.files.push_back(followed->path);
    }
    if (!index_.has_file(followed->path)) {
      refuse(path, "there is no file where it leads; put the file itself there");
      return {};
    }
    const auto text = index_.read(followed->path);
    if (!text) {
      if (text.error().kind != ErrorKind::invalid) return tl::unexpected<Error>(text.error());
      refuse(path, "it cannot be read: " + text.error().message);
      return {};
    }
    manifest::ParsedDocuments parsed = manifest::parse_documents(path, *text);
    if (!parsed.problems.empty()) {
      const manifest::ManifestProblem& first = parsed.problems.front();
      refuse(path, "it cannot be read: line " + std::to_string(first.line) + ": " + first.message);
    } else if (parsed.roots.size() != 1 || !parsed.roots.front().is_mapping()) {
      refuse(path, "it is no mapping of source options, so Argo CD cannot render");
    } else if (const std::string why = ambiguity(parsed.roots.front()); !why.empty()) {
      refuse(path, why);
    } else {
      result_.source = merged(std::move(result_.source), parsed.roots.front(), NullMeans::removal);
    }
    return {};
  }

  const TreeIndex& index_;
  const std::string prefix_;
  const std::string& directory_;
  OverriddenSource result_;
};

}  // namespace

Result<OverriddenSource> override_source(const TreeIndex& index, const std::string& directory,
                                         const InstanceName& instance, yaml::Node source) {
  return Overriding(index, directory, std::move(source)).run(instance);
}

}  // namespace towline::discovery
