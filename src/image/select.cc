#include "image/select.h"

#include <algorithm>
#include <array>

#include "image/policies.h"
#include "image/rule.h"
#include "image/tag_filter.h"

namespace towline::image {

namespace {

std::strong_ordering compare_written(const Tag& a, const Tag& b) {
  if (a.str().size() != b.str().size()) return a.str().size() <=> b.str().size();
  return a.str().compare(b.str()) <=> 0;
}

std::string name_of_variant(const std::string& variant) {
  return variant.empty() ? "no variant" : "the variant " + quoted(variant);
}

}  // namespace

struct Selector::State {
  SelectPolicy policy;
  TagFilter filter;
  std::shared_ptr<const Rule> rule;

  /// A tag that the pattern does not match is looked at as a whole.
  Subject subject(const TagFacts& facts) const {
    const auto match = filter.match(facts.tag.str());
    return match ? Subject{facts, match->text, match->named} : Subject{facts, facts.tag.str(), false};
  }

  std::optional<Refusal> other_variant(const Subject& subject, const std::optional<Tag>& present) const {
    if (policy.variant == VariantRule::any) return std::nullopt;
    const std::string own = present ? variant(*present) : "";
    const std::string other = rule->variant(subject.text);
    if (own == other) return std::nullopt;
    const std::string site = present ? quoted(present->str()) + " is of " + name_of_variant(own)
                                     : "without a present tag only those of no variant count";
    return Refusal{RefusedBy::variant, quoted(subject.facts.tag.str()) + " is of " + name_of_variant(other) + ", and " +
                                           site + "; 'variant: any' would allow it"};
  }

  std::string variant(const Tag& tag) const { return rule->variant(subject({tag}).text); }

  /// What orders an accepted tag.
  tl::expected<SortKey, Refusal> accepted_key(const TagFacts& facts, const std::optional<Tag>& present) const {
    const std::string& tag = facts.tag.str();
    if (const auto entry = filter.ignored_by(tag)) {
      const std::string how = *entry == tag ? " is in 'ignore'" : " matches " + quoted(*entry) + " in 'ignore'";
      return tl::unexpected(Refusal{RefusedBy::ignore, quoted(tag) + how});
    }
    const auto match = filter.match(tag);
    if (!match)
      return tl::unexpected(
          Refusal{RefusedBy::pattern, quoted(tag) + " does not match the pattern " + quoted(policy.pattern)});
    const Subject subject{facts, match->text, match->named};
    auto key = rule->read(subject);
    if (!key) return key;
    if (auto refusal = rule->outside(subject, *key, present)) return tl::unexpected(*std::move(refusal));
    if (auto refusal = other_variant(subject, present)) return tl::unexpected(*std::move(refusal));
    return key;
  }
};

std::string_view to_string(RefusedBy rule) {
  static constexpr std::array<std::string_view, 9> kNames = {
      "no-policy", "ignore", "pattern", "format", "build-time", "prerelease", "range", "moving-tag", "variant"};
  return kNames.at(static_cast<std::size_t>(rule));
}

Result<Selector> Selector::compile(const SelectPolicy& policy) {
  const auto& policies = select_policies();
  const auto spec =
      std::find_if(policies.begin(), policies.end(), [&](const PolicySpec& row) { return row.kind == policy.kind; });
  if (spec == policies.end()) return fail(ErrorKind::internal, "there is no such policy");
  State state{policy, {}, {}};
  TRY(state.filter, TagFilter::compile(policy.pattern, policy.ignore));
  TRY(state.rule, spec->compile(policy));
  Selector selector;
  selector.state_ = std::make_shared<const State>(std::move(state));
  return selector;
}

std::optional<Refusal> Selector::refusal(const TagFacts& facts, const std::optional<Tag>& present) const {
  if (!state_) return Refusal{RefusedBy::no_policy, "no policy selects any tag"};
  auto key = state_->accepted_key(facts, present);
  return key ? std::nullopt : std::optional<Refusal>(std::move(key.error()));
}

std::strong_ordering Selector::compare(const TagFacts& a, const TagFacts& b) const {
  if (!state_) return compare_written(a.tag, b.tag);
  const auto left = state_->rule->read(state_->subject(a));
  const auto right = state_->rule->read(state_->subject(b));
  if (left.has_value() != right.has_value()) return left.has_value() <=> right.has_value();
  const auto order = left ? compare_keys(*left, *right) : std::strong_ordering::equal;
  return order != 0 ? order : compare_written(a.tag, b.tag);
}

std::partial_ordering Selector::standing(const TagFacts& a, const TagFacts& b) const {
  if (!state_) return std::partial_ordering::unordered;
  const auto left = state_->rule->read(state_->subject(a));
  const auto right = state_->rule->read(state_->subject(b));
  return left && right ? std::partial_ordering(compare_keys(*left, *right)) : std::partial_ordering::unordered;
}

std::optional<Tag> Selector::pick(const std::vector<TagFacts>& tags, const std::optional<Tag>& present) const {
  if (!state_) return std::nullopt;
  const Tag* best = nullptr;
  SortKey best_key;
  for (const TagFacts& one : tags) {
    auto key = state_->accepted_key(one, present);
    if (!key) continue;
    const auto order = best == nullptr ? std::strong_ordering::greater : compare_keys(*key, best_key);
    if (order < 0 || (order == 0 && compare_written(one.tag, *best) <= 0)) continue;
    best = &one.tag;
    best_key = *std::move(key);
  }
  return best == nullptr ? std::nullopt : std::optional<Tag>(*best);
}

Step Selector::step(const TagFacts& present, const TagFacts& picked) const {
  std::partial_ordering order = standing(picked, present);
  if (accepts(present, present.tag)) {
    // "1.20.0" replaces "1.20", but one variant does not replace another for nothing.
    const bool better = order == std::partial_ordering::equivalent && variant(picked.tag) == variant(present.tag) &&
                        compare(picked, present) > 0;
    const bool later = order == std::partial_ordering::greater || order == std::partial_ordering::unordered;
    return better || later ? Step::forward : Step::none;
  }
  if (order == std::partial_ordering::unordered) order = compare_versions(picked.tag, present.tag);
  return order == std::partial_ordering::less ? Step::backward : Step::forward;
}

std::string Selector::variant(const Tag& tag) const { return state_ ? state_->variant(tag) : ""; }

std::string Selector::reading(const TagFacts& facts) const {
  if (!state_) return {};
  const auto key = state_->rule->read(state_->subject(facts));
  return key ? describe(*key) : "";
}

const SelectPolicy& Selector::policy() const {
  static const SelectPolicy kNone;
  return state_ ? state_->policy : kNone;
}

}  // namespace towline::image
