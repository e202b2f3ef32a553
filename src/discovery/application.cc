#include "discovery/application.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/secret.h"
#include "base/text.h"
#include "discovery/application_set.h"
#include "discovery/argocd.h"
#include "discovery/discovery.h"
#include "discovery/fields.h"
#include "discovery/flux.h"
#include "discovery/inputs.h"
#include "discovery/tree_index.h"
#include "manifest/documents.h"
#include "manifest/paths.h"
#include "manifest/wording.h"

namespace towline::discovery {
namespace {

constexpr std::string_view kArgoGroup = "argoproj.io";
constexpr std::string_view kFluxGroups = "toolkit.fluxcd.io";

/// A chart's templates are not objects yet, and its files are not the repository's own.
bool is_chart_template(const TreeIndex& index, std::string_view path) {
  for (std::string_view at = manifest::parent_directory(path); !at.empty(); at = manifest::parent_directory(at)) {
    if (manifest::base_name(at) != "templates") continue;
    const std::string parent(manifest::parent_directory(at));
    if (index.has_file(parent.empty() ? "Chart.yaml" : parent + "/Chart.yaml")) return true;
  }
  return false;
}

class Discovery {
 public:
  Discovery(const TreeIndex& index, DeclarationScreen* screen, const std::vector<Cluster>& clusters,
            const OwnRepository& own, TreeReads& reads)
      : plain_(index), index_(index.noting(reads)), reads_(reads), screen_(screen), clusters_(clusters), own_(own) {}

  Result<Discovered> run(const std::vector<std::string>& service_directories) {
    for (const git::TreeEntry& entry : plain_.below("")) {
      if (may_declare(entry)) CHECK_OK(read_file(entry));
    }
    auto& found = discovered_.applications;
    std::vector<DeclaredObject> of_flux_kinds = flux_.declared();
    std::move(of_flux_kinds.begin(), of_flux_kinds.end(), std::back_inserter(discovered_.declared));
    TRY(auto of_flux, flux_.applications(discovered_.problems));
    std::move(of_flux.begin(), of_flux.end(), std::back_inserter(found));
    ExpansionBudget budget;
    CHECK_OK(settle_all(budget));
    CHECK_OK(add_services(service_directories));
    std::sort(found.begin(), found.end(), [](const Application& a, const Application& b) {
      return std::tie(a.path, a.name, a.declared_in) < std::tie(b.path, b.name, b.declared_in);
    });
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return std::move(discovered_);
  }

  Result<Discovered> run(const Application& parent, const std::vector<const yaml::Node*>& objects,
                         const std::vector<Application>& known, ExpansionBudget& budget) {
    for (const yaml::Node* root : objects) CHECK_OK(read_object(parent.declared_in, *root));
    find_own(known);
    CHECK_OK(settle_all(budget));
    for (Application& application : discovered_.applications) {
      application.generated_by = parent.name;
      auto& from = application.made_from;
      for (const Source& source : parent.sources) {
        if (source.origin == Origin::here && !source.only_ref) from.push_back(source.path);
      }
      from.insert(from.end(), parent.made_from.begin(), parent.made_from.end());
    }
    for (manifest::ManifestProblem& problem : discovered_.problems) {
      // Lines are those of what was rendered, which nobody sees.
      if (problem.path == parent.declared_in) problem.line = 0;
      problem.message = "in what '" + parent.name + "' renders: " + problem.message;
    }
    return std::move(discovered_);
  }

 private:
  Result<void> settle_all(ExpansionBudget& budget) {
    find_own(discovered_.applications);
    CHECK_OK(add_generated(budget));
    find_own(discovered_.applications);
    settle();
    add_partial_repositories();
    return {};
  }

  /// GitRepositories of this repository that an application uses and that are not all of it.
  void add_partial_repositories() {
    for (FluxObjects::PartialRepository& partial : flux_.partial_repositories()) {
      const auto is_used = [&](const Application& application) {
        return std::any_of(application.sources.begin(), application.sources.end(), [&](const Source& source) {
          return source.flux.applies && source.origin == Origin::here && source.repo_url == partial.url;
        });
      };
      const auto& all = discovered_.applications;
      if (is_own(partial.url) && std::any_of(all.begin(), all.end(), is_used)) {
        discovered_.problems.push_back(std::move(partial.problem));
      }
    }
  }

