#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "policy/finding.h"
#include "policy/native/rules.h"

namespace towline::policy {
namespace {

using manifest::ManifestProblem;
using manifest::Resource;

/// A rule and how it looks at one resource; `parsable` looks at what did not become a resource.
struct NativeRule {
  Rule rule;
  std::vector<Violation> (*violations)(const Resource&);
};

constexpr std::array<NativeRule, 4> kRules = {{
    {{"pinned-images", "every container names a tag other than latest, or a digest", Severity::fail}, unpinned_images},
    {{"raw-secrets", "no Secret has its values in Git", Severity::fail}, raw_secrets},
    {{"resources", "every container requests cpu and memory", Severity::warn}, missing_requests},
    {{"parsable", "every manifest can be read", Severity::fail}, nullptr},
}};

std::vector<const Resource*> sorted(const std::vector<Resource>& resources) {
  std::vector<const Resource*> order;
  order.reserve(resources.size());
  for (const Resource& resource : resources) order.push_back(&resource);
  std::sort(order.begin(), order.end(), [](const Resource* a, const Resource* b) {
    return std::tie(a->key, a->source_path, a->line) < std::tie(b->key, b->source_path, b->line);
  });
  return order;
}

std::vector<const ManifestProblem*> sorted(const std::vector<ManifestProblem>& problems) {
  std::vector<const ManifestProblem*> order;
  order.reserve(problems.size());
  for (const ManifestProblem& problem : problems) order.push_back(&problem);
  std::sort(order.begin(), order.end(), [](const ManifestProblem* a, const ManifestProblem* b) {
    return std::tie(a->path, a->line, a->message) < std::tie(b->path, b->line, b->message);
  });
  return order;
}

Severity severity_of(const Rule& rule, const RuleSeverities& severities) {
  const auto set = severities.find(std::string(rule.name));
  return set == severities.end() ? rule.default_severity : set->second;
}

/// Messages of the parser name the line themselves.
std::string message_of(const ManifestProblem& problem) {
  if (problem.line == 0 || problem.message.starts_with("line ")) return problem.message;
  return "line " + std::to_string(problem.line) + ": " + problem.message;
}

/// One finding of `level` for each violation of one rule.
std::vector<Finding> findings_of(const NativeRule& native, Level level, const std::vector<const Resource*>& resources,
                                 const std::vector<const ManifestProblem*>& problems) {
  std::vector<Finding> findings;
  if (native.violations == nullptr) {
    for (const ManifestProblem* problem : problems) {
      Finding& finding = findings.emplace_back();
      finding.level = level;
      finding.path = problem->path;
      finding.message = message_of(*problem);
      finding.remedy = "correct it; until then nobody can see what would be applied";
    }
    return findings;
  }
  for (const Resource* resource : resources) {
    for (Violation& violation : native.violations(*resource)) {
      Finding& finding = findings.emplace_back();
      finding.level = level;
      finding.resource = resource->key.str();
      finding.path = resource->source_path.empty() ? violation.field : resource->source_path;
      finding.message = std::move(violation.message);
      finding.remedy = std::move(violation.remedy);
    }
  }
  return findings;
}

}  // namespace

std::string_view to_string(Level level) {
  switch (level) {
    case Level::pass:
      return "pass";
    case Level::warn:
      return "warn";
    case Level::fail:
      return "fail";
    case Level::error:
      return "error";
    case Level::skipped:
      return "skipped";
  }
  return "";
}

const std::vector<Rule>& native_rules() {
  static const std::vector<Rule> kDescriptions = [] {
    std::vector<Rule> list;
    list.reserve(kRules.size());
    for (const NativeRule& native : kRules) list.push_back(native.rule);
    return list;
  }();
  return kDescriptions;
}

std::vector<Finding> check(std::string_view application, const std::vector<Resource>& resources,
                           const std::vector<ManifestProblem>& problems, const RuleSeverities& severities) {
  const auto ordered_resources = sorted(resources);
  const auto ordered_problems = sorted(problems);
  std::vector<Finding> all;
  for (const NativeRule& native : kRules) {
    const Severity severity = severity_of(native.rule, severities);
    if (severity == Severity::off) continue;
    const Level level = severity == Severity::warn ? Level::warn : Level::fail;
    std::vector<Finding> findings = findings_of(native, level, ordered_resources, ordered_problems);
    if (findings.empty()) {
      Finding& pass = findings.emplace_back();
      pass.level = Level::pass;
      pass.message = native.rule.summary;
    }
    for (Finding& finding : findings) {
      finding.rule = native.rule.name;
      finding.application = application;
      all.push_back(std::move(finding));
    }
  }
  return all;
}

}  // namespace towline::policy
