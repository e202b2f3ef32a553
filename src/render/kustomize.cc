#include "render/kustomize.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/text.h"
#include "discovery/environment.h"
#include "discovery/fields.h"
#include "manifest/paths.h"
#include "render/flux.h"
#include "render/kustomize_remotes.h"
#include "yaml/edit.h"
#include "yaml/node.h"

namespace towline::render {
namespace {

namespace fs = std::filesystem;
using discovery::NamedText;

void append(std::vector<std::string>& to, const std::vector<NamedText>& pairs, char separator) {
  for (const auto& [name, value] : pairs) {
    std::string pair = name;
    pair += separator;
    pair += value;
    to.push_back(std::move(pair));
  }
}

/// The file of the directory that kustomize reads; nullptr when it has none.
const LoadedFile* kustomization_in(const std::vector<LoadedFile>& files, const std::string& directory) {
  for (const std::string_view name : {"kustomization.yaml", "kustomization.yml", "Kustomization"}) {
    const std::string path = directory.empty() ? std::string(name) : directory + "/" + std::string(name);
    const auto found =
        std::find_if(files.begin(), files.end(), [&](const LoadedFile& file) { return file.path == path; });
    if (found != files.end()) return &*found;
  }
  return nullptr;
}

/// There is no `kustomize edit` for patches that are given whole: they are put behind those of the file in the
/// workspace, which edits may have changed.
Result<void> append_patches(Workspace& workspace, const std::string& directory, const std::string& name,
                            const std::string& patches) {
  TRY(const std::string text, read_file(workspace.root() / directory / name));
  TRY(const auto documents, yaml::parse(text));
  TRY(const auto added, yaml::parse(patches));
  if (documents.size() != 1 || added.size() != 1) {
    return fail(ErrorKind::invalid, "patches can be added only to a kustomization of one document");
  }
  TRY(yaml::Node root, yaml::expand(documents.front().root));
  TRY(yaml::Node more, yaml::expand(added.front().root));
  const auto is_patches = [](const auto& entry) { return entry.first.text() == "patches"; };
  const auto found = std::find_if(root.entries.begin(), root.entries.end(), is_patches);
  if (found != root.entries.end() && found->second.is_sequence()) {
    auto& items = found->second.items;
    items.insert(items.end(), more.items.begin(), more.items.end());
  } else {
    yaml::Node key;
    key.kind = yaml::NodeKind::scalar;
    key.value = "patches";
    if (found != root.entries.end()) root.entries.erase(found);
    root.entries.emplace_back(std::move(key), std::move(more));
  }
  return workspace.write(Workspace::Part::repository, directory, {{name, yaml::emit(root), false}});
}

/// The workspace of one build, and the program that may stand before it.
class Place {
 public:
  /// A warm one where there is one that fits.
  static Result<Place> find(const Toolbox& toolbox, const std::vector<LoadedFile>& files) {
    const auto medium = Workspace::medium_for(files);
    const Renderer::Options& options = toolbox.options;
    auto warm = toolbox.warm.take(program_identity(options.kustomize_program, options.search_path));
    if (warm && warm->workspace.suits(medium)) {
      return Place(toolbox, std::move(warm->workspace), std::move(warm->program));
    }
    TRY(Workspace workspace, Workspace::create(medium));
    return Place(toolbox, std::move(workspace), std::nullopt);
  }
  Place(Place&&) = default;
  ~Place() {
    if (workspace_.top().empty()) return;  // moved from
    held_.reset();
    toolbox_.warm.finished(std::move(workspace_));
  }

  Workspace& workspace() { return workspace_; }
  HeldProcess* held() { return held_ ? &*held_ : nullptr; }

 private:
  Place(const Toolbox& toolbox, Workspace workspace, std::optional<HeldProcess> held)
      : toolbox_(toolbox), workspace_(std::move(workspace)), held_(std::move(held)) {}

  const Toolbox& toolbox_;
  Workspace workspace_;
  std::optional<HeldProcess> held_;
};

class Build {
 public:
  Build(const Toolbox& toolbox, const Job& job, const Localized& local)
      : toolbox_(toolbox), job_(job), files_(local.files), own_(local.own) {}

  Result<ProgramResult> run() {
    auto result = build();
    // Files that cannot be written as they are named are the application's fault.
    if (!result && result.error().kind == ErrorKind::invalid) {
      return ProgramResult{{}, failed(job_, result.error().message, true)};
    }
    return result;
  }

