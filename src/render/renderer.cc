#include "render/renderer.h"

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/process.h"
#include "render/kustomize.h"
#include "render/plain.h"
#include "render/render_cache.h"

namespace towline::render {
namespace {

/// Parts that cannot run into each other: none holds a NUL.
std::string key_of(std::initializer_list<std::string_view> parts) {
  std::string key;
  for (const std::string_view part : parts) key += std::string(part) + '\0';
  return key;
}

/// Which program would run: another version is another file, so that its renders are not mixed with the old ones.
std::string program_identity(const Renderer::Options& options) {
  const std::filesystem::path program = find_program(options.kustomize_program, options.search_path);
  if (program.empty()) return "none";
  std::error_code error;
  const auto written = std::filesystem::last_write_time(program, error);
  const auto size = std::filesystem::file_size(program, error);
  return program.string() + " " + std::to_string(written.time_since_epoch().count()) + " " + std::to_string(size);
}

}  // namespace

struct Renderer::State {
  explicit State(Options given) : options(std::move(given)), cache(options.cache_entries) {}

  Result<Rendered> directory(const git::Repository& repository, const CommitId& commit,
                             const manifest::Application& application, const TreeId& tree) {
    const std::string key =
        key_of({"directory", tree.str(), application.path, application.ns, application.recurse ? "recurse" : ""});
    return cache.get(key, [&] { return render_directory(repository, commit, application, options.limits); });
  }

  Result<Rendered> kustomize(const git::Repository& repository, const CommitId& commit,
                             const manifest::Application& application) {
    auto files = find_kustomize_files(repository, commit, application.path);
    if (!files) {
      if (files.error().kind != ErrorKind::invalid) return tl::unexpected(std::move(files).error());
      return Rendered{{}, {problem_of(application, files.error().message)}};
    }
    const std::string key =
        key_of({"kustomize", program_identity(options), application.path, application.ns, files->fingerprint});
    return cache.get(key, [&] { return render_kustomize(repository, *files, application, options); });
  }

  const Options options;
  RenderCache cache;
};

Renderer::Renderer(Options options) : state_(std::make_unique<State>(std::move(options))) {}
Renderer::~Renderer() = default;

Result<Rendered> Renderer::render(const git::Repository& repository, const CommitId& commit,
                                  const manifest::Application& application) {
  TRY(const auto tree, repository.tree_at(commit, application.path));
  if (!tree) {
    TRY(const auto file, repository.entry(commit, application.path));
    if (!file) return Rendered{};
    return Rendered{{},
                    {problem_of(application, "this is no directory (links are not followed), so nothing is rendered")}};
  }
  switch (application.kind) {
    case manifest::SourceKind::directory:
      return state_->directory(repository, commit, application, *tree);
    case manifest::SourceKind::kustomize:
      return state_->kustomize(repository, commit, application);
    case manifest::SourceKind::helm:
      break;
  }
  return Rendered{{},
                  {problem_of(application,
                              "Helm charts are not rendered by this version, so what changes in this application is "
                              "not shown; look at the chart's own diff before merging")}};
}

Renderer::Counters Renderer::counters() const { return state_->cache.counters(); }

}  // namespace towline::render
