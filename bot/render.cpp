#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "commands.h"
#include "engine/evaluate.h"
#include "load.h"
#include "render/renderer.h"
#include "render_options.h"
#include "yaml/json.h"

namespace towline::bot {

namespace {

struct Options {
  std::string repo = ".";
  std::string revision = "HEAD";
  std::string format = "yaml";
  std::string output;
  std::vector<std::string> names;
  render::Renderer::Options render;
};

/// Those that the arguments name, in the order of the repository; all without arguments.
Result<std::vector<const manifest::Application*>> chosen(const std::vector<manifest::Application>& applications,
                                                         const std::vector<std::string>& names) {
  std::vector<std::string> known;
  known.reserve(applications.size());
  for (const manifest::Application& application : applications) known.push_back(application.name);
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string near = nearest(name, known);
    return fail(ErrorKind::invalid, "there is no application '" + name + "' in this revision" +
                                        (known.empty()   ? ": the repository has none"
                                         : !near.empty() ? "; did you mean '" + near + "'?"
                                                         : "; there are " + ellipsize(join(known, ", "), 500)));
  }
  std::vector<const manifest::Application*> result;
  for (const manifest::Application& application : applications) {
    const bool wanted = names.empty() || std::find(names.begin(), names.end(), application.name) != names.end();
    if (wanted) result.push_back(&application);
  }
  return result;
}

std::string described(const manifest::Application& application) {
  std::string text = application.name;
  if (!application.declared_in.empty()) text += ", declared in " + application.declared_in;
  if (!application.path.empty() && application.path != application.name) text += ", from " + application.path;
  return replace_all(printable_utf8(text), "\n", " ");
}

std::string as_yaml(const manifest::Application& application, const render::Rendered& rendered) {
  std::string text = "# Application " + described(application) + "\n";
  for (const manifest::Resource& resource : rendered.resources) {
    text += "---\n";
    if (!resource.source_path.empty()) {
      text += "# Source: " + replace_all(printable_utf8(resource.source_path), "\n", " ") + ":" +
              std::to_string(resource.line) + "\n";
    }
    text += yaml::emit(resource.body);
  }
  return text;
}

Json as_json(const manifest::Application& application, const render::Rendered& rendered) {
  Json resources = Json::array();
  for (const manifest::Resource& resource : rendered.resources) resources.push_back(yaml::to_json(resource.body));
  Json problems = Json::array();
  for (const auto& problem : rendered.problems) {
    problems.push_back({{"path", problem.path}, {"line", problem.line}, {"message", problem.message}});
  }
  return {{"application", application.name},
          {"path", application.path},
          {"declaredIn", application.declared_in},
          {"resources", std::move(resources)},
          {"problems", std::move(problems)}};
}

/// A file name of its own for each application: names come from the repository and may be anything.
std::string file_name(const std::string& application, const std::string& extension, std::set<std::string>& taken) {
  std::string name;
  for (const char c : application) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
    name += plain ? c : '_';
  }
  if (name.empty() || name.starts_with('.')) name.insert(0, "_");
  std::string unique = name + extension;
  for (std::size_t i = 2; !taken.insert(unique).second; ++i) {
    unique = name;
    unique.append("-").append(std::to_string(i)).append(extension);
  }
  return unique;
}

Result<void> write_out(const Options& options, const std::vector<const manifest::Application*>& applications,
                       const std::vector<render::Rendered>& rendered) {
  const bool json = options.format == "json";
  if (!options.output.empty()) {
    std::error_code error;
    std::filesystem::create_directories(options.output, error);
    if (error)
      return fail(ErrorKind::invalid, "the directory " + options.output + " cannot be made: " + error.message());
  }
  Json all = Json::array();
  std::set<std::string> taken;
  for (std::size_t i = 0; i < applications.size(); ++i) {
    const manifest::Application& application = *applications[i];
    if (options.output.empty() && json) {
      all.push_back(as_json(application, rendered[i]));
      continue;
    }
    const std::string text =
        json ? dump_json(as_json(application, rendered[i]), 2) + "\n" : as_yaml(application, rendered[i]);
    if (options.output.empty()) {
      std::cout << (i == 0 ? "" : "---\n") << text;
    } else {
      const std::string name = file_name(application.name, json ? ".json" : ".yaml", taken);
      CHECK_OK(write_file(std::filesystem::path(options.output) / name, text));
    }
  }
  if (options.output.empty() && json) std::cout << dump_json(all, 2) << "\n";
  return {};
}

/// Gives whether there were any.
bool tell_problems(const std::vector<const manifest::Application*>& applications,
                   const std::vector<render::Rendered>& rendered) {
  bool any = false;
  for (std::size_t i = 0; i < applications.size(); ++i) {
    for (const manifest::ManifestProblem& problem : rendered[i].problems) {
      any = true;
      const std::string place = problem.path + (problem.line == 0 ? "" : ":" + std::to_string(problem.line));
      std::cerr << "towline: " << printable_utf8(applications[i]->name) << ": "
                << printable_utf8(place.empty() ? problem.message : place + ": " + problem.message) << "\n";
    }
  }
  return any;
}

Result<int> run(const Options& options) {
  TRY(const git::Repository repository, open_repository(options.repo));
  TRY(const CommitId commit, resolve_revision(repository, options.revision));
  TRY(const promote::RepoConfig config, load_repo_config(repository, commit));
  render::Renderer renderer(options.render);
  engine::DiscoveryScreen screen;
  const engine::Evaluator evaluator{renderer, screen, Secret()};
  TRY(const auto discovered, engine::applications_at(evaluator, repository, commit, config));
  bool broken = false;
  for (const auto& problem : discovered.problems) {
    // Of those that are named none can be hidden by it.
    broken = options.names.empty();
    std::cerr << "towline: " << printable_utf8(problem.path) << ":" << problem.line << ": "
              << printable_utf8(problem.message) << "\n";
  }
  TRY(const auto applications, chosen(discovered.applications, options.names));
  std::vector<render::Renderer::Request> requests;
  requests.reserve(applications.size());
  for (const manifest::Application* application : applications) requests.push_back({commit, application});
  TRY(const auto rendered, renderer.render_all(repository, requests));
  CHECK_OK(write_out(options, applications, rendered));
  if (tell_problems(applications, rendered)) broken = true;
  return static_cast<int>(broken ? kSomethingBroke : kDone);
}

}  // namespace

void add_render(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("render", "Write the resources that applications apply");
  auto options = std::make_shared<Options>();
  command->add_option("--repo", options->repo, "The infra repository (default: .)")->type_name("DIR");
  command->add_option("--rev", options->revision, "The revision to render (default: HEAD)")->type_name("REV");
  command->add_option("--format", options->format, "yaml or json")->check(CLI::IsMember({"yaml", "json"}));
  command->add_option("--output", options->output, "Write a file for each application into this directory")
      ->type_name("DIR");
  command->add_option("APP", options->names, "Only the applications of these names");
  add_render_options(*command, options->render);
  command->footer(
      "Values of Secrets are written as they are, as `kubectl apply` needs them.\n"
      "Exit status: 0 done, 3 something could not be rendered; what could is written.\n"
      "Examples:\n  towline render --repo infra dev-pay\n  towline render --rev v1.2 --output rendered");
  command->callback([options, &exit_code] {
    const auto code = run(*options);
    exit_code = code ? *code : report_error(code.error());
  });
}

}  // namespace towline::bot
