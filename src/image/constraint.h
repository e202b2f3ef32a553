#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "image/semver.h"

namespace towline::image {

enum class Operator { equal, not_equal, greater, less, at_least, at_most, tilde, caret };

/// One operator with one version, which may be partial: "^1.2", ">=1", "1.x", "*".
struct Comparator {
  Operator op = Operator::equal;
  SemanticVersion version;
  std::size_t parts = 3;  ///< numbers that were written and are not x; 0 for "*"
};

/// A semver constraint as users of Flux, Argo CD Image Updater and Kargo know it. Source of every rule:
/// Masterminds/semver 3.5, constraints.go; but numbers may have any
/// length, and what is known to name a variant ("1.25-alpine") is refused where a prerelease could stand.
class Constraint {
 public:
  /// Comparators parted by white space or commas must all hold, groups parted by "||" are alternatives, "A - B" is a
  /// range with both ends; "" is the same as "*". Error invalid: with the character where it goes wrong.
  static Result<Constraint> parse(std::string_view text);

  bool allows(const SemanticVersion& version) const;
  /// Whether a group that names a prerelease exists; without one no prerelease is ever allowed.
  bool names_prerelease() const;

 private:
  struct Group {
    std::vector<Comparator> all;
    bool prereleases = false;
  };
  std::vector<Group> groups_;
};

}  // namespace towline::image
