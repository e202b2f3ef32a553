#include "diff/noise_marks.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "diff/rule_names.h"

namespace towline::diff {
namespace {

bool matches_any(const std::vector<std::string>& globs, std::string_view text) {
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) { return glob_match(glob, text); });
}

bool concerns(const discovery::IgnoreDifference& rule, const manifest::ResourceKey& key) {
  const auto any_or = [](const std::string& expected, const std::string& actual) {
    return expected.empty() || glob_match(expected, actual);
  };
  return glob_match(rule.group, key.group) && glob_match(rule.kind, key.kind) && any_or(rule.ns, key.ns) &&
         any_or(rule.name, key.name);
}

/// Marks the entries whose keys match; the mapping too when there are no others.
void mark_entries(const yaml::Node& mapping, const std::vector<std::string>& globs, std::string_view rule,
                  NoiseMarks& marks) {
  bool all = !mapping.entries.empty();
  for (const auto& [key, value] : mapping.entries) {
    if (matches_any(globs, key.text())) {
      marks.emplace(&value, rule);
    } else {
      all = false;
    }
  }
  if (all) marks.emplace(&mapping, rule);
}

/// Of the object, of the pods its template makes, and so on: metadata wherever it is.
void mark_metadata(const yaml::Node& node, const NoiseRules& rules, NoiseMarks& marks) {
  for (const auto& [key, value] : node.entries) {
    if (key.text() == "metadata") {
      if (const yaml::Node* annotations = value.find("annotations")) {
        mark_entries(*annotations, rules.annotations, kChecksumAnnotation, marks);
      }
      if (const yaml::Node* labels = value.find("labels")) mark_entries(*labels, rules.labels, kChartLabel, marks);
    } else if (value.is_mapping()) {
      mark_metadata(value, rules, marks);
    } else {
      for (const yaml::Node& item : value.items) mark_metadata(item, rules, marks);
    }
  }
}

}  // namespace

Noise::Noise(const NoiseRules& rules, const std::vector<discovery::IgnoreDifference>& ignore_differences)
    : rules_(rules) {
  for (const auto& rule : rules.ignore) add(rule);
  for (const auto& rule : ignore_differences) add(rule);
}

void Noise::add(const discovery::IgnoreDifference& rule) {
  for (const std::string& path : rule.json_pointers) add_path(rule, path, FieldSelector::json_pointer(path));
  for (const std::string& path : rule.jq_path_expressions) add_path(rule, path, FieldSelector::jq_path(path));
  if (!rule.managed_fields_managers.empty()) {
    remarks_.push_back("ignoreDifferences by managedFieldsManagers (" + join(rule.managed_fields_managers, ", ") +
                       ") hides nothing here: which manager owns a field is known to the cluster, not to Git");
  }
}

void Noise::add_path(const discovery::IgnoreDifference& rule, const std::string& path, Result<FieldSelector> selector) {
  if (!selector) {
    remarks_.push_back("the path '" + path + "' of ignoreDifferences hides nothing here: " + selector.error().message);
  } else if (selector->selects_all()) {
    remarks_.push_back("the path '" + path + "' of ignoreDifferences hides nothing here: it selects whole objects");
  } else {
    ignored_.push_back({rule, std::string(kIgnoreDifferences) + path, *std::move(selector)});
  }
}

NoiseMarks Noise::marks(const manifest::ResourceKey& key, const yaml::Node& body) const {
  NoiseMarks marks;
  mark_metadata(body, rules_, marks);
  for (const Ignored& ignored : ignored_) {
    if (!concerns(ignored.objects, key)) continue;
    for (const yaml::Node* node : ignored.selector.select(body)) {
      if (node != &body) marks.emplace(node, ignored.name);
    }
  }
  return marks;
}

}  // namespace towline::diff
