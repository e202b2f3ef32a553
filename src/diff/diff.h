#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "manifest/object.h"

namespace towline::diff {

enum class ChangeKind { added, changed, removed };
std::string_view to_string(ChangeKind kind);

/// One value that differs inside a resource. A whole subtree that came or went is one entry.
struct FieldChange {
  std::string path;                   ///< "spec.template.spec.containers[name=app].image"
  std::optional<std::string> before;  ///< YAML without its last newline; absent when added; masked for Secrets
  std::optional<std::string> after;
  std::string hidden_by{};  ///< the noise rule that folds it away; "" when it is shown
};

/// What differs for one resource between base and head.
struct Change {
  ChangeKind kind = ChangeKind::changed;
  manifest::ResourceKey key;
  /// Mappings by key, lists in their order; for added and removed one entry with path "".
  std::vector<FieldChange> fields;
  bool masked = false;  ///< values were hidden
  /// The key at base, when the resources were paired by likeness: a rename or a generated name.
  std::optional<manifest::ResourceKey> was{};
  std::string role{};  ///< what a reader must know of it: "Helm hook pre-install", "CRD"; "" mostly
  /// Whether noise rules fold all of it away.
  bool hidden() const;
};

/// What a reviewer must not overlook, called out above everything else.
struct Danger {
  manifest::ResourceKey key;
  std::string message;  ///< "deletes a StatefulSet: its pods stop; its volumes stay, unmanaged"
  bool operator==(const Danger&) const = default;
};

struct Diff {
  std::vector<Change> changes;  ///< sorted by key; wholly hidden ones among them
  std::vector<Danger> dangers{};  ///< sorted by key
  bool empty() const { return changes.empty(); }
  /// How many fields noise rules fold away.
  std::size_t hidden_fields() const;
};

/// Pairs by key. Values of v1 Secrets (data, stringData, and the last-applied annotation) are replaced by
/// "<masked 1f2e3d4c>", a keyed hash, so that different values never look equal; masking comes first, before
/// anything is compared for display or hashed.
///
/// The order of documents and of mappings never matters, null equals absent, and scalars differ when their type or
/// their text does. Lists pair by name where every item of both is a mapping with a name of its own, else by index:
/// - paths of what changed or went name the item's index in base, paths of what came the index in head;
/// - an item that came before one that stayed says so in its path, "env[name=B, at 1]";
/// - where the items that stayed changed their order, an entry "env[order]" gives their names before and after.
Diff diff_resources(const std::vector<manifest::Resource>& base, const std::vector<manifest::Resource>& head,
                    const Secret& masking_key);

/// "- old" / "+ new" lines under "@@ path @@" headings, no colours; ends in a newline unless empty. Of texts of several
/// lines, the lines that stayed ("  line") are shown only around those that differ. Every line begins with one of
/// "- ", "+ ", "  " or "@@ ".
std::string to_text(const Change& change);

/// Equal exactly when the diffs show the same changes (the key must be the same): what an approval is for. The order
/// of the applications does not matter, nor do those without changes.
std::string diff_hash(const std::vector<std::pair<std::string, Diff>>& by_application);

}  // namespace towline::diff
