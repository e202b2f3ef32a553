#pragma once

#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "yaml/node.h"

namespace towline::sites {

/// A scalar as a document writes it: `place` is the scalar itself or an alias of it.
struct Written {
  const yaml::Node* place = nullptr;
  const yaml::Node* scalar = nullptr;
  explicit operator bool() const { return scalar != nullptr; }
};

/// Looks through the aliases and merge keys ("<<") of one document, without copying anything.
class Aliases {
 public:
  /// `root` must outlive this and stay where it is.
  explicit Aliases(const yaml::Node& root);

  /// What an alias stands for; the node itself when it is none, or names no anchor that ends before it.
  const yaml::Node& target(const yaml::Node& node) const;
  /// The value of a key as it is written: the mapping's own, else a merged one, else nullptr.
  const yaml::Node* find(const yaml::Node& mapping, std::string_view key) const;
  /// The same, when it comes to a scalar on one line that is not empty ("tag: ''" and "tag:" write no version).
  Written find_scalar(const yaml::Node& mapping, std::string_view key) const;
  /// `place` as a scalar, on the same terms.
  Written as_scalar(const yaml::Node& place) const;

  /// Every alias of the document with what it stands for, in file order.
  struct Use {
    const yaml::Node* alias = nullptr;
    const yaml::Node* target = nullptr;
  };
  const std::vector<Use>& uses() const { return uses_; }
  /// Whether looking through merge keys was given up, because they lead to one another too often.
  bool is_exhausted() const { return budget_ == 0; }

 private:
  void collect(const yaml::Node& node, std::unordered_map<std::string_view, const yaml::Node*>& anchors);
  const yaml::Node* find_below(const yaml::Node& mapping, std::string_view key, std::size_t depth) const;

  std::unordered_map<const yaml::Node*, const yaml::Node*> targets_;
  std::vector<Use> uses_;
  mutable std::size_t budget_;
};

}  // namespace towline::sites
