#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "image/select.h"

namespace towline::image {

class Rule;

/// A key of a policy's mapping.
struct PolicyKey {
  std::string_view name;
  bool list = false;
  std::span<const std::string_view> words = {};  ///< what it may be; empty: free text
  std::string_view help = {};
  /// Takes the value, or one item of the list. Error invalid: it is wrong, with what and where.
  Result<void> (*set)(SelectPolicy& policy, std::string_view value) = nullptr;
};

/// A row of the table that the configuration's parser, its schema and documentation, and Selector come from.
struct PolicySpec {
  PolicyKind kind = PolicyKind::semver;
  std::string_view name;
  std::string_view main_key;  ///< what `<name>: text` sets
  std::string_view summary;
  std::vector<PolicyKey> keys;
  /// Error invalid: keys that do not fit each other.
  Result<std::shared_ptr<const Rule>> (*compile)(const SelectPolicy& policy) = nullptr;
};

/// All of them, each kind once.
const std::vector<PolicySpec>& select_policies();

}  // namespace towline::image
