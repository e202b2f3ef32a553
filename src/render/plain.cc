#include "render/plain.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "manifest/documents.h"
#include "manifest/paths.h"
#include "render/glob.h"
#include "render/toolbox.h"

namespace towline::render {
namespace {

/// Files with this text anywhere in them are left alone by Argo CD (docs/user-guide/directory.md).
constexpr std::string_view kSkipMarker = "+argocd:skip-file-rendering";

bool is_rendered_name(std::string_view path) {
  return path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json") || path.ends_with(".jsonnet");
}

void append(manifest::ParsedManifests parsed, Rendered& rendered) {
  std::move(parsed.resources.begin(), parsed.resources.end(), std::back_inserter(rendered.resources));
  std::move(parsed.problems.begin(), parsed.problems.end(), std::back_inserter(rendered.problems));
}

/// Argo CD passes over YAML that it cannot decode as objects if these words are not all there.
bool looks_like_manifest(std::string_view text) {
  const auto has = [&](std::string_view word) { return text.find(word) != std::string_view::npos; };
  return has("apiVersion:") && has("kind:") && has("metadata:");
}

/// Whether it is certain that the text is YAML without any object, such as the values of a chart.
bool holds_no_object(std::string_view path, std::string_view text) {
  const manifest::ParsedDocuments parsed = manifest::parse_documents(path, text);
  return parsed.problems.empty() && std::none_of(parsed.roots.begin(), parsed.roots.end(),
                                                 [](const yaml::Node& root) { return root.find("kind") != nullptr; });
}

class Directory {
 public:
  Directory(const Job& job, const RenderLimits& limits) : job_(job), limits_(limits) {}

  Result<Outcome> read(const SourceFiles& files) {
    outcome_.rendered.problems = files.problems;
    for (const git::TreeEntry& entry : files.files) {
      if (!manifest::is_at_or_below(entry.path, job_.directory) || !is_wanted(entry.path)) continue;
      TRY(const bool goes_on, read_file(entry));
      if (!goes_on) break;
    }
    finish(job_.application, limits_, outcome_.rendered);
    return std::move(outcome_);
  }

 private:
  bool is_wanted(std::string_view path) const {
    const discovery::DirectoryOptions& options = job_.source.directory;
    if (!is_rendered_name(path)) return false;
    if (!options.recurse && manifest::parent_directory(path) != job_.directory) return false;
    const std::string_view below = job_.directory.empty() ? path : path.substr(job_.directory.size() + 1);
    if (!options.exclude.empty() && matches_glob(options.exclude, below)) return false;
    return options.include.empty() || matches_glob(options.include, below);
  }

  void problem(const std::string& path, std::string message) {
    outcome_.rendered.problems.push_back({path, 0, std::move(message)});
  }

  /// The file that a link leads to; nullopt: there is none that Argo CD would read, or there is a problem with it.
  Result<std::optional<git::TreeEntry>> target_of(const git::TreeEntry& link) {
    TRY(const auto followed, job_.index.follow(link.path));
    if (!followed) return std::optional<git::TreeEntry>();  // out of the repository, which is a problem already
    for (std::string_view at = followed->path; !at.empty(); at = manifest::parent_directory(at)) {
      const git::TreeEntry* found = job_.index.entry(at);
      if (found == nullptr) continue;
      if (found->mode == git::FileMode::submodule) {
        problem(link.path, "this link leads into a Git submodule, whose files are not read");
      } else if (at == followed->path) {
        return std::optional(*found);
      }
      break;
    }
    return std::optional<git::TreeEntry>();
  }

  /// False when it is too much.
  Result<bool> read_file(const git::TreeEntry& written) {
    git::TreeEntry entry = written;
    if (entry.mode == git::FileMode::symlink) {
      TRY(const auto target, target_of(entry));
      if (!target) return true;
      entry.id = target->id;
    }
    if (entry.path.ends_with(".jsonnet")) {
      problem(entry.path, "Jsonnet is not supported, so what it applies is not shown");
      return true;
    }
    auto text = job_.repository.read_blob(entry.id);
    if (!text) {
      if (text.error().kind != ErrorKind::invalid) return tl::unexpected(std::move(text).error());
      problem(entry.path, text.error().message);
      return true;
    }
    bytes_ += text->size();
    if (bytes_ > limits_.max_output_bytes) {
      outcome_.rendered.problems.push_back(
          problem_of(job_.application, "the files of this application are larger than the limit of " +
                                           plural(limits_.max_output_bytes, "byte") + " together; split it"));
      return false;
    }
    if (text->find(kSkipMarker) != std::string::npos) return true;
    auto parsed = manifest::parse_manifests(entry.path, *text, job_.application.ns, null_items_of(job_));
    const bool foreign = !entry.path.ends_with(".json") && !job_.application.declared_in.empty() &&
                         parsed.resources.empty() && !looks_like_manifest(*text) && holds_no_object(entry.path, *text);
    if (!foreign) append(std::move(parsed), outcome_.rendered);
    return true;
  }

  const Job& job_;
  const RenderLimits& limits_;
  Outcome outcome_;
  std::size_t bytes_ = 0;
};

}  // namespace

manifest::ManifestProblem problem_of(const discovery::Application& application, std::string message) {
  return {application.path, 0, std::move(message)};
}

void finish(const discovery::Application& application, const RenderLimits& limits, Rendered& rendered) {
  const auto by_key = [](const manifest::Resource& a, const manifest::Resource& b) { return a.key < b.key; };
  std::stable_sort(rendered.resources.begin(), rendered.resources.end(), by_key);
  if (rendered.resources.size() <= limits.max_resources) return;
  const std::size_t count = rendered.resources.size();
  rendered.resources.erase(rendered.resources.begin() + static_cast<std::ptrdiff_t>(limits.max_resources),
                           rendered.resources.end());
  rendered.problems.push_back(problem_of(application, "this application has " + plural(count, "resource") +
                                                          ", more than the limit of " +
                                                          std::to_string(limits.max_resources) + "; split it"));
}

Result<Outcome> render_directory(const Job& job, const SourceFiles& files, const RenderLimits& limits) {
  return Directory(job, limits).read(files);
}

}  // namespace towline::render
