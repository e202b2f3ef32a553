#include "diff/canonical.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/text.h"

namespace towline::diff {
namespace {

/// What people look for first stands first; the rest is alphabetical.
std::size_t key_rank(std::string_view key) {
  constexpr std::array<std::string_view, 4> kFirst = {"apiVersion", "kind", "metadata", "name"};
  return static_cast<std::size_t>(std::find(kFirst.begin(), kFirst.end(), key) - kFirst.begin());
}

yaml::Node plain(std::string value) {
  yaml::Node node;
  node.kind = yaml::NodeKind::scalar;
  node.value = std::move(value);
  return node;
}

/// The style is what tells a string from a number of the same text; emit() writes quotes only where they are needed.
yaml::Node canonical_string(std::string value) {
  yaml::Node node = plain(std::move(value));
  node.style = yaml::ScalarStyle::double_quoted;
  return node;
}

yaml::Node canonical_scalar(const yaml::Node& node) {
  switch (yaml::scalar_type(node)) {
    case yaml::ScalarType::null:
      return {};
    case yaml::ScalarType::boolean: {
      const std::string text = to_lower(node.value);
      return plain(text == "true" || text == "yes" || text == "on" || text == "y" ? "true" : "false");
    }
    case yaml::ScalarType::integer:
    case yaml::ScalarType::floating:
      return plain(node.value);
    case yaml::ScalarType::string:
      break;
  }
  return canonical_string(node.value);
}

yaml::Node canonical_mapping(const yaml::Node& node, Nulls nulls) {
  std::map<std::tuple<std::size_t, std::string>, yaml::Node> entries;
  for (const auto& [key, value] : node.entries) {
    std::string text = key_text(key);
    const std::size_t rank = key_rank(text);
    yaml::Node item = canonical(value, nulls);
    // Go programs write an unset creationTimestamp so.
    if (item.kind == yaml::NodeKind::null && (nulls == Nulls::dropped || text == "creationTimestamp")) {
      entries.erase({rank, std::move(text)});
    } else {
      entries.insert_or_assign({rank, std::move(text)}, std::move(item));
    }
  }
  yaml::Node result;
  result.kind = yaml::NodeKind::mapping;
  for (auto& [key, value] : entries) result.entries.emplace_back(canonical_string(std::get<1>(key)), std::move(value));
  return result;
}

}  // namespace

yaml::Node canonical(const yaml::Node& node, Nulls nulls) {
  switch (node.kind) {
    case yaml::NodeKind::scalar:
      return canonical_scalar(node);
    case yaml::NodeKind::mapping:
      return canonical_mapping(node, nulls);
    case yaml::NodeKind::sequence: {
      yaml::Node result;
      result.kind = yaml::NodeKind::sequence;
      result.items.reserve(node.items.size());
      for (const yaml::Node& item : node.items) result.items.push_back(canonical(item, nulls));
      return result;
    }
    case yaml::NodeKind::alias:  // resources come with their aliases expanded
    case yaml::NodeKind::null:
      break;
  }
  return {};
}

bool same(const yaml::Node& a, const yaml::Node& b) {
  if (a.kind != b.kind || a.value != b.value) return false;
  if (a.is_scalar() && a.style != b.style) return false;
  return std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), same) &&
         std::equal(a.entries.begin(), a.entries.end(), b.entries.begin(), b.entries.end(),
                    [](const auto& x, const auto& y) { return same(x.first, y.first) && same(x.second, y.second); });
}

bool written_alike(const yaml::Node& a, const yaml::Node& b) {
  if (a.kind != b.kind || a.style != b.style || a.value != b.value || a.tag != b.tag) return false;
  return std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), written_alike) &&
         std::equal(a.entries.begin(), a.entries.end(), b.entries.begin(), b.entries.end(),
                    [](const auto& x, const auto& y) {
                      return written_alike(x.first, y.first) && written_alike(x.second, y.second);
                    });
}

std::size_t hash_of(const yaml::Node& node) {
  constexpr std::size_t kOdd = 0x9e3779b97f4a7c15;
  const auto mix = [](std::size_t hash, std::size_t more) { return (hash ^ more) * kOdd + (hash >> 29); };
  std::size_t hash = mix(std::hash<std::string_view>{}(node.value), static_cast<std::size_t>(node.kind) * 8);
  if (node.is_scalar()) hash = mix(hash, static_cast<std::size_t>(node.style) + 1);
  for (const yaml::Node& item : node.items) hash = mix(hash, hash_of(item));
  for (const auto& [key, value] : node.entries) hash = mix(mix(hash, hash_of(key)), hash_of(value));
  return hash;
}

std::uint32_t NodeNumbers::number(const yaml::Node& node) {
  auto& bucket = by_hash_[hash_of(node)];
  for (const auto& [known, number] : bucket) {
    if (same(*known, node)) return number;
  }
  bucket.emplace_back(&node, next_);
  return next_++;
}

std::vector<std::uint32_t> NodeNumbers::numbers(const std::vector<yaml::Node>& nodes) {
  std::vector<std::uint32_t> result;
  result.reserve(nodes.size());
  for (const yaml::Node& node : nodes) result.push_back(number(node));
  return result;
}

yaml::Node string_node(std::string value) { return canonical_string(std::move(value)); }

std::string show(const yaml::Node& node) {
  std::string text;
  if (node.is_scalar() && node.value.find('\n') != std::string::npos) {
    // Inside a mapping several lines are written as such; alone they would be one long quoted line.
    yaml::Node holder;
    holder.kind = yaml::NodeKind::mapping;
    holder.entries.emplace_back(plain("x"), node);
    text = yaml::emit(holder).substr(std::string_view("x: ").size());
  } else {
    text = yaml::emit(node);
  }
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string key_text(const yaml::Node& key) {
  if (key.is_scalar()) return key.value;
  return key.kind == yaml::NodeKind::null ? "null" : show(canonical(key));
}

}  // namespace towline::diff
