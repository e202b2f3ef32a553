#include "render/kustomize_remotes.h"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/text.h"
#include "discovery/inputs.h"
#include "git/file_tree.h"
#include "manifest/paths.h"
#include "render/allowed_fetch.h"
#include "render/kustomize.h"
#include "render/kustomize_references.h"
#include "yaml/node.h"

namespace towline::render {
namespace {

constexpr std::size_t kMostRemotes = 32;
constexpr std::size_t kMostDeep = 6;
/// What is fetched lies under names that begin so; the repository has none of them.
constexpr std::string_view kCopies = ".towline-remote-";

/// A kustomization to look at.
struct Place {
  std::size_t file;                ///< among all files
  std::string root;                ///< of the repository that it is in: "" or the directory of the copy
  std::string shown;               ///< what it is called in its repository
  manifest::ManifestProblem from;  ///< the line of the application that led here
  std::vector<std::string> chain;  ///< the addresses by way of which
};

/// A copy of a repository's directory, or why there is none.
struct Copy {
  std::string directory;  ///< with the kustomization
  std::string refusal;
};

/// From one directory to a path, both below the same root.
std::string relative(std::string_view from, std::string_view to) {
  const auto path = std::filesystem::path("/" + std::string(to)).lexically_relative("/" + std::string(from));
  return path.generic_string();
}

/// Whether kustomize would take it for a file of resources, and not look for a repository then.
bool holds_resources(const std::string& text) {
  const auto documents = yaml::parse(text);
  return documents && std::all_of(documents->begin(), documents->end(), [](const yaml::Document& document) {
           return document.root.is_null() ||
                  (document.root.find("kind") != nullptr && document.root.find("apiVersion") != nullptr);
         });
}

class Localizer {
 public:
  Localizer(std::vector<LoadedFile> files, const RemoteRules& rules)
      : rules_(rules), until_(std::chrono::steady_clock::now() + rules.deadline) {
    result_.files = std::move(files);
    result_.own = result_.files.size();
  }

  Result<Localized> run() {
    for (std::size_t i = 0; i < result_.files.size(); ++i) {
      const LoadedFile& file = result_.files[i];
      if (file.path.find(kCopies) != std::string::npos) {
        result_.problems.push_back({file.path, 0, reserved(file.path)});
        return std::move(result_);
      }
      if (!file.link && manifest::is_kustomization_file(file.path)) waiting_.push_back({i, "", file.path, {}, {}});
    }
    for (; !waiting_.empty() && result_.problems.empty(); waiting_.pop_front()) CHECK_OK(look_at(waiting_.front()));
    if (result_.fetched && annotated_) result_.problems.push_back(*annotated_);
    return std::move(result_);
  }

 private:
  /// What kustomize would write of where things come from is of our copies.
  void note_annotations(const Place& place, const yaml::Node& root) {
    const yaml::Node* metadata = root.find("buildMetadata");
    if (metadata == nullptr) return;
    for (const yaml::Node& item : metadata->items) {
      if (item.text() != "originAnnotations" && item.text() != "transformerAnnotations") continue;
      annotated_ = {
          place.shown, item.line,
          "'" + std::string(item.text()) +
              "' of what is fetched from elsewhere is not rendered by this version; leave it out, or put copies "
              "into this repository"};
    }
  }

  Result<void> look_at(const Place& place) {
    const auto documents = yaml::parse(result_.files[place.file].text);
    if (!documents || documents->size() != 1) return {};
    TRY(yaml::Node root, yaml::expand(documents->front().root));
    if (place.root.empty()) note_annotations(place, root);
    bool changed = false;
    Result<void> outcome;
    for_each_reference(root, [&](const Reference& reference) {
      if (!outcome || !result_.problems.empty() || reference.target.empty()) return;
      if (!is_remote(reference.target)) return check_inside(place, reference);
      auto local = bring(place, reference);
      if (!local) {
        outcome = tl::unexpected(std::move(local).error());
      } else if (!local->empty()) {
        reference.node.value = *local;
        reference.node.style = yaml::ScalarStyle::double_quoted;
        changed = true;
      }
    });
    CHECK_OK(outcome);
    if (changed) result_.files[place.file].text = yaml::emit(root);
    return {};
  }

  std::string directory_of(const Place& place) const {
    return std::string(manifest::parent_directory(result_.files[place.file].path));
  }

