#include "discovery/application_set_generators.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "discovery/fields.h"
#include "gotemplate/names.h"

namespace towline::discovery {
namespace {

constexpr int kMaxDepth = 4;

std::vector<std::string> kinds_of(const yaml::Node& item) {
  std::vector<std::string> kinds;
  for (const auto& [key, value] : item.entries) {
    // Argo CD's decoder takes no key but a text.
    if (key.is_scalar() && key.text() != "selector" && !value.is_null()) kinds.emplace_back(key.text());
  }
  return kinds;
}

std::size_t count_nodes(const yaml::Node& node) {
  std::size_t count = 1;
  for (const yaml::Node& item : node.items) count += count_nodes(item);
  for (const auto& [key, value] : node.entries) count += 1 + count_nodes(value);
  return count;
}

/// The place that a parameter set takes in a merge.
Result<std::string> merge_key(const gotemplate::GoMap& parameters, const std::vector<std::string>& keys) {
  gotemplate::GoMap chosen;
  for (const std::string& key : keys) {
    const auto found = parameters.entries.find(key);
    chosen.entries[key] = found == parameters.entries.end() ? gotemplate::GoValue() : found->second;
  }
  return to_json(chosen);
}

Result<gotemplate::GoMap> combined(const yaml::Node& node, const gotemplate::GoMap& first,
                                   const gotemplate::GoMap& second, bool go_template) {
  gotemplate::GoMap result;
  if (go_template) {
    TRY(const gotemplate::GoValue below, gotemplate::deep_copy(gotemplate::GoValue(second)));
    TRY(const gotemplate::GoValue above, gotemplate::deep_copy(gotemplate::GoValue(first)));
    CHECK_OK(gotemplate::merge_into(result, *below.map(), true));
    CHECK_OK(gotemplate::merge_into(result, *above.map(), true));
    return result;
  }
  for (const auto& [key, value] : first.entries) {
    TRY(result.entries[key], gotemplate::print(value));
  }
  for (const auto& [key, value] : second.entries) {
    TRY(const std::string text, gotemplate::print(value));
    const auto [place, is_new] = result.entries.try_emplace(key, text);
    if (!is_new && *place->second.text() != text) {
      std::string what = "both generators of the matrix have the parameter '" + key + "', with different values: '";
      what += *place->second.text() + "' and '" + text + "'";
      return wrong(node, what);
    }
  }
  return result;
}

}  // namespace

tl::unexpected<Error> wrong(const yaml::Node& node, const std::string& what) {
  return fail(ErrorKind::invalid, "line " + std::to_string(node.line) + ": " + what);
}

Result<void> check_count(const yaml::Node& node, std::size_t count) {
  if (count > kMaxApplications) return wrong(node, "more than " + std::to_string(kMaxApplications) + " Applications");
  return {};
}

Result<std::vector<Generated>> Generators::run(const yaml::Node& item) {
  std::vector<Generated> all;
  for (const std::string& kind : kinds_of(item)) {
    const yaml::Node& node = *item.find(kind);
    TRY(Sets sets, run_kind(kind, node, 0));
    TRY(sets, selected(item, std::move(sets)));
    all.push_back({std::move(sets), node.find("template")});
  }
  if (all.empty()) return wrong(item, "this names no generator");
  return all;
}

Result<Generators::Sets> Generators::run_kind(const std::string& kind, const yaml::Node& node, int depth) {
  if (depth > kMaxDepth) return wrong(node, "generators nested deeper than Argo CD supports");
  if (kind == "list") return run_list(node);
  if (kind == "clusters") return run_clusters(node);
  if (kind == "git") return run_git(node);
  if (kind == "matrix") return run_matrix(node, depth);
  if (kind == "merge") return run_merge(node, depth);
  static constexpr std::array<std::string_view, 4> kOthers = {"scmProvider", "clusterDecisionResource", "pullRequest",
                                                              "plugin"};
  if (std::find(kOthers.begin(), kOthers.end(), kind) != kOthers.end()) {
    return wrong(node, "the generator '" + kind +
                           "' is not supported, since it asks what is outside of the repository; "
                           "the Applications it makes are not shown");
  }
  const std::array<std::string, 5> known = {"list", "clusters", "git", "matrix", "merge"};
  const std::string near = nearest(kind, known);
  return wrong(node, "unknown generator '" + kind + "'" + (near.empty() ? "" : ", did you mean '" + near + "'?"));
}

Result<Generators::Sets> Generators::run_child(const yaml::Node& item, const ParameterSet* before, int depth) {
  yaml::Node filled = item;
  if (before != nullptr && !before->parameters.entries.empty()) {
    TRY(filled, fill_node(item, before->parameters, style_));
  }
  const std::vector<std::string> kinds = kinds_of(filled);
  if (kinds.size() != 1)
    return wrong(item,
                 "an item of matrix or merge must name one generator, and this names " + std::to_string(kinds.size()));
  TRY(Sets sets, run_kind(kinds[0], *filled.find(kinds[0]), depth + 1));
  // The selector is the one written, without parameters.
  return selected(item, std::move(sets));
}

Result<Generators::Sets> Generators::selected(const yaml::Node& item, Sets sets) const {
  const yaml::Node* selector = item.find("selector");
  if (selector == nullptr || selector->is_null()) return sets;
  Sets kept;
  const std::size_t conditions = count_nodes(*selector);
  for (ParameterSet& set : sets) {
    TRY(const std::size_t weight, gotemplate::weight_of(gotemplate::GoValue(set.parameters)));
    CHECK_OK(style_.budget->take(weight + conditions));
    TRY(const auto labels, gotemplate::flatten(set.parameters));
    TRY(const bool is_selected, selects(selector, labels));
    if (is_selected) kept.push_back(std::move(set));
  }
  return kept;
}

Result<Generators::Sets> Generators::run_matrix(const yaml::Node& node, int depth) {
  const auto& items = items_at(node, {"generators"});
  if (items.size() != 2)
    return wrong(node, "a matrix takes two generators, and this has " + std::to_string(items.size()));
  TRY(const Sets first, run_child(items[0], nullptr, depth));
  Sets all;
  for (const ParameterSet& outer : first) {
    TRY(const std::size_t outer_weight, gotemplate::weight_of(gotemplate::GoValue(outer.parameters)));
    TRY(const Sets second, run_child(items[1], &outer, depth));
    CHECK_OK(check_count(node, all.size() + second.size()));
    for (const ParameterSet& inner : second) {
      constexpr std::size_t kStepsOfAValue = 8;  // it is kept
      TRY(const std::size_t inner_weight, gotemplate::weight_of(gotemplate::GoValue(inner.parameters)));
      CHECK_OK(style_.budget->take(kStepsOfAValue * (outer_weight + inner_weight)));
      ParameterSet both;
      TRY(both.parameters, combined(node, outer.parameters, inner.parameters, style_.go_template));
      both.made_from = outer.made_from;
      both.made_from.insert(inner.made_from.begin(), inner.made_from.end());
      all.push_back(std::move(both));
    }
  }
  return all;
}

Result<Generators::Sets> Generators::run_merge(const yaml::Node& node, int depth) {
  const auto& items = items_at(node, {"generators"});
  const std::vector<std::string> keys = texts_at(node, {"mergeKeys"});
  if (items.size() < 2)
    return wrong(node, "a merge takes two generators or more, and this has " + std::to_string(items.size()));
  if (keys.empty()) return wrong(node, "a merge needs mergeKeys");
  Sets base;
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < items.size(); ++i) {
    TRY(Sets sets, run_child(items[i], nullptr, depth));
    std::set<std::string> seen;
    for (ParameterSet& set : sets) {
      TRY(const std::string key, merge_key(set.parameters, keys));
      if (!seen.insert(key).second) return wrong(items[i], "the generator gives the merge key " + key + " twice");
      if (i == 0) {
        places[key] = base.size();
        base.push_back(std::move(set));
        continue;
      }
      const auto place = places.find(key);
      if (place == places.end()) continue;
      ParameterSet& into = base[place->second];
      if (style_.go_template) {
        CHECK_OK(gotemplate::merge_into(into.parameters, set.parameters, true));
      } else {
        for (const auto& [name, value] : set.parameters.entries) into.parameters.entries[name] = value;
      }
      into.made_from.insert(set.made_from.begin(), set.made_from.end());
    }
  }
  return base;
}

