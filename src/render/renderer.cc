#include "render/renderer.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "discovery/environment.h"
#include "discovery/inputs.h"
#include "git/file_tree.h"
#include "render/charts/chart_scan.h"
#include "render/elsewhere.h"
#include "render/helm.h"
#include "render/kustomize.h"
#include "render/plain.h"
#include "render/toolbox.h"

namespace towline::render {
namespace {

/// Parts that cannot run into each other: each with its length.
std::string key_of(const std::vector<std::string>& parts) {
  std::string key;
  for (const std::string& part : parts) key += std::to_string(part.size()) + ":" + part;
  return key;
}

void add_all(std::vector<std::string>& parts, const std::vector<discovery::NamedText>& pairs) {
  parts.push_back(std::to_string(pairs.size()));
  for (const auto& [name, value] : pairs) parts.insert(parts.end(), {name, value});
}

void add_all(std::vector<std::string>& parts, const std::vector<discovery::ValuesReference>& references) {
  parts.push_back(std::to_string(references.size()));
  for (const auto& reference : references) {
    parts.insert(parts.end(), {reference.kind, reference.name, reference.key, reference.target_path,
                               reference.optional ? "optional" : ""});
  }
}

void add_flux(std::vector<std::string>& parts, const discovery::FluxOptions& flux) {
  parts.insert(parts.end(), {flux.applies ? "applies" : "", flux.generates ? "generates" : "",
                             flux.substitutes ? "substitutes" : ""});
  parts.push_back(flux.lookup_directory);
  add_all(parts, flux.substitute);
  add_all(parts, flux.labels);
  add_all(parts, flux.annotations);
  add_all(parts, flux.substitute_from);
  add_all(parts, flux.values_from);
}

Rendered with_problem(const discovery::Application& application, std::string message) {
  return {{}, {problem_of(application, std::move(message))}};
}

/// Of several with the same key the last one, as the in-cluster sync takes it.
void keep_last(std::vector<manifest::Resource>& resources) {
  std::stable_sort(resources.begin(), resources.end(),
                   [](const manifest::Resource& a, const manifest::Resource& b) { return a.key < b.key; });
  const auto first =
      std::unique(resources.rbegin(), resources.rend(), [](const auto& a, const auto& b) { return a.key == b.key; });
  resources.erase(resources.begin(), first.base());
}

}  // namespace

struct Renderer::State {
  explicit State(Options given)
      : options(std::move(given)),
        sandbox(choose_confinement(options.sandbox, options.search_path)),
        charts({options.chart_cache, options.allowed_hosts, options.search_path, options.limits.deadline, sandbox}),
        disk(options.disk_cache, options.max_disk_cache_bytes),
        runs(std::max<std::size_t>(1, options.limits.max_side_by_side)),
        warm(sandbox == Confinement::bubblewrap ? options.warm_sandboxes : 0,
             [this] {
               return stand_by(options, Confinement::bubblewrap,
                               [this](const Workspace& workspace) { return kustomize_build(options, workspace); });
             }),
        toolbox{options, sandbox, charts, disk, runs, warm},
        cache(options.cache_entries) {}

  Result<Rendered> source(const git::Repository& repository, const CommitId& commit, const discovery::TreeIndex& index,
                          const discovery::Application& application, const discovery::Source& source) {
    if (source.only_ref) return Rendered{};
    TRY(const auto followed, index.follow(source.path));
    const Job job{repository, commit, index, application, source, followed ? followed->path : source.path};
    Rendered rendered;
    if (source.origin == discovery::Origin::elsewhere) {
      if (source.unsupported.empty()) {
        TRY(rendered, elsewhere(job));
      }
    } else {
      TRY(rendered, local(job));
    }
    for (const std::string& sentence : source.unsupported) {
      rendered.problems.push_back(problem_of(application, sentence));
    }
    return rendered;
  }

  Result<Rendered> elsewhere(const Job& job) {
    const auto brought = bring_here(toolbox, job);
    if (!brought) {
      if (brought.error().kind == ErrorKind::internal) return tl::unexpected<Error>(brought.error());
      return with_problem(job.application, brought.error().message + "; " + redact_url(job.source.repo_url) +
                                               " is not known as an address of this repository");
    }
    const git::CommitTree tree(brought->repository, brought->commit);
    TRY(const auto index, discovery::TreeIndex::create(tree));
    return source(brought->repository, brought->commit, index, brought->application,
                  brought->application.sources.front());
  }

