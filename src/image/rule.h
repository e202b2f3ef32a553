#pragma once

#include <compare>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "image/select.h"
#include "image/semver.h"

namespace towline::image {

/// "4.2.0.6417": each digits without leading zeros, of any length.
struct Numbers {
  std::vector<std::string> all;
};

/// What orders a tag. Tags of one policy have keys of one type.
using SortKey = std::variant<std::string, Numbers, TimePoint, SemanticVersion>;
std::strong_ordering compare_keys(const SortKey& a, const SortKey& b);
/// For people.
std::string describe(const SortKey& key);

/// What a policy is shown of a tag.
struct Subject {
  const TagFacts& facts;
  std::string_view text;  ///< what the pattern's group `version` holds; without one the whole tag
  bool named = false;     ///< the pattern has that group
};

/// One compiled policy: how it reads tags. Pattern, `ignore`, variants and ties are Selector's.
class Rule {
 public:
  Rule() = default;
  Rule(const Rule&) = delete;
  Rule& operator=(const Rule&) = delete;
  virtual ~Rule() = default;

  virtual tl::expected<SortKey, Refusal> read(const Subject& subject) const = 0;
  /// Why a tag that can be read is not allowed.
  virtual std::optional<Refusal> outside(const Subject& subject, const SortKey& key,
                                         const std::optional<Tag>& present) const;
  /// The variant that the text is of, "" when it is of none.
  virtual std::string variant(std::string_view text) const;
};

// One file each.
Result<std::shared_ptr<const Rule>> compile_semver(const SelectPolicy& policy);
Result<std::shared_ptr<const Rule>> compile_newest(const SelectPolicy& policy);
Result<std::shared_ptr<const Rule>> compile_numeric(const SelectPolicy& policy);
Result<std::shared_ptr<const Rule>> compile_alphabetical(const SelectPolicy& policy);
Result<std::shared_ptr<const Rule>> compile_digest(const SelectPolicy& policy);

/// In quotes, printable and not too long.
std::string quoted(std::string_view text);
/// The tag in quotes, with the part that was read where the pattern names it.
std::string quoted(const Subject& subject);

}  // namespace towline::image
