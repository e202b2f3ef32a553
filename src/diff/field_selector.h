#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "yaml/node.h"

namespace towline::diff {

/// Selects nodes of an object, as the entries of Argo CD's `ignoreDifferences` do.
class FieldSelector {
 public:
  /// RFC 6901: "/spec/replicas", "/metadata/annotations/a~1b", "/spec/containers/0".
  /// Error invalid: it does not begin with '/', or has a '~' that is neither "~0" nor "~1".
  static Result<FieldSelector> json_pointer(std::string_view text);

  /// The part of jq that paths are written in: ".a.b", ".a[\"b/c\"]", ".a[]", ".a[0]", "?" after any of them, "|", and
  /// "select(.name == \"x\")" with ==, !=, "and", and "| startswith(\"x\")", endswith, contains.
  /// Error invalid: what stands where, when it is anything else.
  static Result<FieldSelector> jq_path(std::string_view text);

  /// Every node that is selected; nothing where the object has no such place.
  std::vector<const yaml::Node*> select(const yaml::Node& root) const;
  /// Whether it selects the object itself.
  bool selects_all() const { return steps_.empty(); }

  struct Step;
  struct Condition;

 private:
  explicit FieldSelector(std::vector<Step> steps);

  std::vector<Step> steps_;

  friend class JqPathParser;
};

enum class SelectorTest { equals, differs, starts_with, ends_with, contains };

/// One comparison within select(...): what the path gives first against a literal.
struct FieldSelector::Condition {
  std::vector<Step> path;
  SelectorTest test = SelectorTest::equals;
  std::string literal;
  bool is_string = true;  ///< the literal was in quotes
};

struct FieldSelector::Step {
  enum class Kind { key, index, every, select } kind = Kind::key;
  std::string key{};                    ///< of a mapping; of a JSON pointer, digits are an index too
  bool pointer = false;                 ///< a JSON pointer's
  std::ptrdiff_t index = 0;             ///< negative: from the end
  std::vector<Condition> conditions{};  ///< all must hold
};

}  // namespace towline::diff
