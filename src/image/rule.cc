#include "image/rule.h"

#include <algorithm>

#include "base/text.h"
#include "image/variant.h"

namespace towline::image {

namespace {

constexpr std::size_t kMostShown = 80;

struct KeyOrder {
  const SortKey& other;

  std::strong_ordering operator()(const std::string& key) const {
    return key.compare(std::get<std::string>(other)) <=> 0;
  }
  std::strong_ordering operator()(const Numbers& key) const {
    const std::vector<std::string>& others = std::get<Numbers>(other).all;
    return std::lexicographical_compare_three_way(
        key.all.begin(), key.all.end(), others.begin(), others.end(),
        [](const std::string& a, const std::string& b) { return compare_numbers(a, b); });
  }
  std::strong_ordering operator()(const TimePoint& key) const {
    return key.time_since_epoch().count() <=> std::get<TimePoint>(other).time_since_epoch().count();
  }
  std::strong_ordering operator()(const SemanticVersion& key) const {
    return compare_precedence(key, std::get<SemanticVersion>(other));
  }
};

struct KeyText {
  std::string operator()(const std::string& key) const { return key; }
  std::string operator()(const Numbers& key) const { return join(key.all, "."); }
  std::string operator()(const TimePoint& key) const { return format_time(key); }
  std::string operator()(const SemanticVersion& key) const {
    const std::string numbers = key.major + "." + key.minor + "." + key.patch;
    return key.prerelease.empty() ? numbers : numbers + "-" + join(key.prerelease, ".");
  }
};

}  // namespace

std::strong_ordering compare_keys(const SortKey& a, const SortKey& b) {
  if (a.index() != b.index()) return a.index() <=> b.index();
  return std::visit(KeyOrder{b}, a);
}

std::string describe(const SortKey& key) { return std::visit(KeyText{}, key); }

std::optional<Refusal> Rule::outside(const Subject& /*subject*/, const SortKey& /*key*/,
                                     const std::optional<Tag>& /*present*/) const {
  return std::nullopt;
}

std::string Rule::variant(std::string_view text) const { return variant_in(text); }

std::string quoted(std::string_view text) { return "'" + ellipsize(printable_utf8(text), kMostShown) + "'"; }

std::string quoted(const Subject& subject) {
  const std::string tag = quoted(subject.facts.tag.str());
  return subject.named && subject.text != subject.facts.tag.str() ? quoted(subject.text) + " in " + tag : tag;
}

}  // namespace towline::image