 private:
  Result<ProgramResult> build() {
    TRY(Place place, Place::find(toolbox_, files_));
    Workspace& workspace = place.workspace();
    CHECK_OK(workspace.write(Workspace::Part::repository, "", files_));
    std::string name = "kustomization.yaml";
    if (const LoadedFile* kustomization = kustomization_in(files_, job_.directory)) {
      name = manifest::base_name(kustomization->path);
    } else if (job_.source.flux.generates) {
      CHECK_OK(workspace.write(Workspace::Part::repository, job_.directory,
                               {{name, generated_kustomization(job_.directory, own_files()), false}}));
    }
    CHECK_OK(workspace.check_inside(Workspace::Part::repository, job_.source.path));
    const fs::path directory = workspace.root() / job_.source.path;
    for (std::vector<std::string>& arguments : kustomize_edits(job_)) {
      TRY(ProgramResult edited,
          run_program(toolbox_, job_, workspace,
                      {toolbox_.options.kustomize_program, std::move(arguments), directory, true}, files_));
      if (edited.failure) return edited;
    }
    if (!job_.source.kustomize.patches.empty()) {
      const auto appended = append_patches(workspace, job_.directory, name, job_.source.kustomize.patches);
      if (!appended) return ProgramResult{{}, failed(job_, appended.error().message, true)};
    }
    CHECK_OK(add_components(workspace, directory));
    if (failure_) return ProgramResult{{}, *std::move(failure_)};
    CHECK_OK(workspace.choose(job_.source.path));
    return run_program(toolbox_, job_, workspace, kustomize_build(toolbox_.options, workspace), files_, place.held());
  }

  std::vector<LoadedFile> own_files() const {
    return {files_.begin(), files_.begin() + static_cast<std::ptrdiff_t>(own_)};
  }

  /// After the patches, as Argo CD does it.
  Result<void> add_components(const Workspace& workspace, const fs::path& directory) {
    std::vector<std::string> arguments = {"edit", "add", "component", "--"};
    const std::size_t none = arguments.size();
    for (const std::string& component : job_.source.kustomize.components) {
      const auto path = manifest::resolve(job_.directory, component);
      if (!path) {
        return fail(ErrorKind::invalid,
                    "the component '" + printable_utf8(ellipsize(component, 200)) + "' leads out of the repository");
      }
      const bool there = job_.index.has_directory(*path);
      if (there || !job_.source.kustomize.ignore_missing_components) arguments.push_back(component);
    }
    if (arguments.size() == none) return {};
    TRY(ProgramResult edited,
        run_program(toolbox_, job_, workspace,
                    {toolbox_.options.kustomize_program, std::move(arguments), directory, true}, files_));
    failure_ = std::move(edited.failure);
    return {};
  }