  Result<Rendered> local(const Job& job) {
    const discovery::Source& source = job.source;
    if (source.origin == discovery::Origin::here) {
      if (auto refused = missing_directory(job)) return *std::move(refused);
      if (auto problem = discovery::irregular_marker(job.index, job.directory))
        return Rendered{{}, {*std::move(problem)}};
    }
    const auto inputs = discovery::inputs_of(job.index, job.application, source);
    if (!inputs) {
      if (inputs.error().kind != ErrorKind::invalid) return tl::unexpected<Error>(inputs.error());
      return with_problem(job.application, inputs.error().message);
    }
    SourceFiles files = find_files(job.index, *inputs, source.flux.applies);
    add_submodules(job, files);
    switch (source.kind) {
      case discovery::SourceKind::directory:
        return directory(job, files);
      case discovery::SourceKind::kustomize:
        return kustomize(job, files);
      case discovery::SourceKind::helm:
        return helm(job, files);
    }
    return Rendered{};
  }

  /// Argo CD checks them out, and reads what is below a directory with recurse, and a whole chart. A kustomization
  /// names what it reads, and kustomize fails where that is not there.
  static void add_submodules(const Job& job, SourceFiles& files) {
    const discovery::Source& source = job.source;
    const bool reads_all = source.kind == discovery::SourceKind::helm || source.directory.recurse;
    if (source.origin != discovery::Origin::here || source.kind == discovery::SourceKind::kustomize || !reads_all)
      return;
    for (const git::TreeEntry& entry : job.index.below(job.directory)) {
      if (entry.mode != git::FileMode::submodule) continue;
      files.problems.push_back(
          {entry.path, 0, "this is a Git submodule, whose files are not read, so what they apply is not shown"});
    }
  }

  /// What there is to say of a directory that is none; nullopt when it is one.
  static std::optional<Rendered> missing_directory(const Job& job) {
    if (job.index.has_directory(job.directory)) {
      const bool by_link = job.directory != job.source.path;
      if (by_link && job.source.flux.applies) {
        return with_problem(job.application, "this is a symbolic link, which Flux leaves out, so nothing is applied");
      }
      if (!by_link || job.source.kind != discovery::SourceKind::directory) return std::nullopt;
      return with_problem(job.application, "this is no directory (links are not followed), so nothing is rendered");
    }
    if (job.index.entry(job.directory) != nullptr) {
      return with_problem(job.application, "this is no directory (links are not followed), so nothing is rendered");
    }
    if (job.application.declared_in.empty()) return Rendered{};
    Rendered rendered;
    rendered.problems.push_back({job.application.declared_in, 0,
                                 "the directory '" + job.source.path + "' of the application '" + job.application.name +
                                     "' does not exist here, so the cluster keeps what it has; remove the application "
                                     "too, or mend its path"});
    return rendered;
  }

  Result<Rendered> directory(const Job& job, const SourceFiles& files) {
    const discovery::DirectoryOptions& wanted = job.source.directory;
    const std::string key =
        key_of({"directory", files.fingerprint, job.source.path, job.application.ns, wanted.recurse ? "recurse" : "",
                wanted.include, wanted.exclude, job.application.declared_in.empty() ? "" : "declared"});
    return cache.get(key, [&] { return render_directory(job, files, options.limits); });
  }

  /// What was rendered without a sandbox is not to be taken for what was rendered in one.
  std::string sandbox_name() const { return sandbox ? std::string(to_string(*sandbox)) : "none"; }

  Result<Rendered> kustomize(const Job& job, const SourceFiles& files) {
    std::vector<std::string> parts = {
        "kustomize",     sandbox_name(),     program_identity(options.kustomize_program, options.search_path),
        job.source.path, job.application.ns, files.fingerprint};
    for (const auto& edit : kustomize_edits(job)) parts.push_back(key_of(edit));
    parts.push_back(job.source.kustomize.patches);
    parts.push_back(key_of(job.source.kustomize.components));
    parts.emplace_back(job.source.kustomize.ignore_missing_components ? "ignore" : "");
    parts.push_back(key_of(options.allowed_hosts));
    add_flux(parts, job.source.flux);
    const std::string key = key_of(parts);
    return cache.get(key, [&] { return render_kustomize(toolbox, job, files, key); });
  }