  Result<void> read_file(const git::TreeEntry& entry) {
    const std::string& path = entry.path;
    if (screen_ != nullptr && screen_->known_empty(entry.id)) return {};
    auto objects = screen_ == nullptr ? nullptr : screen_->find_objects(entry.id);
    if (objects == nullptr) {
      TRY(objects, parse_file(entry));
    }
    if (objects == nullptr) return {};
    reads_.contents.insert(path);
    if (is_chart_template(index_, path)) return {};
    for (const yaml::Node& root : *objects) CHECK_OK(read_object(path, root));
    return {};
  }

  /// nullptr when it declares nothing or cannot be read, which is a problem then.
  Result<DeclarationScreen::Objects> parse_file(const git::TreeEntry& entry) {
    const auto text = plain_.read(entry.path);
    if (!text && text.error().kind != ErrorKind::invalid) return tl::unexpected<Error>(text.error());
    if (text && !declares_applications(*text)) {
      if (screen_ != nullptr) screen_->remember_empty(entry.id, hints_of(*text));
      return DeclarationScreen::Objects();
    }
    reads_.contents.insert(entry.path);
    if (!text) {  // too large
      discovered_.problems.push_back({entry.path, 0, text.error().message});
      return DeclarationScreen::Objects();
    }
    manifest::ParsedDocuments parsed = manifest::parse_documents(entry.path, *text);
    const bool is_readable = parsed.problems.empty();
    if (!is_readable) {
      if (is_chart_template(index_, entry.path)) return DeclarationScreen::Objects();
      std::move(parsed.problems.begin(), parsed.problems.end(), std::back_inserter(discovered_.problems));
    }
    auto objects = std::make_shared<const std::vector<yaml::Node>>(std::move(parsed.roots));
    // The problems are not remembered, so a file that has some is read anew.
    if (screen_ != nullptr && is_readable) screen_->remember_objects(entry.id, objects, text->size());
    return objects;
  }

  Result<void> read_object(const std::string& path, const yaml::Node& root) {
    if (const auto* items = manifest::list_items(root)) {
      for (const yaml::Node& item : *items) CHECK_OK(read_object(path, item));
      return {};
    }
    const std::string kind = text_at(root, {"kind"});
    if (flux_.add(path, root)) return {};
    if (!text_at(root, {"apiVersion"}).starts_with(std::string(kArgoGroup) + "/")) return {};
    if (kind == "ApplicationSet") sets_.emplace_back(path, root);
    const std::string ns = text_at(root, {"metadata", "namespace"});
    if (kind == "ApplicationSet" || kind == "Application") {
      discovered_.declared.push_back({kind, ns, text_at(root, {"metadata", "name"}), path, ""});
    }
    if (kind != "Application") return {};
    TRY(Application application, read_argocd_application(index_, path, root, ns, discovered_.problems));
    if (!application.sources.empty()) discovered_.applications.push_back(std::move(application));
    return {};
  }

  /// What the ApplicationSets make, once it is known which repository this is.
  Result<void> add_generated(ExpansionBudget& budget) {
    for (const auto& [path, root] : sets_) {
      if (const std::string other = other_repository(root); !other.empty()) {
        discovered_.problems.push_back({path, root.line,
                                        "the ApplicationSet '" + text_at(root, {"metadata", "name"}) +
                                            "' makes Applications from what is in " + other +
                                            ", which is not supported: Towline reads this repository only"});
        continue;
      }
      ExpandedSet expanded = expand_application_set(index_, path, root, clusters_, budget);
      std::move(expanded.problems.begin(), expanded.problems.end(), std::back_inserter(discovered_.problems));
      for (GeneratedApplication& one : expanded.applications) {
        // Whatever the template says, they come to be where the ApplicationSet is.
        const std::string ns = text_at(root, {"metadata", "namespace"});
        TRY(Application application, read_argocd_application(index_, path, one.root, ns, discovered_.problems));
        discovered_.declared.push_back({"Application", ns, application.name, path,
                                        "the ApplicationSet '" + text_at(root, {"metadata", "name"}) + "'"});
        if (application.sources.empty()) continue;
        application.made_from.insert(application.made_from.begin(), one.made_from.begin(), one.made_from.end());
        discovered_.applications.push_back(std::move(application));
      }
    }
    return {};
  }

