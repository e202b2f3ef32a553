#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace towline {

/// A string that must not be mixed with other strings: `CommitId`, `BlobId`, ...
template <class Kind>
class StrongString {
 public:
  StrongString() = default;
  explicit StrongString(std::string value) : value_(std::move(value)) {}
  const std::string& str() const { return value_; }
  bool empty() const { return value_.empty(); }
  auto operator<=>(const StrongString&) const = default;
  bool operator==(const StrongString&) const = default;

 private:
  std::string value_;
};

using CommitId = StrongString<struct CommitIdKind>;  ///< 40 lower-case hex digits
using TreeId = StrongString<struct TreeIdKind>;      ///< 40 lower-case hex digits
using BlobId = StrongString<struct BlobIdKind>;      ///< 40 lower-case hex digits

/// The first `digits` hex digits, as people read them.
inline std::string short_id(const CommitId& id, std::size_t digits = 8) { return id.str().substr(0, digits); }

/// The number of a pull request (GitLab: the merge request's iid).
struct PullNumber {
  std::int64_t value = 0;
  auto operator<=>(const PullNumber&) const = default;
};

/// "owner/name" on one forge.
struct RepoName {
  std::string owner;
  std::string name;
  std::string str() const { return owner + "/" + name; }
  auto operator<=>(const RepoName&) const = default;
  /// "acme/infra"; letters, digits, '.', '_' and '-' only, exactly one slash. Error: invalid.
  static Result<RepoName> parse(std::string_view text);
};

}  // namespace towline

template <class Kind>
struct std::hash<towline::StrongString<Kind>> {
  std::size_t operator()(const towline::StrongString<Kind>& value) const noexcept {
    return std::hash<std::string>{}(value.str());
  }
};
