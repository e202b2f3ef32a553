#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "config/clock_time.h"
#include "config/keys.h"
#include "config/repository.h"
#include "config/repository_check.h"
#include "config/select.h"
#include "config/shape.h"
#include "diff/field_selector.h"
#include "yaml/node.h"

namespace towline::config {
namespace {

using yaml::Node;

// The shape has been checked before anything here runs: kinds are right, required keys are there.

std::string text_of(const Node& mapping, std::string_view key) {
  const Node* value = mapping.find(key);
  return value == nullptr ? std::string() : std::string(trim(value->text()));
}

Result<ImageRule> read_image_rule(std::string_view path, const Node& node) {
  ImageRule rule;
  rule.match = text_of(node, "match");
  TRY(rule.select, read_select(path, *node.find("select")));
  return rule;
}

Result<FreezeWindow> read_freeze(std::string_view path, const Node& node) {
  static constexpr std::string_view kDays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
  FreezeWindow window;
  if (const Node* days = node.find("days")) {
    for (const Node& day : days->items) {
      const auto number = std::find(std::begin(kDays), std::end(kDays), day.text()) - std::begin(kDays);
      window.days.push_back(static_cast<unsigned>(number));
    }
    if (window.days.empty())
      return fail_at(path, *days, "'days' is empty: name the days, or leave it out for every day");
  }
  if (const Node* from = node.find("from")) window.from = parse_clock_time(from->text());
  if (const Node* to = node.find("to")) window.to = parse_clock_time(to->text());
  if (const Node* to = node.find("to"); to != nullptr && window.from.value_or(Duration(0)) == *window.to) {
    return fail_at(path, *to, "a freeze cannot end at the time it starts: leave both out for the whole day");
  }
  window.reason = text_of(node, "reason");
  if (const Node* zone = node.find("timezone")) {
    window.timezone = std::string(zone->text());
    if (const auto known = frozen_until(window, TimePoint{}); !known)
      return fail_at(path, *zone, known.error().message);
  }
  return window;
}

BumpMode bump_mode(std::string_view word) {
  for (const BumpMode mode : {BumpMode::manual, BumpMode::merge}) {
    if (to_string(mode) == word) return mode;
  }
  return BumpMode::pull_request;
}

Result<void> read_require(std::string_view path, const Node& require, Environment& environment) {
  if (const Node* approvals = require.find("approvals")) {
    environment.approvals = std::stoul(std::string(approvals->text()));
  }
  const Node* approvers = require.find("approvers");
  if (approvers == nullptr) return {};
  for (const Node& approver : approvers->items) {
    CHECK_OK(check_approver(path, approver));
    environment.approvers.emplace_back(approver.text());
  }
  return check_approvals(path, *approvers, environment);
}

Result<Environment> read_environment(std::string_view path, const Node& key, const Node& node) {
  CHECK_OK(check_environment_name(path, key));
  Environment environment;
  environment.name = std::string(key.text());
  const Node& services = *node.find("services");
  auto pattern = manifest::PathPattern::parse(trim(services.text()));
  if (!pattern) return fail_at(path, services, pattern.error().message);
  environment.services = *std::move(pattern);
  if (const Node* images = node.find("images")) {
    for (const Node& image : images->items) {
      TRY(ImageRule rule, read_image_rule(path, image));
      environment.images.push_back(std::move(rule));
    }
  }
  if (node.find("from") != nullptr) environment.from = text_of(node, "from");
  // check_shape has tried the duration.
  if (const Node* soak = node.find("soak")) environment.soak = parse_duration(soak->text()).value_or(Duration(0));
  if (const Node* bump = node.find("bump")) environment.bump = bump_mode(bump->text());
  if (const Node* pin = node.find("pin"); pin != nullptr && pin->text() == "digest") environment.pin = PinMode::digest;
  if (const Node* require = node.find("require")) CHECK_OK(read_require(path, *require, environment));
  if (const Node* freeze = node.find("freeze")) {
    for (const Node& item : freeze->items) {
      TRY(FreezeWindow window, read_freeze(path, item));
      environment.freeze.push_back(std::move(window));
    }
  }
  return environment;
}

std::map<std::string, std::string> texts_of(const Node& mapping, std::string_view key) {
  std::map<std::string, std::string> texts;
  const Node* value = mapping.find(key);
  if (value == nullptr) return texts;
  for (const auto& [name, text] : value->entries) texts[name.value] = text.value;
  return texts;
}

Result<void> read_clusters(std::string_view path, const Node& list, RepoConfig& config) {
  std::set<std::string> names;
  for (const Node& item : list.items) {
    const std::string name = text_of(item, "name");
    if (!names.insert(name).second) return fail_at(path, item, "the cluster '" + name + "' is listed twice");
    config.clusters.push_back({name, text_of(item, "server"), texts_of(item, "labels"), texts_of(item, "annotations")});
  }
  return {};
}

policy::Severity severity(std::string_view word) {
  if (word == "off") return policy::Severity::off;
  return word == "warn" ? policy::Severity::warn : policy::Severity::fail;
}

std::vector<std::string> texts_of(const Node& list) {
  std::vector<std::string> texts;
  for (const Node& item : list.items) texts.emplace_back(trim(item.text()));
  return texts;
}

Result<void> check_paths(std::string_view path, const Node& rule, std::string_view key,
                         Result<diff::FieldSelector> (*parse)(std::string_view)) {
  const Node* list = rule.find(key);
  if (list == nullptr) return {};
  for (const Node& item : list->items) {
    const auto selector = parse(trim(item.text()));
    if (!selector) return fail_at(path, item, "this path cannot be used: " + selector.error().message);
    if (selector->selects_all()) return fail_at(path, item, "this path would fold whole objects away: name a field");
  }
  return {};
}

Result<discovery::IgnoreDifference> read_ignore(std::string_view path, const Node& node) {
  discovery::IgnoreDifference rule;
  rule.group = text_of(node, "group");
  rule.kind = text_of(node, "kind");
  rule.ns = text_of(node, "namespace");
  rule.name = text_of(node, "name");
  CHECK_OK(check_paths(path, node, "json-pointers", diff::FieldSelector::json_pointer));
  CHECK_OK(check_paths(path, node, "jq-paths", diff::FieldSelector::jq_path));
  if (const Node* pointers = node.find("json-pointers")) rule.json_pointers = texts_of(*pointers);
  if (const Node* paths = node.find("jq-paths")) rule.jq_path_expressions = texts_of(*paths);
  if (rule.json_pointers.empty() && rule.jq_path_expressions.empty()) {
    return fail_at(path, node, "this rule names no field: give json-pointers or jq-paths");
  }
  return rule;
}

Result<diff::NoiseRules> read_noise(std::string_view path, const Node& node) {
  diff::NoiseRules noise;
  if (const Node* annotations = node.find("annotations")) noise.annotations = texts_of(*annotations);
  if (const Node* labels = node.find("labels")) noise.labels = texts_of(*labels);
  noise.list_order = text_of(node, "list-order") != "show";
  const Node* ignore = node.find("ignore");
  if (ignore == nullptr) return noise;
  for (const Node& item : ignore->items) {
    TRY(auto rule, read_ignore(path, item));
    noise.ignore.push_back(std::move(rule));
  }
  return noise;
}

}  // namespace

Result<RepoConfig> parse_repo_config(std::string_view path, std::string_view text) {
  TRY(const Node root, read_document(path, text));
  CHECK_OK(check_shape(path, root, repo_config_keys()));
  const Node& version = *root.find("version");
  if (version.text() != "1") {
    return fail_at(path, version,
                   "version " + std::string(version.text()) + " is not known: this Towline reads version 1");
  }
  RepoConfig config;
  const Node& environments = *root.find("environments");
  CHECK_OK(check_pattern_count(path, environments));
  for (const auto& [key, node] : environments.entries) {
    TRY(Environment environment, read_environment(path, key, node));
    config.environments.push_back(std::move(environment));
  }
  CHECK_OK(check_combinations(path, environments, config));
  if (const Node* policies = root.find("policies")) {
    for (const auto& [rule, word] : policies->entries)
      config.policies[std::string(rule.text())] = severity(word.text());
  }
  if (const Node* clusters = root.find("clusters")) CHECK_OK(read_clusters(path, *clusters, config));
  if (const Node* noise = root.find("noise")) {
    TRY(config.noise, read_noise(path, *noise));
  }
  return config;
}

}  // namespace towline::config
