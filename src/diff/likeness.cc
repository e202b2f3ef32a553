#include "diff/likeness.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <string>

#include "base/text.h"

namespace towline::diff {
namespace {

constexpr std::size_t kMostFeatures = 2048;
constexpr std::size_t kShortestName = 3;

class Collector {
 public:
  explicit Collector(std::string_view name) : name_(name) {}

  void collect(const yaml::Node& node, std::uint64_t path) {
    if (features_.size() >= kMostFeatures) return;
    for (const yaml::Node& item : node.items) collect(item, mix(path, 1));
    for (const auto& [key, value] : node.entries) collect(value, mix(path, hash(key.value)));
    if (node.is_scalar()) features_.push_back(mix(mix(path, hash(without_name(node.value))), node.style == kText));
  }

  Features take() {
    std::sort(features_.begin(), features_.end());
    return std::move(features_);
  }

  static std::uint64_t hash(std::string_view text) { return std::hash<std::string_view>{}(text); }
  static std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;
    return (a ^ (b + kOdd + (a << 6) + (a >> 2))) * kOdd;
  }

 private:
  static constexpr yaml::ScalarStyle kText = yaml::ScalarStyle::double_quoted;

  std::string without_name(const std::string& value) const {
    return name_.size() < kShortestName ? value : replace_all(value, name_, std::string_view("\0", 1));
  }

  std::string_view name_;
  Features features_;
};

}  // namespace

Features features_of(const yaml::Node& body, std::string_view name) {
  Collector collector(name);
  for (const auto& [key, value] : body.entries) {
    const std::uint64_t path = Collector::hash(key.value);
    if (key.value == "apiVersion" || key.value == "kind") continue;
    if (key.value != "metadata") {
      collector.collect(value, path);
      continue;
    }
    for (const auto& [field, content] : value.entries) {
      if (field.value == "name" || field.value == "generateName" || field.value == "namespace") continue;
      collector.collect(content, Collector::mix(path, Collector::hash(field.value)));
    }
  }
  return collector.take();
}

std::size_t likeness(const Features& a, const Features& b) {
  constexpr std::size_t kThousand = 1000;
  if (a.empty() && b.empty()) return kThousand;
  std::size_t shared = 0;
  auto i = a.begin();
  auto j = b.begin();
  while (i != a.end() && j != b.end()) {
    if (*i == *j) {
      ++shared;
      ++i;
      ++j;
    } else if (*i < *j) {
      ++i;
    } else {
      ++j;
    }
  }
  return shared * kThousand / std::max(a.size(), b.size());
}

}  // namespace towline::diff
