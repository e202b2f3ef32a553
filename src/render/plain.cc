#include "render/plain.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "manifest/paths.h"

namespace towline::render {
namespace {

/// Files with this text anywhere in them are left alone by Argo CD (docs/user-guide/directory.md).
constexpr std::string_view kSkipMarker = "+argocd:skip-file-rendering";

bool is_rendered_name(std::string_view path) {
  return path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json");
}

void append(manifest::ParsedManifests parsed, Rendered& rendered) {
  std::move(parsed.resources.begin(), parsed.resources.end(), std::back_inserter(rendered.resources));
  std::move(parsed.problems.begin(), parsed.problems.end(), std::back_inserter(rendered.problems));
}

}  // namespace

manifest::ManifestProblem problem_of(const manifest::Application& application, std::string message) {
  return {application.path, 0, std::move(message)};
}

void finish(const manifest::Application& application, const RenderLimits& limits, Rendered& rendered) {
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

Result<Outcome> render_directory(const git::Repository& repository, const CommitId& commit,
                                 const manifest::Application& application, const RenderLimits& limits) {
  TRY(const auto entries, repository.list(commit, application.path));
  Outcome outcome;
  std::size_t bytes = 0;
  for (const git::TreeEntry& entry : entries) {
    if (!is_rendered_name(entry.path)) continue;
    if (!application.recurse && manifest::parent_directory(entry.path) != application.path) continue;
    if (entry.mode == git::FileMode::symlink) {
      outcome.rendered.problems.push_back(
          {entry.path, 0, "this is a symbolic link, which is not followed; put the file itself here"});
      continue;
    }
    if (entry.mode == git::FileMode::submodule) continue;
    auto text = repository.read_blob(entry.id);
    if (!text) {
      if (text.error().kind != ErrorKind::invalid) return tl::unexpected(std::move(text).error());
      outcome.rendered.problems.push_back({entry.path, 0, text.error().message});
      continue;
    }
    bytes += text->size();
    if (bytes > limits.max_output_bytes) {
      outcome.rendered.problems.push_back(
          problem_of(application, "the files of this application are larger than the limit of " +
                                      plural(limits.max_output_bytes, "byte") + " together; split it"));
      break;
    }
    if (text->find(kSkipMarker) != std::string::npos) continue;
    append(manifest::parse_manifests(entry.path, *text, application.ns), outcome.rendered);
  }
  finish(application, limits, outcome.rendered);
  return outcome;
}

}  // namespace towline::render
