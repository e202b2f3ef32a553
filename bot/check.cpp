#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "base/credential_text.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "commands.h"
#include "evaluate/evaluate.h"
#include "load.h"
#include "policy/finding.h"
#include "render/renderer.h"
#include "render_options.h"

namespace towline::bot {

namespace {

struct Options {
  std::string repo = ".";
  std::string base;
  std::string revision = "HEAD";
  std::string format = "text";
  std::string branch;
  render::Renderer::Options render;
};

/// The affected applications when a base is given, every application otherwise.
Result<std::vector<policy::Finding>> findings(const Options& options) {
  TRY(const git::Repository repository, open_repository(options.repo));
  TRY(const CommitId head, resolve_revision(repository, options.revision));
  render::Renderer renderer(options.render);
  evaluate::DiscoveryScreen screen;
  TRY(auto own, own_repository(repository, options.branch, options.base));
  const evaluate::Evaluator evaluator{renderer, screen, Secret(random_hex(32)), {}, std::move(own)};
  if (!options.base.empty()) {
    TRY(const CommitId base, resolve_revision(repository, options.base));
    TRY(const config::RepoConfig config, load_repo_config(repository, base));
    TRY(const evaluate::Evaluation evaluation, evaluate::evaluate(evaluator, repository, base, head, config));
    std::vector<policy::Finding> all = evaluation.findings;
    for (const std::string& reason : evaluation.unseen) {
      all.push_back({policy::Level::warn, "parsable", "", "", "", reason, "until then there may be more to check"});
    }
    return all;
  }
  TRY(const config::RepoConfig config, load_repo_config(repository, head));
  TRY(const auto discovered, evaluate::applications_at(evaluator, repository, head, config));
  std::vector<policy::Finding> all = policy::check("", {}, discovered.problems, config.policies);
  std::erase_if(all, [](const auto& finding) { return finding.level == policy::Level::pass; });
  for (const discovery::Application& application : discovered.applications) {
    TRY(const auto rendered, renderer.render(repository, head, application));
    for (auto& finding : policy::check(application.name, rendered.resources, rendered.problems, config.policies)) {
      all.push_back(std::move(finding));
    }
  }
  return all;
}

Json as_json(const policy::Finding& finding) {
  return {{"level", std::string(policy::to_string(finding.level))},
          {"rule", finding.rule},
          {"application", finding.application},
          {"resource", finding.resource},
          {"path", finding.path},
          {"message", redact_credentials(finding.message)},
          {"remedy", finding.remedy}};
}

bool is_bad(const policy::Finding& finding) {
  return finding.level == policy::Level::fail || finding.level == policy::Level::error;
}

void print_text(const std::vector<policy::Finding>& all) {
  std::size_t passed = 0;
  std::size_t bad = 0;
  for (const policy::Finding& finding : all) {
    if (finding.level == policy::Level::pass) {
      ++passed;
      continue;
    }
    if (is_bad(finding)) ++bad;
    std::string text(policy::to_string(finding.level));
    text += " " + finding.rule + "  ";
    if (!finding.application.empty()) text += finding.application + ": ";
    text += finding.resource;
    if (!finding.path.empty()) text += (finding.resource.empty() ? "" : " ") + finding.path;
    text += "\n    " + redact_credentials(finding.message) + "\n";
    if (!finding.remedy.empty()) text += "    " + finding.remedy + "\n";
    std::cout << printable_utf8(text);
  }
  std::cout << plural(passed, "check") << " passed, " << bad << " failed\n";
}

}  // namespace

void add_check(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("check", "Check rendered manifests against the team's rules");
  auto options = std::make_shared<Options>();
  command->add_option("--repo", options->repo, "The infra repository (default: .)")->type_name("DIR");
  command->add_option("--base", options->base, "Only applications that differ from this revision")->type_name("REV");
  command->add_option("--rev", options->revision, "The revision to check (default: HEAD)")->type_name("REV");
  command->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  add_branch_option(*command, options->branch);
  add_render_options(*command, options->render);
  command->footer("Exit status: 0 all rules hold, 1 one fails.\nExample:\n  towline check --base origin/main");
  command->callback([options, &exit_code] {
    const auto all = findings(*options);
    if (!all) {
      exit_code = report_error(all.error());
      return;
    }
    if (options->format == "json") {
      Json list = Json::array();
      for (const auto& finding : *all) list.push_back(as_json(finding));
      std::cout << dump_json(list, 2) << "\n";
    } else {
      print_text(*all);
    }
    for (const auto& finding : *all) {
      if (is_bad(finding)) exit_code = kAnswerIsNo;
    }
  });
}

}  // namespace towline::bot
