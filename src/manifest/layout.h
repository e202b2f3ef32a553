#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace towline::manifest {

/// A path pattern with placeholders, "apps/{environment}/services/{service}". A placeholder is one path
/// component; the pattern names a directory and covers everything below it.
class PathPattern {
 public:
  /// Error invalid: no {service}, an unknown placeholder (with the nearest known), an empty or absolute path, "..".
  static Result<PathPattern> parse(std::string_view text);

  struct Match {
    std::string environment;  ///< "" when the pattern has no {environment}
    std::string service;
    std::string directory;  ///< the service's directory
  };
  /// Matches a file or directory path that is the service's directory or below it.
  std::optional<Match> match(std::string_view path) const;
  /// The longest prefix of whole components that has no placeholder.
  std::string fixed_prefix() const;
  const std::string& str() const { return text_; }

 private:
  std::string text_;
};

}  // namespace towline::manifest
