#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/object.h"

namespace towline::policy {

enum class Level { pass, warn, fail, error, skipped };
std::string_view to_string(Level level);

/// One result of a policy check.
struct Finding {
  Level level = Level::pass;
  std::string rule;  ///< "pinned-images"
  std::string application;
  std::string resource;  ///< ResourceKey::str(), "" for a file
  std::string path;      ///< file or field the finding is about
  std::string message;   ///< what is wrong
  std::string remedy;    ///< what to do
  bool operator==(const Finding&) const = default;
};

/// What a rule's violations count as in this repository; `off` drops them.
enum class Severity { off, warn, fail };
using RuleSeverities = std::map<std::string, Severity>;

struct Rule {
  std::string_view name;
  std::string_view summary;
  Severity default_severity;
};
/// The native rules: pinned-images, raw-secrets, resources, parsable.
const std::vector<Rule>& native_rules();

/// Checks every resource and problem of an application at head. Deterministic order.
std::vector<Finding> check(std::string_view application, const std::vector<manifest::Resource>& resources,
                           const std::vector<manifest::ManifestProblem>& problems, const RuleSeverities& severities);

}  // namespace towline::policy