Result<gotemplate::GoMap> Generators::read_element(const yaml::Node& element) const {
  const gotemplate::GoValue value = gotemplate::go_value_of(element);
  const gotemplate::GoMap* map = value.map();
  if (map == nullptr) return wrong(element, "an element of a list generator is no mapping");
  if (style_.go_template) return *map;
  gotemplate::GoMap flat;
  const auto put = [&](const std::string& name, const gotemplate::GoValue& one) -> Result<void> {
    if (one.text() == nullptr)
      return wrong(element, "the value of '" + name + "' is no text, which only Go templates can use");
    flat.entries[name] = one;
    return {};
  };
  for (const auto& [key, one] : map->entries) {
    if (key != "values") {
      CHECK_OK(put(key, one));
      continue;
    }
    if (one.map() == nullptr) return wrong(element, "'values' is no mapping");
    for (const auto& [name, inner] : one.map()->entries) CHECK_OK(put("values." + name, inner));
  }
  return flat;
}

Result<Generators::Sets> Generators::run_list(const yaml::Node& node) {
  Sets sets;
  const auto& elements = items_at(node, {"elements"});
  CHECK_OK(check_count(node, elements.size()));
  for (const yaml::Node& element : elements) {
    ParameterSet set;
    TRY(set.parameters, read_element(element));
    sets.push_back(std::move(set));
  }
  const std::string written = text_at(node, {"elementsYaml"});
  if (written.empty()) return sets;
  CHECK_OK(style_.budget->take(1 + written.size() / gotemplate::kYamlBytesOfAStep));
  const auto root = gotemplate::read_yaml(written);
  if (!root) return wrong(node, "elementsYaml is not YAML: " + root.error().message);
  if (!root->is_sequence()) return wrong(node, "elementsYaml is no list");
  CHECK_OK(check_count(node, sets.size() + root->items.size()));
  for (const yaml::Node& item : root->items) {
    const gotemplate::GoValue value = gotemplate::go_value_of(item);
    if (value.map() == nullptr) return wrong(node, "an element of elementsYaml is no mapping");
    sets.push_back({*value.map(), {}});
  }
  return sets;
}

