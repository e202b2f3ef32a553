#include "image/select.h"

#include <algorithm>

#include <re2/re2.h>

#include "base/text.h"
#include "image/constraint.h"

namespace towline::image {

namespace {

constexpr std::size_t kMaxPattern = 1000;
constexpr std::int64_t kMaxPatternMemory = 1 << 20;

std::string quoted(std::string_view text) { return "'" + ellipsize(printable_utf8(text), 80) + "'"; }

std::strong_ordering compare_written(const Tag& a, const Tag& b) {
  if (a.str().size() != b.str().size()) return a.str().size() <=> b.str().size();
  return a.str().compare(b.str()) <=> 0;
}

/// The policy is one of these; each says why it refuses a tag, and how two tags stand before ties are broken.
struct SemverRule {
  std::string written;
  Constraint constraint;

  std::optional<std::string> reject_reason(const Tag& tag) const {
    const auto version = parse_semver(tag.str());
    if (!version) return quoted(tag.str()) + " is not a version such as 1.2.3";
    if (constraint.allows(*version)) return std::nullopt;
    if (!version->prerelease.empty() && !constraint.names_prerelease())
      return quoted(tag.str()) + " is a prerelease, and the constraint " + quoted(written) + " names none";
    return quoted(tag.str()) + " is not in the range " + quoted(written);
  }

  std::strong_ordering compare(const Tag& a, const Tag& b) const {
    const auto a_version = parse_semver(a.str());
    const auto b_version = parse_semver(b.str());
    if (a_version && b_version) return compare_precedence(*a_version, *b_version);
    return a_version.has_value() <=> b_version.has_value();
  }
};

struct NewestRule {
  std::shared_ptr<const RE2> pattern;
  int group = 0;  ///< 0 is the whole tag

  /// What orders the tag; nullopt when the pattern does not match.
  std::optional<std::string_view> key(const Tag& tag) const {
    const std::string_view text = tag.str();
    std::vector<re2::StringPiece> groups(static_cast<std::size_t>(group) + 1);
    const re2::StringPiece piece(text.data(), text.size());
    if (!pattern->Match(piece, 0, piece.size(), RE2::UNANCHORED, groups.data(), group + 1)) return std::nullopt;
    if (group == 0) return text;
    const re2::StringPiece& named = groups.back();
    return std::string_view(named.data(), named.size());
  }

  std::optional<std::string> reject_reason(const Tag& tag) const {
    if (key(tag)) return std::nullopt;
    return quoted(tag.str()) + " does not match the pattern " + quoted(pattern->pattern());
  }

  std::strong_ordering compare(const Tag& a, const Tag& b) const {
    const auto a_key = key(a);
    const auto b_key = key(b);
    if (a_key && b_key) return compare_naturally(*a_key, *b_key);
    return a_key.has_value() <=> b_key.has_value();
  }
};

struct DigestRule {
  Tag tag;

  std::optional<std::string> reject_reason(const Tag& other) const {
    if (other == tag) return std::nullopt;
    return quoted(other.str()) + " is not the tag " + quoted(tag.str()) + " whose digest is followed";
  }

  std::strong_ordering compare(const Tag& a, const Tag& b) const { return (a == tag) <=> (b == tag); }
};

Result<SemverRule> make_rule(const SemverPolicy& policy) {
  TRY(Constraint constraint, Constraint::parse(policy.constraint));
  return SemverRule{policy.constraint, std::move(constraint)};
}

Result<NewestRule> make_rule(const NewestPolicy& policy) {
  if (policy.pattern.empty()) return fail(ErrorKind::invalid, "the pattern is empty; write '.*' for every tag");
  if (policy.pattern.size() > kMaxPattern)
    return fail(ErrorKind::invalid, "the pattern has more than " + std::to_string(kMaxPattern) + " characters");
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxPatternMemory);
  auto pattern = std::make_shared<const RE2>(policy.pattern, options);
  if (!pattern->ok())
    return fail(ErrorKind::invalid,
                "the pattern " + quoted(policy.pattern) + " is not a regular expression of RE2: " + pattern->error());
  const auto& named = pattern->NamedCapturingGroups();
  const auto version = named.find("version");
  return NewestRule{std::move(pattern), version == named.end() ? 0 : version->second};
}

Result<DigestRule> make_rule(const DigestPolicy& policy) {
  TRY(Tag tag, parse_tag(policy.tag));
  return DigestRule{std::move(tag)};
}

}  // namespace

struct Selector::State {
  std::variant<SemverRule, NewestRule, DigestRule> rule;
};

Result<Selector> Selector::compile(const SelectPolicy& policy) {
  return std::visit(
      [](const auto& kind) -> Result<Selector> {
        TRY(auto rule, make_rule(kind));
        Selector selector;
        selector.state_ = std::make_shared<const State>(State{std::move(rule)});
        return selector;
      },
      policy);
}

std::optional<std::string> Selector::reject_reason(const Tag& tag) const {
  if (!state_) return "no policy selects any tag";
  return std::visit([&](const auto& rule) { return rule.reject_reason(tag); }, state_->rule);
}

std::strong_ordering Selector::compare(const Tag& a, const Tag& b) const {
  if (!state_) return compare_written(a, b);
  const auto order = std::visit([&](const auto& rule) { return rule.compare(a, b); }, state_->rule);
  return order != 0 ? order : compare_written(a, b);
}

std::optional<Tag> Selector::pick(const std::vector<Tag>& tags) const {
  const Tag* best = nullptr;
  for (const Tag& tag : tags)
    if (accepts(tag) && (best == nullptr || compare(tag, *best) > 0)) best = &tag;
  return best == nullptr ? std::nullopt : std::optional<Tag>(*best);
}

bool Selector::follows_digest() const { return state_ && std::holds_alternative<DigestRule>(state_->rule); }

std::partial_ordering compare_versions(const Tag& a, const Tag& b) {
  const auto a_version = parse_semver(a.str());
  const auto b_version = parse_semver(b.str());
  if (!a_version || !b_version) return std::partial_ordering::unordered;
  return compare_precedence(*a_version, *b_version);
}

}  // namespace towline::image
