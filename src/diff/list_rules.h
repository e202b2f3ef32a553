#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "yaml/node.h"

namespace towline::diff {

enum class ListOrder {
  matters,
  means_nothing,
  matters_with_references,       ///< "$(VAR)" in a value means an entry before it
  matters_where_paths_are_free,  ///< an Ingress path of type ImplementationSpecific may be matched in the order written
};

/// How the items of a list are told apart, and whether their order means anything to Kubernetes. Source: the merge keys
/// of the Kubernetes OpenAPI description (x-kubernetes-patch-merge-key, x-kubernetes-list-map-keys) and, for lists
/// without one, what the API reference says of them.
struct ListRule {
  std::string_view kinds;                  ///< kinds, separated by blanks; "": any, also custom ones
  std::string_view parents;                ///< the key above the field, separated by blanks; "": any
  std::string_view fields;                 ///< the fields, separated by blanks
  std::array<std::string_view, 3> keys{};  ///< none: items pair by content
  std::string_view else_key{};             ///< pairs what the keys left over
  ListOrder order = ListOrder::means_nothing;
};

/// Whether Kubernetes itself defines the kinds of the API group.
bool is_kubernetes_group(std::string_view group);

/// The kind by which rules are looked up: `kind` itself in a group of Kubernetes, else one that no rule names. Calico
/// has a NetworkPolicy too, and the order of its rules matters.
std::string_view ruled_kind(std::string_view group, std::string_view kind);

/// The first rule for the list `field` below `parent` in an object of that kind; nullptr when nothing is known of it.
const ListRule* list_rule(std::string_view kind, std::string_view parent, std::string_view field);

/// Whether the order of this list matters under the rule.
bool order_matters(const ListRule& rule, const yaml::Node& list);

/// What the item is called under the rule: the text of its keys, with defaults for those it leaves out. nullopt when it
/// is no mapping or a key is no scalar.
struct ItemKey {
  std::array<std::string, 3> parts{};
  auto operator<=>(const ItemKey&) const = default;
};
std::optional<ItemKey> item_key(const ListRule& rule, const yaml::Node& item);

/// The value of a part that an item leaves out: "TCP" for a protocol, else "".
std::string_view default_part(std::string_view key);

}  // namespace towline::diff
