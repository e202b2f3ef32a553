#include "image/tag_filter.h"

#include <re2/re2.h>

#include "image/rule.h"

namespace towline::image {

namespace {

constexpr std::size_t kMaxPattern = 1000;
constexpr std::size_t kMaxIgnored = 100;
/// Compiling takes time in proportion: a few milliseconds at most.
constexpr std::int64_t kMaxPatternMemory = 1 << 17;
constexpr const char* kVersionGroup = "version";

}  // namespace

Result<Pattern> compile_pattern(std::string_view text) {
  if (text.empty()) return fail(ErrorKind::invalid, "the pattern is empty; write '.*' for every tag");
  if (text.size() > kMaxPattern)
    return fail(ErrorKind::invalid, "the pattern has more than " + std::to_string(kMaxPattern) + " characters");
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxPatternMemory);
  auto pattern = std::make_shared<const RE2>(re2::StringPiece(text.data(), text.size()), options);
  if (!pattern->ok())
    return fail(ErrorKind::invalid,
                "the pattern " + quoted(text) + " is not a regular expression of RE2: " + pattern->error());
  return pattern;
}

Result<TagFilter> TagFilter::compile(std::string_view pattern, const std::vector<std::string>& ignore) {
  TagFilter filter;
  if (!pattern.empty()) {
    TRY(filter.pattern_, compile_pattern(pattern));
    const auto& groups = filter.pattern_->NamedCapturingGroups();
    if (const auto version = groups.find(kVersionGroup); version != groups.end()) filter.group_ = version->second;
  }
  if (ignore.size() > kMaxIgnored)
    return fail(ErrorKind::invalid, "'ignore' has more than " + std::to_string(kMaxIgnored) + " entries");
  for (const std::string& entry : ignore) {
    if (parse_tag(entry)) {
      filter.ignored_tags_.insert(entry);
      continue;
    }
    TRY(Pattern ignored, compile_pattern(entry));
    filter.ignored_patterns_.push_back(std::move(ignored));
  }
  return filter;
}

std::optional<TagFilter::Match> TagFilter::match(std::string_view tag) const {
  if (!pattern_) return Match{tag, false};
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(group_) + 1);
  const re2::StringPiece piece(tag.data(), tag.size());
  if (!pattern_->Match(piece, 0, piece.size(), RE2::UNANCHORED, groups.data(), group_ + 1)) return std::nullopt;
  if (group_ == 0) return Match{tag, false};
  return Match{std::string_view(groups.back().data(), groups.back().size()), true};
}

std::optional<std::string> TagFilter::ignored_by(std::string_view tag) const {
  if (ignored_tags_.contains(tag)) return std::string(tag);
  const re2::StringPiece piece(tag.data(), tag.size());
  for (const Pattern& pattern : ignored_patterns_) {
    if (RE2::PartialMatch(piece, *pattern)) return pattern->pattern();
  }
  return std::nullopt;
}

}  // namespace towline::image