  const Toolbox& toolbox_;
  const Job& job_;
  const std::vector<LoadedFile>& files_;
  const std::size_t own_;
  std::optional<Outcome> failure_;
};

/// The components and patches of the options, as a kustomization in the source's directory would have them.
LoadedFile options_as_file(const Job& job) {
  std::string text = "components:\n";
  for (const std::string& component : job.source.kustomize.components) {
    yaml::Node node;
    node.kind = yaml::NodeKind::scalar;
    text += "- " + yaml::encode_like(node, component) + "\n";
  }
  if (!job.source.kustomize.patches.empty()) {
    const auto patches = yaml::parse(job.source.kustomize.patches);
    if (patches && patches->size() == 1) {
      yaml::Node key;
      key.kind = yaml::NodeKind::scalar;
      key.value = "patches";
      yaml::Node root;
      root.kind = yaml::NodeKind::mapping;
      root.entries.emplace_back(std::move(key), patches->front().root);
      text += yaml::emit(root);
    }
  }
  return {(job.directory.empty() ? "" : job.directory + "/") + "kustomization.yaml", text, false};
}

/// What the options may not do. Nothing is fetched for them: `kustomize edit` would have to.
std::vector<manifest::ManifestProblem> inspect_options(const Job& job) {
  Inspection inspection = inspect_kustomizations({options_as_file(job)}, {});
  const std::string& declared = job.application.declared_in;
  for (manifest::ManifestProblem& problem : inspection.problems) {
    problem.path = (declared.empty() ? job.source.path : declared) + "/kustomization.yaml";
  }
  return std::move(inspection.problems);
}

Result<Outcome> finished(const Toolbox& toolbox, const Job& job, const std::vector<LoadedFile>& files,
                         const std::string& output) {
  Outcome outcome = read_output(toolbox, job, "kustomize", output);
  for (std::string& problem : finish_flux(job, files, outcome.rendered.resources)) {
    outcome.rendered.problems.push_back(failed(job, std::move(problem), true).rendered.problems.front());
  }
  return outcome;
}

}  // namespace

ProgramRun kustomize_build(const Renderer::Options& options, const Workspace& workspace) {
  return {options.kustomize_program, {"build", workspace.application().string()}, workspace.root()};
}

std::vector<std::vector<std::string>> kustomize_edits(const Job& job) {
  const discovery::KustomizeOptions& options = job.source.kustomize;
  const auto expand = [&](const std::string& text) {
    return discovery::expand_environment(text, job.application, job.source, job.commit);
  };
  std::vector<std::vector<std::string>> edits;
  if (!options.name_prefix.empty()) edits.push_back({"edit", "set", "nameprefix", "--", options.name_prefix});
  if (!options.name_suffix.empty()) edits.push_back({"edit", "set", "namesuffix", "--", options.name_suffix});
  if (!options.images.empty()) {
    auto& edit = edits.emplace_back(std::vector<std::string>{"edit", "set", "image", "--"});
    for (const std::string& image : options.images) edit.push_back(expand(image));
  }
  if (!options.replicas.empty()) {
    append(edits.emplace_back(std::vector<std::string>{"edit", "set", "replicas", "--"}), options.replicas, '=');
  }
  const auto add_pairs = [&](const char* what, const std::vector<NamedText>& pairs, std::vector<std::string> flags,
                             bool expanded) {
    if (pairs.empty()) return;
    auto& edit = edits.emplace_back(std::vector<std::string>{"edit", "add", what});
    edit.insert(edit.end(), flags.begin(), flags.end());
    edit.emplace_back("--");
    for (const auto& [name, value] : pairs) edit.push_back(name + ":" + (expanded ? expand(value) : value));
  };
  std::vector<std::string> label_flags;
  if (options.force_common_labels) label_flags.emplace_back("--force");
  if (options.label_without_selector) label_flags.emplace_back("--without-selector");
  if (options.label_include_templates) label_flags.emplace_back("--include-templates");
  add_pairs("label", options.common_labels, label_flags, true);
  add_pairs("annotation", options.common_annotations,
            options.force_common_annotations ? std::vector<std::string>{"--force"} : std::vector<std::string>{},
            options.common_annotations_envsubst);
  if (!options.ns.empty()) edits.push_back({"edit", "set", "namespace", "--", options.ns});
  return edits;
}

Result<Outcome> render_kustomize(const Toolbox& toolbox, const Job& job, const SourceFiles& files,
                                 const std::string& key) {
  Outcome refused;
  refused.rendered.problems = files.problems;
  if (!refused.rendered.problems.empty()) return refused;
  if (auto not_run = refused_without_sandbox(toolbox, job, "kustomize")) return *std::move(not_run);
  auto loaded = load(job.repository, files.files, toolbox.options.limits.max_output_bytes);
  if (!loaded) {
    if (loaded.error().kind != ErrorKind::invalid) return tl::unexpected(std::move(loaded).error());
    return failed(job, loaded.error().message, true);
  }
  if (const auto known = toolbox.disk.find(key)) {
    TRY(Outcome outcome, finished(toolbox, job, *loaded, *known));
    outcome.from_disk = true;
    return outcome;
  }
  Inspection inspection = inspect_kustomizations(*loaded, toolbox.options.allowed_hosts);
  refused.rendered.problems = std::move(inspection.problems);
  for (auto& problem : inspect_options(job)) refused.rendered.problems.push_back(std::move(problem));
  if (!refused.rendered.problems.empty()) return refused;
  const std::size_t own = loaded->size();
  Localized local{*std::move(loaded), own};
  if (inspection.remote) {
    const RenderLimits& limits = toolbox.options.limits;
    TRY(local,
        localize_remotes(std::move(local.files), {toolbox.options.allowed_hosts, limits.max_output_bytes,
                                                  limits.deadline, toolbox.options.search_path, *toolbox.sandbox}));
    refused.rendered.problems = std::move(local.problems);
    if (!refused.rendered.problems.empty()) return refused;
  }
  TRY(ProgramResult result, Build(toolbox, job, local).run());
  if (result.failure) return *std::move(result.failure);
  if (!inspection.remote) toolbox.disk.keep(key, result.output);
  TRY(Outcome outcome, finished(toolbox, job, local.files, result.output));
  // What lies elsewhere may have changed by the next time.
  outcome.lasting = !inspection.remote;
  return outcome;
}

}  // namespace towline::render
