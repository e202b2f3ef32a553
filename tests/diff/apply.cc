#include "diff/apply.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace towline::diff::test {
namespace {

/// One step of a path: `.key`, `["key"]`, `[3]`, `[name=x]`, `[name=x, at 1]` or `[order]`.
struct Step {
  enum Kind { key, index, name, order } kind = key;
  std::string text;
  std::optional<std::size_t> at;
};

std::string take_quoted(std::string_view& path) {
  std::string text;
  path.remove_prefix(1);
  while (path.front() != '"') {
    if (path.front() == '\\' && path[1] == 'x') {
      text += static_cast<char>(std::stoi(std::string(path.substr(2, 2)), nullptr, 16));
      path.remove_prefix(4);
      continue;
    }
    if (path.front() == '\\') path.remove_prefix(1);
    text += path.front();
    path.remove_prefix(1);
  }
  path.remove_prefix(1);
  return text;
}

std::string take_until(std::string_view& path, std::string_view ends) {
  const std::size_t size = std::min(path.find_first_of(ends), path.size());
  std::string text(path.substr(0, size));
  path.remove_prefix(size);
  return text;
}

Step take_bracket(std::string_view& path) {
  path.remove_prefix(1);
  Step step;
  if (path.front() == '"') {
    step = {Step::key, take_quoted(path), std::nullopt};
  } else if (path.starts_with("name=")) {
    path.remove_prefix(5);
    step = {Step::name, path.front() == '"' ? take_quoted(path) : take_until(path, ",]"), std::nullopt};
    if (path.starts_with(", at ")) {
      path.remove_prefix(5);
      step.at = std::stoul(take_until(path, "]"));
    }
  } else if (path.starts_with("order]")) {
    step = {Step::order, take_until(path, "]"), std::nullopt};
  } else {
    step = {Step::index, "", std::stoul(take_until(path, "]"))};
  }
  path.remove_prefix(1);
  return step;
}

std::vector<Step> parse_path(std::string_view path) {
  std::vector<Step> steps;
  while (!path.empty()) {
    if (path.front() == '[') {
      steps.push_back(take_bracket(path));
      continue;
    }
    if (path.front() == '.') path.remove_prefix(1);
    steps.push_back({Step::key, take_until(path, ".["), std::nullopt});
  }
  return steps;
}

yaml::Node value_of(const std::string& text) {
  auto documents = yaml::parse(text + "\n");
  if (!documents) throw std::runtime_error("not YAML: " + text);
  return documents->empty() ? yaml::Node{} : documents->front().root;
}

struct Edit {
  std::vector<Step> steps;
  std::optional<yaml::Node> before;
  std::optional<yaml::Node> after;
};
using Edits = std::vector<Edit>;

yaml::Node applied(const yaml::Node& base, const Edits& edits, std::size_t depth);

/// The edits whose step at this depth is for the child.
template <class Match>
Edits edits_below(const Edits& edits, Match matches) {
  Edits result;
  std::copy_if(edits.begin(), edits.end(), std::back_inserter(result), matches);
  return result;
}

bool goes(const Edits& edits, std::size_t depth) {
  return edits.size() == 1 && edits[0].steps.size() == depth + 1 && !edits[0].after;
}

yaml::Node apply_mapping(const yaml::Node& base, const Edits& edits, std::size_t depth) {
  yaml::Node result = base;
  result.entries.clear();
  for (const auto& [key, value] : base.entries) {
    const Edits below = edits_below(edits, [&](const Edit& edit) { return edit.steps[depth].text == key.value; });
    if (!goes(below, depth)) result.entries.emplace_back(key, applied(value, below, depth + 1));
  }
  for (const Edit& edit : edits) {
    if (edit.steps.size() != depth + 1 || edit.before) continue;
    yaml::Node key;
    key.kind = yaml::NodeKind::scalar;
    key.style = yaml::ScalarStyle::double_quoted;
    key.value = edit.steps[depth].text;
    result.entries.emplace_back(key, *edit.after);
  }
  return result;
}

bool is_added(const Edit& edit, std::size_t depth) { return edit.steps.size() == depth + 1 && !edit.before; }

yaml::Node apply_list(const yaml::Node& base, const Edits& edits, std::size_t depth) {
  yaml::Node result = base;
  result.items.clear();
  for (std::size_t i = 0; i < base.items.size(); ++i) {
    const yaml::Node& item = base.items[i];
    const Edits below = edits_below(edits, [&](const Edit& edit) {
      const Step& step = edit.steps[depth];
      if (is_added(edit, depth)) return false;
      return step.kind == Step::index ? step.at == i
                                      : step.kind == Step::name && item.find("name")->text() == step.text;
    });
    if (!goes(below, depth)) result.items.push_back(applied(item, below, depth + 1));
  }
  for (const Edit& edit : edits) {
    if (edit.steps[depth].kind != Step::order || edit.steps.size() != depth + 1) continue;
    std::vector<yaml::Node> ordered;
    for (const yaml::Node& name : edit.after->items) {
      const auto item = std::find_if(result.items.begin(), result.items.end(), [&](const yaml::Node& candidate) {
        return candidate.find("name")->text() == name.value;
      });
      ordered.push_back(*item);
    }
    result.items = ordered;
  }
  for (const Edit& edit : edits) {
    if (!is_added(edit, depth)) continue;
    const std::size_t at = edit.steps[depth].at.value_or(result.items.size());
    result.items.insert(result.items.begin() + static_cast<std::ptrdiff_t>(at), *edit.after);
  }
  return result;
}

yaml::Node applied(const yaml::Node& base, const Edits& edits, std::size_t depth) {
  if (edits.empty()) return base;
  if (edits[0].steps.size() == depth) return *edits[0].after;
  return base.is_mapping() ? apply_mapping(base, edits, depth) : apply_list(base, edits, depth);
}

}  // namespace

yaml::Node apply_changes(const yaml::Node& base, const std::vector<FieldChange>& fields) {
  Edits edits;
  for (const FieldChange& field : fields) {
    Edit edit{parse_path(field.path), std::nullopt, std::nullopt};
    if (field.before) edit.before = value_of(*field.before);
    if (field.after) edit.after = value_of(*field.after);
    edits.push_back(std::move(edit));
  }
  return applied(base, edits, 0);
}

}  // namespace towline::diff::test