  std::string other_repository(const yaml::Node& set) const {
    for (const auto& [url, revision] : generator_repositories(set)) {
      if (!is_own(url)) return redact_url(url);
      if (!own_.is_default(revision)) return "the revision '" + revision + "' of " + redact_url(url);
    }
    return {};
  }

  std::string target_of(const std::string& path) const {
    const auto followed = index_.follow(path);
    return followed && *followed ? (*followed)->path : path;
  }

  bool is_there(const Source& source) const { return index_.has_directory(target_of(source.path)); }

  /// No object says which repository it stands in. Where the forge does not tell either, a repository is this one when
  /// a directory of it that is named somewhere is here, and any is when none is. Addresses that end with this
  /// repository's name go before others.
  void find_own(const std::vector<Application>& applications) {
    if (own_.closed) return;
    for (const Application& application : applications) {
      for (const Source& source : application.sources) {
        if (source.origin != Origin::here || source.only_ref || !is_there(source)) continue;
        std::string address = normal_url(source.repo_url);
        const bool by_name = own_.has_address(address) || own_.has_name(address);
        (by_name ? named_ : others_).insert(std::move(address));
      }
    }
  }

  bool is_own(const std::string& url) const {
    const std::string address = normal_url(url);
    // A source of Flux whose GitRepository is not in the repository has none.
    if (address.empty() || own_.has_address(address) || named_.contains(address)) return true;
    if (own_.closed || !named_.empty()) return false;
    if (!others_.empty()) return others_.contains(address);
    return own_.name.empty();
  }

  void settle() {
    for (Application& application : discovered_.applications) {
      for (Source& source : application.sources) settle_origin(source);
      settle_path(application);
    }
  }

  void settle_origin(Source& source) const {
    if (source.origin != Origin::here) return;
    const bool is_other = !is_own(source.repo_url);
    if (!is_other && own_.is_default(source.target_revision)) return;
    // The sources that lend files alone name no directory that could be looked for.
    source.origin = Origin::elsewhere;
    if (is_other) return;
    source.unsupported.push_back("the revision '" + source.target_revision + "' of this repository (" +
                                 redact_url(source.repo_url) + ") is not the default branch '" + own_.branch +
                                 "', so what it applies cannot be shown");
  }

  void settle_path(Application& application) const {
    for (const Source& source : application.sources) {
      if (source.origin != Origin::here || source.only_ref) continue;
      application.path = source.path;
      application.kind = source.kind;
      application.recurse = source.kind == SourceKind::directory && source.directory.recurse;
      return;
    }
    application.kind = application.sources.front().kind;
    for (const std::string& file : value_files(application)) {
      application.path = manifest::parent_directory(file);
      return;
    }
  }

  std::vector<std::string> value_files(const Application& application) const {
    std::vector<std::string> files;
    for (const Source& source : application.sources) {
      for (const std::string& written : source.helm.value_files) {
        const HelmFile file = resolve_helm_file(application, source, written);
        if (file.place == HelmFile::Place::here && index_.has_file(file.path)) files.push_back(file.path);
      }
    }
    return files;
  }

  /// Whether a declared application's own directories or value files already are what a directory is for.
  bool is_covered(const std::string& directory) const {
    const auto covers = [&](const Application& application) {
      const auto by_source = [&](const Source& source) {
        if (source.origin != Origin::here || source.only_ref) return false;
        const bool recursive =
            (source.directory.recurse && source.kind == SourceKind::directory) || source.flux.generates;
        return manifest::is_at_or_below(source.path, directory) ||
               (recursive && manifest::is_at_or_below(directory, source.path));
      };
      const auto files = value_files(application);
      return std::any_of(application.sources.begin(), application.sources.end(), by_source) ||
             std::any_of(files.begin(), files.end(),
                         [&](const std::string& file) { return manifest::is_at_or_below(file, directory); });
    };
    const auto& found = discovered_.applications;
    return std::any_of(found.begin(), found.end(), covers);
  }

  Result<void> add_services(const std::vector<std::string>& directories) {
    std::vector<std::string> uncovered;
    for (const std::string& directory : directories) {
      if (index_.has_directory(directory) && !is_covered(directory)) uncovered.push_back(directory);
    }
    if (uncovered.empty()) return {};
    TRY(const auto kustomized, kustomized_directories());
    for (const std::string& directory : uncovered) {
      if (kustomized.contains(directory)) continue;
      Application application;
      application.name = directory;
      application.path = directory;
      application.kind = source_kind_of(index_, directory);
      application.recurse = true;
      discovered_.applications.push_back(std::move(application));
    }
    return {};
  }

