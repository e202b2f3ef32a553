#include "discovery/fields.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"

namespace towline::discovery {

std::string text_at(const yaml::Node& node, std::initializer_list<std::string_view> path) {
  const yaml::Node* found = node.find_path(path);
  return found == nullptr ? std::string{} : std::string(found->text());
}

bool flag_at(const yaml::Node& node, std::initializer_list<std::string_view> path) {
  return text_at(node, path) == "true";
}

const std::vector<yaml::Node>& items_at(const yaml::Node& node, std::initializer_list<std::string_view> path) {
  static const std::vector<yaml::Node> kNone;
  const yaml::Node* found = node.find_path(path);
  return found == nullptr ? kNone : found->items;
}

std::vector<std::string> texts_at(const yaml::Node& node, std::initializer_list<std::string_view> path) {
  std::vector<std::string> texts;
  for (const yaml::Node& item : items_at(node, path)) texts.emplace_back(item.text());
  return texts;
}

std::vector<NamedText> named_texts_at(const yaml::Node& node, std::initializer_list<std::string_view> path) {
  std::vector<NamedText> texts;
  const yaml::Node* found = node.find_path(path);
  if (found == nullptr) return texts;
  for (const auto& [key, value] : found->entries) texts.emplace_back(key.text(), value.text());
  return texts;
}

std::vector<NamedText> pairs_at(const yaml::Node& node, std::initializer_list<std::string_view> path,
                                std::string_view first, std::string_view second) {
  std::vector<NamedText> pairs;
  for (const yaml::Node& item : items_at(node, path))
    pairs.emplace_back(text_at(item, {first}), text_at(item, {second}));
  return pairs;
}

yaml::Node merged(yaml::Node base, const yaml::Node& changes, NullMeans null_means) {
  if (!changes.is_mapping()) return changes;
  if (!base.is_mapping()) {
    base = changes;
    base.entries.clear();
  }
  // The first entry of each name. Looking through all entries for each change would be quadratic.
  std::map<std::string, std::size_t, std::less<>> places;
  for (std::size_t i = 0; i < base.entries.size(); ++i) places.emplace(base.entries[i].first.text(), i);
  std::vector<bool> removed(base.entries.size(), false);
  for (const auto& [key, value] : changes.entries) {
    const auto found = places.find(key.text());
    if (value.is_null() && null_means == NullMeans::removal) {
      if (found == places.end()) continue;
      removed[found->second] = true;
      places.erase(found);
    } else if (found != places.end()) {
      yaml::Node& present = base.entries[found->second].second;
      present = merged(std::move(present), value, null_means);
    } else {
      places.emplace(key.text(), base.entries.size());
      base.entries.emplace_back(key, merged(yaml::Node(), value, null_means));
      removed.push_back(false);
    }
  }
  std::size_t at = 0;
  std::erase_if(base.entries, [&](const auto&) { return removed[at++]; });
  return base;
}

namespace {

struct Scheme {
  std::string_view name;
  std::string_view port;  ///< that is the same as none
};
constexpr std::array<Scheme, 5> kSchemes = {
    {{"https", ":443"}, {"http", ":80"}, {"ssh", ":22"}, {"git+ssh", ":22"}, {"git", ":9418"}}};

}  // namespace

std::string normal_url(std::string_view url) {
  std::string text = to_lower(trim(url));
  if (const std::size_t scheme = text.find("://"); scheme != std::string::npos) {
    const auto known = std::find_if(kSchemes.begin(), kSchemes.end(),
                                    [&](const auto& one) { return text.substr(0, scheme) == one.name; });
    if (known == kSchemes.end()) return text;
    text.erase(0, scheme + 3);
    const std::size_t slash = std::min(text.find('/'), text.size());
    if (std::string_view(text).substr(0, slash).ends_with(known->port)) {
      text.erase(slash - known->port.size(), known->port.size());
    }
  } else if (const std::size_t colon = text.find(':'); colon != std::string::npos && text.find('/') > colon) {
    text[colon] = '/';  // git@host:owner/name
  }
  const std::size_t at = text.find('@');
  if (at != std::string::npos && at < text.find('/')) text.erase(0, at + 1);
  while (text.ends_with('/')) text.pop_back();
  if (text.ends_with(".git")) text.resize(text.size() - 4);
  return text;
}

}  // namespace towline::discovery