  Result<Rendered> helm(const Job& job, const SourceFiles& files) {
    TRY(const ChartNeeds needs, find_needs(toolbox, job));
    // With places in place of paths: the same for every run. What they lead to is in the fingerprints.
    const HelmCommand command = helm_command(toolbox, job, "repository", "chart", "");
    std::vector<std::string> parts = {"helm",
                                      sandbox_name(),
                                      program_identity(options.helm_program, options.search_path),
                                      job.source.path,
                                      job.application.ns,
                                      files.fingerprint,
                                      needs.fingerprint,
                                      job.source.helm.values};
    parts.push_back(key_of(job.source.helm.value_files));
    parts.push_back(key_of(command.arguments));
    parts.push_back(key_of(command.problems));
    parts.push_back(key_of(needs.problems));
    parts.push_back(job.application.name);
    add_flux(parts, job.source.flux);
    const std::string key = key_of(parts);
    return cache.get(key, [&]() -> Result<Outcome> {
      TRY(Outcome outcome, render_helm(toolbox, job, files, needs, key));
      TRY(outcome.rendered.uses, scan_chart(toolbox, job, files, needs));
      return outcome;
    });
  }

  const Options options;
  const std::optional<Confinement> sandbox;  ///< nullopt: no program is run
  const ChartCache charts;
  DiskCache disk;
  ConcurrencyLimit runs;
  WarmSandboxes warm;
  const Toolbox toolbox;
  RenderCache cache;
};

Renderer::Renderer(Options options) : state_(std::make_unique<State>(std::move(options))) {
  if (const std::string note = sandbox_note(); !note.empty()) log::warn(note);
}
Renderer::~Renderer() = default;

Result<Rendered> Renderer::render(const git::Repository& repository, const CommitId& commit,
                                  const discovery::Application& application) {
  return answer(repository, {commit, &application});
}

Result<Rendered> Renderer::answer(const git::Repository& repository, const Request& request) {
  const auto& [commit, wanted, files] = request;
  const discovery::Application& application = *wanted;
  auto listing = files;
  if (listing == nullptr) {
    TRY(listing, discovery::TreeListing::of(git::CommitTree(repository, commit)));
  }
  const git::BlobTree tree(repository);
  const discovery::TreeIndex index(tree, std::move(listing));
  Rendered all;
  for (const discovery::Source& source : discovery::sources_of(application)) {
    TRY(Rendered rendered, state_->source(repository, commit, index, application, source));
    std::move(rendered.resources.begin(), rendered.resources.end(), std::back_inserter(all.resources));
    std::move(rendered.problems.begin(), rendered.problems.end(), std::back_inserter(all.problems));
    std::move(rendered.uses.begin(), rendered.uses.end(), std::back_inserter(all.uses));
  }
  if (application.sources.size() > 1) keep_last(all.resources);
  return all;
}

Result<std::vector<Rendered>> Renderer::render_all(const git::Repository& repository,
                                                   const std::vector<Request>& requests) {
  std::vector<Result<Rendered>> results(requests.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&](const git::Repository& opened) {
    for (std::size_t i = next++; i < requests.size(); i = next++) {
      results[i] = answer(opened, requests[i]);
    }
  };
  // An opened repository serves one thread.
  std::vector<std::future<Result<void>>> helpers;
  const std::size_t threads = std::min(requests.size(), state_->options.limits.max_side_by_side);
  for (std::size_t i = 1; i < threads; ++i) {
    helpers.push_back(std::async(std::launch::async, [&]() -> Result<void> {
      TRY(const auto opened, git::Repository::open(repository.path()));
      work(opened);
      return {};
    }));
  }
  work(repository);
  for (auto& helper : helpers) CHECK_OK(helper.get());
  std::vector<Rendered> all;
  for (auto& result : results) {
    TRY(Rendered rendered, std::move(result));
    all.push_back(std::move(rendered));
  }
  return all;
}

std::string Renderer::sandbox_note() const {
  return state_->options.sandbox == ConfinementRule::limits_only ? limits_only_note() : "";
}

Renderer::Counters Renderer::counters() const {
  Counters counters = state_->cache.counters();
  counters.warm = state_->warm.taken();
  counters.standing_by = state_->warm.standing();
  return counters;
}

}  // namespace towline::render