Result<void> Generators::add_values(const yaml::Node& node, ParameterSet& set) const {
  gotemplate::GoMap values;
  values.of_text = true;
  for (const auto& [key, text] : named_texts_at(node, {"values"})) {
    const auto filled = fill_text(text, set.parameters, style_);
    if (!filled)
      return wrong(*node.find("values"), "cannot fill in '" + ellipsize(text, 80) + "': " + filled.error().message);
    values.entries[key] = *filled;
  }
  if (values.entries.empty()) return {};
  if (style_.go_template) {
    set.parameters.entries["values"] = std::move(values);
    return {};
  }
  for (auto& [key, value] : values.entries) set.parameters.entries["values." + key] = std::move(value);
  return {};
}

gotemplate::GoMap Generators::parameters_of(const Cluster& cluster) const {
  gotemplate::GoMap parameters;
  auto& entries = parameters.entries;
  entries["name"] = cluster.name;
  entries["nameNormalized"] = gotemplate::sanitize_name(cluster.name);
  entries["server"] = cluster.server;
  entries["project"] = "";
  auto labels = cluster.labels;
  labels["argocd.argoproj.io/secret-type"] = "cluster";
  if (!style_.go_template) {
    for (const auto& [key, value] : cluster.annotations) entries["metadata.annotations." + key] = value;
    for (const auto& [key, value] : labels) entries["metadata.labels." + key] = value;
    return parameters;
  }
  gotemplate::GoMap metadata;
  const auto put = [&](const char* name, const std::map<std::string, std::string>& texts) {
    gotemplate::GoMap map;
    map.of_text = true;
    for (const auto& [key, value] : texts) map.entries[key] = value;
    if (!texts.empty()) metadata.entries[name] = std::move(map);
  };
  put("annotations", cluster.annotations);
  put("labels", labels);
  entries["metadata"] = std::move(metadata);
  return parameters;
}