  /// The repositories' copies lie beside the application's files, of which they are to see nothing.
  void check_inside(const Place& place, const Reference& reference) {
    if (place.root.empty() || reference.target.find('\n') != std::string_view::npos) return;
    const auto path = manifest::resolve(directory_of(place), reference.target);
    if (path && manifest::is_at_or_below(*path, place.root)) return;
    refuse(place, reference,
           "'" + shown_address(reference.target) + "' leads out of its repository, which is not done");
  }

  /// What is to stand in place of the address; "" when it is refused.
  Result<std::string> bring(const Place& place, const Reference& reference) {
    const std::string address(reference.target);
    if (place.chain.size() == kMostDeep) {
      refuse(place, reference,
             "'" + shown_address(address) + "' is " + plural(kMostDeep, "step") +
                 " away from this repository; none is fetched from further away");
      return "";
    }
    if (reference.kind == ReferenceKind::file || reference.kind == ReferenceKind::keyed_file) {
      auto text = fetch(address);
      if (text) return keep_file(place, reference, *std::move(text));
      return refused(place, reference, text.error().message);
    }
    std::string no_file;
    if (reference.kind == ReferenceKind::resource) {
      auto text = fetch(address);
      if (text && holds_resources(*text)) return keep_file(place, reference, *std::move(text));
      no_file = text ? "what is there is no resource" : text.error().message;
    }
    const auto base = parse_remote_base(address);
    if (!base) return refused(place, reference, no_file.empty() ? "it names no repository" : no_file);
    TRY(const Copy copy, copy_of(place, reference, *base));
    if (!copy.refusal.empty()) {
      return refused(place, reference, copy.refusal + (no_file.empty() ? "" : " (as a file: " + no_file + ")"));
    }
    return relative(directory_of(place), copy.directory);
  }

  Result<std::string> fetch(const std::string& address) {
    const auto known = texts_.find(address);
    if (known != texts_.end()) return known->second;
    if (++remotes_ > kMostRemotes) return fail(ErrorKind::invalid, too_many());
    const auto web = parse_web_address(address);
    if (!web) return fail(ErrorKind::invalid, "it is no address that could be asked");
    TRY(std::string text,
        fetch_allowed(*web, rules_.max_bytes - bytes_, {rules_.allowed_hosts, rules_.max_bytes, time_left()}));
    bytes_ += text.size();
    return texts_.emplace(address, std::move(text)).first->second;
  }

  std::string keep_file(const Place& place, const Reference& reference, std::string text) {
    const std::string directory = directory_of(place);
    std::string name = std::string(kCopies) + std::to_string(++copies_) + ".yaml";
    result_.files.push_back({directory.empty() ? name : directory + "/" + name, std::move(text), false});
    result_.fetched = true;
    if (reference.kind != ReferenceKind::keyed_file) return name;
    const std::string_view written = reference.node.text();
    const std::size_t equals = written.find('=');
    const std::string key(equals == std::string_view::npos ? manifest::base_name(reference.target)
                                                           : written.substr(0, equals));
    return key + "=" + name;
  }

  Result<Copy> copy_of(const Place& place, const Reference& reference, const RemoteBase& base) {
    const std::string checkout = base.repository + "?" + base.revision;
    const auto known = checkouts_.find(checkout);
    if (known == checkouts_.end()) {
      if (++remotes_ > kMostRemotes) return Copy{"", too_many()};
      TRY(TemporaryDirectory scratch, TemporaryDirectory::create("towline-remote-"));
      const auto directory = scratch.path() / "files";
      const auto fetched =
          check_out_remote(base.repository, base.revision.empty() ? "HEAD" : base.revision, directory,
                           {rules_.max_bytes - bytes_, time_left(), rules_.search_path, rules_.sandbox});
      if (!fetched && fetched.error().kind == ErrorKind::internal) return tl::unexpected(fetched.error());
      if (!fetched) return Copy{"", fetched.error().message};
      const std::string root = std::string(kCopies) + std::to_string(++copies_);
      checkouts_.emplace(checkout, Checkout{std::move(scratch), root, {}});
    }
    return add_files(place, reference, base, checkouts_.at(checkout));
  }

  struct Checkout {
    TemporaryDirectory scratch;
    std::string root;             ///< of its files among the application's
    std::set<std::string> added;  ///< files that are there already
  };