  /// What kustomizations of the declared applications already apply.
  Result<std::set<std::string>> kustomized_directories() const {
    std::set<std::string> directories;
    for (const Application& application : discovered_.applications) {
      for (const Source& source : application.sources) {
        if (source.kind != SourceKind::kustomize || source.origin != Origin::here) continue;
        auto inputs = inputs_of(index_, application, source);
        if (!inputs && inputs.error().kind != ErrorKind::invalid) return tl::unexpected<Error>(inputs.error());
        if (inputs) directories.merge(inputs->directories);
      }
    }
    return directories;
  }

  const TreeIndex& plain_;  ///< for what is looked through in any case
  const TreeIndex index_;
  TreeReads& reads_;
  DeclarationScreen* screen_;
  const std::vector<Cluster>& clusters_;
  FluxObjects flux_;
  std::vector<std::pair<std::string, yaml::Node>> sets_;  ///< path, object
  Discovered discovered_;
  const OwnRepository& own_;
  std::set<std::string> named_;   ///< addresses in use for what is here that end with the repository's name
  std::set<std::string> others_;  ///< the others in use
};

}  // namespace

std::string_view to_string(SourceKind kind) {
  switch (kind) {
    case SourceKind::directory:
      return "directory";
    case SourceKind::kustomize:
      return "kustomize";
    case SourceKind::helm:
      return "helm";
  }
  return "";
}

std::vector<Source> sources_of(const Application& application) {
  if (!application.sources.empty()) return application.sources;
  Source source;
  source.kind = application.kind;
  source.path = application.path;
  source.directory.recurse = application.recurse;
  return {std::move(source)};
}

Result<Discovered> discover_applications(const git::FileTree& tree, const std::vector<std::string>& service_directories,
                                         DeclarationScreen* screen, const std::vector<Cluster>& clusters) {
  TRY(const TreeIndex index, TreeIndex::create(tree));
  TreeReads reads;
  return discover(index, {service_directories, clusters, {}}, screen, reads);
}

Result<Discovered> discover(const TreeIndex& index, const Survey::Question& question, DeclarationScreen* screen,
                            TreeReads& reads) {
  return Discovery(index, screen, question.clusters, question.own, reads).run(question.service_directories);
}

Result<Discovered> discover_rendered(const TreeIndex& index, const Application& parent,
                                     const std::vector<const yaml::Node*>& objects,
                                     const std::vector<Application>& known, const std::vector<Cluster>& clusters,
                                     const OwnRepository& own, ExpansionBudget& budget) {
  TreeReads reads;
  return Discovery(index, nullptr, clusters, own, reads).run(parent, objects, known, budget);
}

bool may_declare(const git::TreeEntry& entry) {
  return git::is_regular(entry.mode) && manifest::is_manifest_file(entry.path) &&
         !manifest::is_kustomization_file(entry.path);
}

TextHints& TextHints::operator|=(const TextHints& other) {
  group = group || other.group;
  kind = kind || other.kind;
  repository = repository || other.repository;
  return *this;
}

TextHints hints_of(std::string_view text) {
  const manifest::Wording wording(text);
  return {wording.may_say(kArgoGroup), wording.may_say("Application"), wording.may_say("repoURL")};
}

bool declares_applications(std::string_view text) {
  const manifest::Wording wording(text);
  return (wording.may_say(kArgoGroup) && wording.may_say("Application")) || wording.may_say(kFluxGroups) ||
         text.starts_with(manifest::kLfsPointer);
}

Result<std::vector<Application>> affected_applications(const git::FileTree& tree,
                                                       const std::vector<Application>& applications,
                                                       const std::vector<std::string>& changed_paths) {
  TRY(const TreeIndex index, TreeIndex::create(tree));
  std::vector<Application> affected;
  for (const Application& application : applications) {
    TRY(const auto inputs, ApplicationInputs::of(index, application));
    if (inputs.touched_by(application, changed_paths)) affected.push_back(application);
  }
  return affected;
}

}  // namespace towline::discovery