Result<Generators::Sets> Generators::run_clusters(const yaml::Node& node) {
  if (clusters_.empty()) {
    return wrong(node,
                 "the clusters that Argo CD knows are not configured; list them under 'clusters' in .towline.yaml");
  }
  constexpr std::string_view kLocal = "https://kubernetes.default.svc";
  const yaml::Node* selector = node.find("selector");
  const bool selects_some = selector != nullptr && (!items_at(*selector, {"matchExpressions"}).empty() ||
                                                    !named_texts_at(*selector, {"matchLabels"}).empty());
  Sets sets;
  const bool has_local =
      std::any_of(clusters_.begin(), clusters_.end(), [&](const Cluster& one) { return one.server == kLocal; });
  if (!has_local && !selects_some) {
    // Argo CD always knows the cluster it is in, without labels.
    ParameterSet set;
    set.parameters.entries = {
        {"name", "in-cluster"}, {"nameNormalized", "in-cluster"}, {"server", std::string(kLocal)}, {"project", ""}};
    CHECK_OK(add_values(node, set));
    sets.push_back(std::move(set));
  }
  for (const Cluster& cluster : clusters_) {
    TRY(const bool is_selected,
        selects(selects_some ? selector : nullptr, {cluster.labels.begin(), cluster.labels.end()}));
    if (!is_selected) continue;
    ParameterSet set;
    set.parameters = parameters_of(cluster);
    CHECK_OK(add_values(node, set));
    sets.push_back(std::move(set));
  }
  if (!flag_at(node, {"flatList"})) return sets;
  gotemplate::GoList all;
  for (discovery::ParameterSet& set : sets) all.items.emplace_back(std::move(set.parameters));
  ParameterSet flat;
  flat.parameters.entries["clusters"] = std::move(all);
  return Sets{std::move(flat)};
}

Result<bool> selects(const yaml::Node* selector, const std::map<std::string, std::string, std::less<>>& labels) {
  if (selector == nullptr) return true;
  for (const auto& [key, value] : named_texts_at(*selector, {"matchLabels"})) {
    const auto found = labels.find(key);
    if (found == labels.end() || found->second != value) return false;
  }
  for (const yaml::Node& expression : items_at(*selector, {"matchExpressions"})) {
    const std::string what = text_at(expression, {"operator"});
    const auto found = labels.find(text_at(expression, {"key"}));
    const bool is_there = found != labels.end();
    const std::vector<std::string> values = texts_at(expression, {"values"});
    const bool is_in = is_there && std::find(values.begin(), values.end(), found->second) != values.end();
    const std::array<std::pair<std::string_view, bool>, 4> operators = {
        {{"In", is_in}, {"NotIn", !is_in}, {"Exists", is_there}, {"DoesNotExist", !is_there}}};
    const auto* holds =
        std::find_if(operators.begin(), operators.end(), [&](const auto& one) { return one.first == what; });
    if (holds == operators.end())
      return wrong(expression, "'" + what + "' is no operator of a selector: In, NotIn, Exists or DoesNotExist");
    if (!holds->second) return false;
  }
  return true;
}

}  // namespace towline::discovery
