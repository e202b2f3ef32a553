#include "diff/compare.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "diff/canonical.h"
#include "diff/sequence.h"

namespace towline::diff {
namespace {

void compare_nodes(const yaml::Node& base, const yaml::Node& head, const std::string& path,
                   std::vector<FieldChange>& changes);

bool is_simple(std::string_view text) {
  constexpr std::string_view kSimple = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  return !text.empty() && text.find_first_not_of(kSimple) == std::string_view::npos;
}

std::string quoted(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (byte < 0x20) {
      result += "\\x";
      result += kDigits[byte >> 4];
      result += kDigits[byte & 15];
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string child_path(const std::string& path, std::string_view key) {
  if (!is_simple(key)) return path + "[" + quoted(key) + "]";
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

std::string name_path(const std::string& path, std::string_view name, std::optional<std::size_t> index = std::nullopt) {
  const std::string place = index ? ", at " + std::to_string(*index) : "";
  return path + "[name=" + (is_simple(name) ? std::string(name) : quoted(name)) + place + "]";
}

std::string index_path(const std::string& path, std::size_t index) { return path + "[" + std::to_string(index) + "]"; }

void add(const yaml::Node* before, const yaml::Node* after, std::string path, std::vector<FieldChange>& changes) {
  FieldChange change{std::move(path), std::nullopt, std::nullopt};
  if (before != nullptr) change.before = show(*before);
  if (after != nullptr) change.after = show(*after);
  changes.push_back(std::move(change));
}

void compare_mappings(const yaml::Node& base, const yaml::Node& head, const std::string& path,
                      std::vector<FieldChange>& changes) {
  std::map<std::string_view, std::pair<const yaml::Node*, const yaml::Node*>> paired;
  for (const auto& [key, value] : base.entries) paired[key.value].first = &value;
  for (const auto& [key, value] : head.entries) paired[key.value].second = &value;
  for (const auto& [key, values] : paired) {
    const std::string child = child_path(path, key);
    if (values.first == nullptr || values.second == nullptr) {
      add(values.first, values.second, child, changes);
    } else {
      compare_nodes(*values.first, *values.second, child, changes);
    }
  }
}

/// The items' names when every item is a mapping with a name (a string) of its own.
std::optional<std::vector<std::string_view>> names_of(const yaml::Node& list) {
  std::vector<std::string_view> names;
  for (const yaml::Node& item : list.items) {
    const yaml::Node* name = item.find("name");
    if (name == nullptr || !name->is_scalar() || yaml::scalar_type(*name) != yaml::ScalarType::string) {
      return std::nullopt;
    }
    names.push_back(name->value);
  }
  std::vector<std::string_view> sorted = names;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) return std::nullopt;
  return names;
}

yaml::Node name_list(const std::vector<const yaml::Node*>& items) {
  yaml::Node list;
  list.kind = yaml::NodeKind::sequence;
  for (const yaml::Node* item : items) list.items.push_back(*item->find("name"));
  return list;
}

using ByName = std::map<std::string_view, const yaml::Node*>;

ByName by_name(const yaml::Node& list) {
  ByName result;
  for (const yaml::Node& item : list.items) result.emplace(item.find("name")->value, &item);
  return result;
}

void compare_order(const yaml::Node& base, const yaml::Node& head, const std::string& path,
                   std::vector<FieldChange>& changes) {
  const auto kept = [](const yaml::Node& list, const ByName& others) {
    std::vector<const yaml::Node*> items;
    for (const yaml::Node& item : list.items) {
      if (others.contains(item.find("name")->value)) items.push_back(&item);
    }
    return name_list(items);
  };
  const yaml::Node before = kept(base, by_name(head));
  const yaml::Node after = kept(head, by_name(base));
  if (!same(before, after)) add(&before, &after, path + "[order]", changes);
}

void compare_by_name(const yaml::Node& base, const yaml::Node& head, const std::string& path,
                     std::vector<FieldChange>& changes) {
  const ByName before = by_name(base);
  const ByName after = by_name(head);
  compare_order(base, head, path, changes);
  for (const yaml::Node& item : base.items) {
    const std::string_view name = item.find("name")->value;
    if (!after.contains(name)) add(&item, nullptr, name_path(path, name), changes);
  }
  std::size_t last_kept = 0;  // one behind the last item of head that stayed
  for (std::size_t i = 0; i < head.items.size(); ++i) {
    if (before.contains(head.items[i].find("name")->value)) last_kept = i + 1;
  }
  for (std::size_t i = 0; i < head.items.size(); ++i) {
    const yaml::Node& item = head.items[i];
    const std::string_view name = item.find("name")->value;
    if (const auto found = before.find(name); found != before.end()) {
      compare_nodes(*found->second, item, name_path(path, name), changes);
    } else {
      const auto place = i < last_kept ? std::optional(i) : std::nullopt;
      add(nullptr, &item, name_path(path, name, place), changes);
    }
  }
}

void compare_by_index(const yaml::Node& base, const yaml::Node& head, const std::string& path,
                      std::vector<FieldChange>& changes) {
  const auto equal = [&](std::size_t i, std::size_t j) { return same(base.items[i], head.items[j]); };
  for (const Aligned& row : align(base.items.size(), head.items.size(), equal)) {
    if (row.equal) continue;
    if (row.base && row.head) {
      compare_nodes(base.items[*row.base], head.items[*row.head], index_path(path, *row.base), changes);
    } else if (row.base) {
      add(&base.items[*row.base], nullptr, index_path(path, *row.base), changes);
    } else {
      add(nullptr, &head.items[*row.head], index_path(path, *row.head), changes);
    }
  }
}

void compare_nodes(const yaml::Node& base, const yaml::Node& head, const std::string& path,
                   std::vector<FieldChange>& changes) {
  if (base.is_mapping() && head.is_mapping()) return compare_mappings(base, head, path, changes);
  if (base.is_sequence() && head.is_sequence()) {
    if (names_of(base) && names_of(head)) return compare_by_name(base, head, path, changes);
    return compare_by_index(base, head, path, changes);
  }
  if (!same(base, head)) add(&base, &head, path, changes);
}

}  // namespace

std::vector<FieldChange> compare(const yaml::Node& base, const yaml::Node& head) {
  std::vector<FieldChange> changes;
  compare_nodes(base, head, "", changes);
  return changes;
}

}  // namespace towline::diff
