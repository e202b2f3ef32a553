#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "yaml/node.h"

namespace towline::diff {

/// Entries that are null. The API server drops those of its own kinds; in custom resources and in files they mean
/// something: a null in the values of a chart takes a default away.
enum class Nulls { dropped, kept };

/// The node without what does not matter: anchors, quoting, explicit tags of plain types, mapping order, entries that
/// are null (unless kept), and all but the last of duplicate keys. Two nodes mean the same exactly when their canonical
/// nodes are `same`.
yaml::Node canonical(const yaml::Node& node, Nulls nulls = Nulls::dropped);

/// Equality of canonical nodes.
bool same(const yaml::Node& a, const yaml::Node& b);

/// Equality of nodes as they are written, but for where they stand, comments and white space: cheaper than canonical
/// ones, and enough to know that nothing differs.
bool written_alike(const yaml::Node& a, const yaml::Node& b);

/// Equal for canonical nodes that are `same`.
std::size_t hash_of(const yaml::Node& node);

/// Gives equal numbers to nodes that are `same`. The nodes must outlive it and stay where they are.
class NodeNumbers {
 public:
  std::uint32_t number(const yaml::Node& node);
  std::vector<std::uint32_t> numbers(const std::vector<yaml::Node>& nodes);

 private:
  std::unordered_map<std::size_t, std::vector<std::pair<const yaml::Node*, std::uint32_t>>> by_hash_;
  std::uint32_t next_ = 0;
};

/// A string for display inside a mapping or list.
yaml::Node string_node(std::string value);

/// YAML for display, without the last newline.
std::string show(const yaml::Node& node);

/// The key of a mapping's entry as text.
std::string key_text(const yaml::Node& key);

}  // namespace towline::diff
