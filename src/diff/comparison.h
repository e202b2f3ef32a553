#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "diff/compare.h"
#include "diff/list_rules.h"
#include "diff/path.h"

namespace towline::diff {

/// One run of compare(): collects changes while it walks both nodes.
class Comparison {
 public:
  /// `depth`: how many texts the nodes stand within.
  Comparison(const Subject& subject, int depth) : subject_(subject), depth_(depth) {}

  void nodes(const yaml::Node& base, const yaml::Node& head, const Place& place);
  std::vector<FieldChange> take() { return std::move(changes_); }

 private:
  void mappings(const yaml::Node& base, const yaml::Node& head, const Place& place);
  void values(const yaml::Node& base, const yaml::Node& head, const Place& place);
  void lists(const yaml::Node& base, const yaml::Node& head, const Place& place);
  /// Items by key; false when a key is missing or shared, and nothing was done.
  bool keyed_lists(const ListRule& rule, const yaml::Node& base, const yaml::Node& head, const Place& place);
  /// Items by content, wherever they are.
  void unordered_lists(const yaml::Node& base, const yaml::Node& head, const Place& place);
  /// Items by content and order.
  void ordered_lists(const yaml::Node& base, const yaml::Node& head, const Place& place);
  bool is_quantity(const Place& place) const;

  FieldChange& add(const yaml::Node* before, const yaml::Node* after, const Place& place);
  /// An entry "[order]" when `after` is not `before`: the items that stayed, by what they are called.
  void add_order(const std::vector<std::string>& before, const std::vector<std::string>& after, bool matters,
                 const Place& place);
  /// The rule that hides the node, or both where there are two; nullptr when none does.
  const std::string* mark(const yaml::Node* base, const yaml::Node* head) const;

  const Subject& subject_;
  int depth_;
  const std::string* hidden_ = nullptr;  ///< the rule that hides everything below the present place
  std::vector<FieldChange> changes_;
};

}  // namespace towline::diff
