#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "image/reference.h"

namespace re2 {
class RE2;
}

namespace towline::image {

using Pattern = std::shared_ptr<const re2::RE2>;

/// RE2 syntax, bounded in size and memory. Error invalid: empty, too long or no pattern, with what and where.
Result<Pattern> compile_pattern(std::string_view text);

/// `pattern` and `ignore` of a policy.
class TagFilter {
 public:
  /// An entry of `ignore` that could be a tag is that tag and no other; anything else is a pattern, searched in the
  /// tag. Error invalid: as compile_pattern, or there are too many entries.
  static Result<TagFilter> compile(std::string_view pattern, const std::vector<std::string>& ignore);

  struct Match {
    std::string_view text;  ///< the group `version`, "" when it took no part; without that group the whole tag
    bool named = false;     ///< the pattern has that group
  };
  /// nullopt when the pattern is not found in the tag. The text is part of the argument.
  std::optional<Match> match(std::string_view tag) const;
  /// The entry of `ignore` that covers the tag.
  std::optional<std::string> ignored_by(std::string_view tag) const;

 private:
  Pattern pattern_;  ///< null: every tag
  int group_ = 0;
  std::set<std::string, std::less<>> ignored_tags_;
  std::vector<Pattern> ignored_patterns_;
};

}  // namespace towline::image
