#include "diff/apply.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace towline::diff::test {
namespace {

using Parts = std::vector<std::pair<std::string, std::string>>;

/// One step of a path: `.key`, `["key"]`, `[3]`, `[0 to 2]`, `[name=x]`, `[port=53,protocol=UDP, at 1]` or `[order]`.
struct Step {
  enum Kind { key, index, item, order } kind = key;
  std::string text;
  std::optional<std::size_t> at;     ///< index in base; in head of what came
  std::optional<std::size_t> moves;  ///< to this index in head
  Parts parts;
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

Parts take_parts(std::string_view& text) {
  Parts parts;
  do {
    if (text.front() == ',') text.remove_prefix(1);
    std::string key = take_until(text, "=");
    text.remove_prefix(1);
    std::string value = text.starts_with('"') ? take_quoted(text) : take_until(text, ",]");
    parts.emplace_back(std::move(key), std::move(value));
  } while (text.starts_with(',') && !text.starts_with(", at "));
  return parts;
}

Step take_bracket(std::string_view& path) {
  path.remove_prefix(1);
  Step step;
  if (path.front() == '"') {
    step = {Step::key, take_quoted(path), std::nullopt, std::nullopt, {}};
  } else if (path.starts_with("order]")) {
    step = {Step::order, take_until(path, "]"), std::nullopt, std::nullopt, {}};
  } else if (path.front() >= '0' && path.front() <= '9') {
    step = {Step::index, "", std::stoul(take_until(path, " ]")), std::nullopt, {}};
    if (path.starts_with(" to ")) {
      path.remove_prefix(4);
      step.moves = std::stoul(take_until(path, "]"));
    }
  } else {
    step = {Step::item, "", std::nullopt, std::nullopt, take_parts(path)};
    if (path.starts_with(", at ")) {
      path.remove_prefix(5);
      step.at = std::stoul(take_until(path, "]"));
    }
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
    steps.push_back({Step::key, take_until(path, ".["), std::nullopt, std::nullopt, {}});
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

std::string part_of(const yaml::Node& item, const std::string& key) {
  const yaml::Node* node = key == "metadata.name" ? item.find_path({"metadata", "name"}) : item.find(key);
  return node != nullptr ? std::string(node->text()) : key == "protocol" ? "TCP" : "";
}

bool is_called(const yaml::Node& item, const Parts& parts) {
  // The protocol is left out of a key when it is TCP.
  const bool port = parts.front().first == "containerPort" || parts.front().first == "port";
  if (port && parts.size() == 1 && part_of(item, "protocol") != "TCP") return false;
  return std::all_of(parts.begin(), parts.end(),
                     [&](const auto& part) { return part_of(item, part.first) == part.second; });
}

struct Kept {
  std::size_t index;  ///< in base
  yaml::Node before;
  yaml::Node after;
};

bool is_named(const Kept& kept, std::string name) {
  if (kept.before.find("name") != nullptr && kept.before.find("name")->text() == name) return true;
  if (name.find('=') == std::string::npos) return std::to_string(kept.index) == name;
  name += ']';
  std::string_view rest = name;
  return is_called(kept.before, take_parts(rest));
}

std::vector<Kept> in_order(const std::vector<Kept>& kept, const std::vector<yaml::Node>& names) {
  std::vector<Kept> result;
  for (const yaml::Node& name : names) {
    const auto item =
        std::find_if(kept.begin(), kept.end(), [&](const Kept& one) { return is_named(one, name.value); });
    result.push_back(*item);
  }
  return result;
}

yaml::Node apply_list(const yaml::Node& base, const Edits& edits, std::size_t depth) {
  std::vector<Kept> kept;
  for (std::size_t i = 0; i < base.items.size(); ++i) {
    const yaml::Node& item = base.items[i];
    const Edits below = edits_below(edits, [&](const Edit& edit) {
      const Step& step = edit.steps[depth];
      if (is_added(edit, depth)) return false;
      return step.kind == Step::index ? step.at == i : step.kind == Step::item && is_called(item, step.parts);
    });
    const bool moves = below.size() == 1 && below[0].steps[depth].moves;
    if (!moves && !goes(below, depth)) kept.push_back({i, item, applied(item, below, depth + 1)});
  }
  std::vector<std::pair<std::size_t, yaml::Node>> placed;
  std::vector<yaml::Node> last;
  for (const Edit& edit : edits) {
    if (edit.steps.size() != depth + 1) continue;
    const Step& step = edit.steps[depth];
    if (step.kind == Step::order) {
      kept = in_order(kept, edit.after->items);
    } else if (step.moves) {
      placed.emplace_back(*step.moves, *edit.after);
    } else if (!edit.before && step.at) {
      placed.emplace_back(*step.at, *edit.after);
    } else if (!edit.before) {
      last.push_back(*edit.after);
    }
  }
  std::sort(placed.begin(), placed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  yaml::Node result = base;
  result.items.clear();
  for (const Kept& item : kept) result.items.push_back(item.after);
  for (const auto& [at, node] : placed)
    result.items.insert(result.items.begin() + static_cast<std::ptrdiff_t>(at), node);
  result.items.insert(result.items.end(), last.begin(), last.end());
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
