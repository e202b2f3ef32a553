#include "render_options.h"

#include <cstdlib>
#include <map>
#include <string>

#include <CLI/CLI.hpp>

namespace towline::bot {
namespace {

const std::map<std::string, towline::ConfinementRule> kConfinementRules = {
    {"required", towline::ConfinementRule::required},
    {"limits-only", towline::ConfinementRule::limits_only},
};

}  // namespace

void add_branch_option(CLI::App& command, std::string& branch) {
  command
      .add_option(
          "--branch", branch,
          "The branch that the cluster applies: another revision of this repository in a declaration is a "
          "problem (default: the branch that is compared with, or that HEAD of origin or of the repository names)")
      ->type_name("NAME");
}

void add_render_options(CLI::App& command, render::Renderer::Options& options) {
  if (const char* path = std::getenv("PATH"); path != nullptr) options.search_path = path;
  command
      .add_option("--chart-cache", options.chart_cache,
                  "Charts from elsewhere, as HOST/PATH/CHART-VERSION.tgz below this directory")
      ->type_name("DIR")
      ->envname("TOWLINE_CHART_CACHE");
  command
      .add_option("--allow-host", options.allowed_hosts,
                  "Let charts that are not in the cache, and remote bases, be fetched from this host")
      ->type_name("HOST")
      ->allow_extra_args(false);  // what follows is an application
  command.add_option("--kube-version", options.kube_version, "The clusters' Kubernetes version, for charts")
      ->type_name("VERSION");
  command
      .add_option("--api-versions", options.api_versions,
                  "API versions that the clusters have beside Kubernetes' own, for charts")
      ->type_name("VERSION")
      ->allow_extra_args(false);
  command
      .add_option("--sandbox", options.sandbox,
                  "required: programs that render run in bubblewrap or not at all; limits-only: without it")
      ->type_name("RULE")
      ->transform(CLI::Transformer(kConfinementRules))
      ->default_str("required")
      ->envname("TOWLINE_SANDBOX");
}

}  // namespace towline::bot