  /// Adds what the kustomization of the directory reads.
  Result<Copy> add_files(const Place& place, const Reference& reference, const RemoteBase& base, Checkout& checkout) {
    const git::DirectoryTree tree(checkout.scratch.path() / "files");
    const auto index = discovery::TreeIndex::create(tree);
    if (!index) return Copy{"", index.error().message};
    if (index->kustomization_of(base.directory).empty()) {
      return Copy{"",
                  (base.directory.empty() ? "it" : "its directory '" + base.directory + "'") + " has no kustomization"};
    }
    const auto inputs = discovery::collect_kustomize_inputs(*index, base.directory);
    if (!inputs) return Copy{"", inputs.error().message};
    const SourceFiles wanted = find_files(*index, *inputs);
    for (const manifest::ManifestProblem& problem : wanted.problems)
      return Copy{"", problem.path + ": " + problem.message};
    std::vector<LoadedFile> added;
    for (const git::TreeEntry& entry : wanted.files) {
      if (!checkout.added.insert(entry.path).second) continue;
      if (entry.path.find(kCopies) != std::string::npos) return Copy{"", reserved(entry.path)};
      const bool link = entry.mode == git::FileMode::symlink;
      if (link) {
        // One that leads out of its repository would lead to what lies beside the copy.
        TRY(const auto followed, index->follow(entry.path));
        if (!followed) continue;
      }
      TRY(std::string text, tree.read(entry.path));
      bytes_ += text.size();
      if (bytes_ > rules_.max_bytes) {
        return Copy{"", "all that is fetched is larger than the limit of " + plural(rules_.max_bytes, "byte")};
      }
      added.push_back({checkout.root + "/" + entry.path, std::move(text), link});
    }
    const std::string refusal = inspect(added, checkout.root);
    if (!refusal.empty()) return Copy{"", refusal};
    for (LoadedFile& file : added) add(place, reference, checkout.root, std::move(file));
    result_.fetched = true;
    return Copy{base.directory.empty() ? checkout.root : checkout.root + "/" + base.directory, ""};
  }

  void add(const Place& place, const Reference& reference, const std::string& root, LoadedFile file) {
    const std::string shown = file.path.substr(root.size() + 1);
    const bool kustomization = !file.link && manifest::is_kustomization_file(file.path);
    result_.files.push_back(std::move(file));
    if (!kustomization) return;
    std::vector<std::string> chain = place.chain;
    chain.push_back(shown_address(reference.target));
    waiting_.push_back({result_.files.size() - 1, root, shown, origin(place, reference), std::move(chain)});
  }

  /// The rules for the application's own kustomizations, for those that were fetched.
  std::string inspect(const std::vector<LoadedFile>& files, const std::string& root) const {
    const Inspection inspection = inspect_kustomizations(files, rules_.allowed_hosts);
    if (inspection.problems.empty()) return "";
    const manifest::ManifestProblem& first = inspection.problems.front();
    return "its " + first.path.substr(root.size() + 1) + ", line " + std::to_string(first.line) + ": " + first.message;
  }

  static manifest::ManifestProblem origin(const Place& place, const Reference& reference) {
    return place.chain.empty() ? manifest::ManifestProblem{place.shown, reference.node.line, ""} : place.from;
  }

  std::string refused(const Place& place, const Reference& reference, const std::string& why) {
    refuse(place, reference, "'" + shown_address(reference.target) + "' cannot be fetched: " + why);
    return "";
  }

  void refuse(const Place& place, const Reference& reference, const std::string& why) {
    manifest::ManifestProblem problem = origin(place, reference);
    if (!place.chain.empty()) {
      problem.message = "by way of '" + join(place.chain, "', '") + "' (" +
                        printable_utf8(ellipsize(place.shown, 200)) + ", line " + std::to_string(reference.node.line) +
                        "): ";
    }
    problem.message += why;
    result_.problems.push_back(std::move(problem));
  }

  static std::string reserved(std::string_view path) {
    return "names that begin with '" + std::string(kCopies) + "' are for copies of what is fetched; rename '" +
           printable_utf8(ellipsize(path, 200)) + "'";
  }

  static std::string too_many() {
    return "more than " + std::to_string(kMostRemotes) + " addresses would be fetched for one application";
  }

  std::chrono::milliseconds time_left() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until_ - std::chrono::steady_clock::now());
    return std::max(left, std::chrono::milliseconds{1});
  }

  const RemoteRules& rules_;
  const std::chrono::steady_clock::time_point until_;
  Localized result_;
  std::deque<Place> waiting_;
  std::optional<manifest::ManifestProblem> annotated_;
  std::map<std::string, std::string> texts_;  ///< by address
  std::map<std::string, Checkout> checkouts_;
  std::size_t bytes_ = 0;
  std::size_t remotes_ = 0;
  std::size_t copies_ = 0;
};

}  // namespace

Result<Localized> localize_remotes(std::vector<LoadedFile> files, const RemoteRules& rules) {
  return Localizer(std::move(files), rules).run();
}

}  // namespace towline::render
