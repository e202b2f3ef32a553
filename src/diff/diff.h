#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "diff/noise.h"
#include "discovery/application.h"
#include "manifest/object.h"

namespace towline::diff {

enum class ChangeKind { added, changed, removed };
std::string_view to_string(ChangeKind kind);

/// One value that differs inside a resource. A whole subtree that came or went is one entry.
struct FieldChange {
  std::string path;                   ///< "spec.template.spec.containers[name=app].image"
  std::optional<std::string> before;  ///< YAML without its last newline; absent when added; masked for Secrets
  std::optional<std::string> after;
  std::string hidden_by{};  ///< the noise rule that folds it away, "checksum annotation"; "" when it is shown
  /// Only the place in a list differs. Path "env[order]": before and after are lists of what the items that stayed are
  /// called (of their indices in base where they have no key). Path "args[0 to 2]": the item is before, and is after.
  bool moved = false;
  /// Where before and after are texts that hold a YAML or JSON document each (a file in a ConfigMap): what differs
  /// between the documents, paths relative to them. Empty also when only layout or comments differ.
  std::vector<FieldChange> inside{};
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
  /// What its hidden fields do all the same: "restarts its pods: a checksum annotation of the pod template changes".
  /// One line to show with the heading; "" mostly.
  std::string note{};
  /// Whether noise rules fold all of it away and there is no note: it may be left out but for the count.
  bool hidden() const;
};

/// What a reviewer must not overlook, called out above everything else.
struct Danger {
  manifest::ResourceKey key;
  std::string message;  ///< "deletes a StatefulSet: its pods stop; its volumes stay, unmanaged"
  bool operator==(const Danger&) const = default;
};

struct Diff {
  std::vector<Change> changes;         ///< sorted by key; wholly hidden ones among them
  std::vector<Danger> dangers{};       ///< sorted by key; hidden fields count here too
  std::vector<std::string> remarks{};  ///< what noise rules ask for and cannot have, and what is written several times
  bool empty() const { return changes.empty(); }
  /// How many fields noise rules fold away.
  std::size_t hidden_fields() const;
};

struct DiffOptions {
  Secret masking_key;
  NoiseRules noise{};
  /// Of the application, as its base declares it: a pull request must not choose what its own diff hides.
  std::vector<discovery::IgnoreDifference> ignore_differences{};
};

/// Pairs by group, kind, namespace and name; what is left by generated names (a hash or random suffix), then by
/// likeness (renames). Values of v1 Secrets, wherever they are (in lists, in texts, in last-applied annotations), are
/// replaced by "<masked 1f2e3d4c5b6a7980>", a keyed hash, so that different values never look equal; masking comes
/// first, before anything is compared for display or hashed.
///
/// The order of documents and of mappings never matters, null equals absent in the kinds of Kubernetes itself, scalars
/// differ when their type or their text does, but for quantities at fields that hold them (1000m is 1). Lists pair by
/// their merge key (list_rules.h), by name where every item of both is a mapping with a name of its own, else by
/// content:
/// - paths of what changed or went name the item's key or index in base, paths of what came those in head;
/// - an item that came before one that stayed says so in its path, "env[name=B, at 1]";
/// - where the items that stayed changed their order, an entry says so (FieldChange::moved), hidden where order means
///   nothing to Kubernetes.
/// Noise rules hide fields (FieldChange::hidden_by); they remove none.
Diff diff_resources(const std::vector<manifest::Resource>& base, const std::vector<manifest::Resource>& head,
                    const DiffOptions& options);
/// The same with the default noise rules.
Diff diff_resources(const std::vector<manifest::Resource>& base, const std::vector<manifest::Resource>& head,
                    const Secret& masking_key);

enum class HiddenFields { folded, shown };

/// "- old" / "+ new" lines under "@@ path @@" headings, no colours; ends in a newline unless empty. Of texts of several
/// lines, the lines that stayed ("  line") are shown only around those that differ. Every line begins with one of
/// "- ", "+ ", "  " or "@@ ". Hidden fields are one line, "@@ hidden: 2 chart labels @@", unless `shown`.
std::string to_text(const Change& change, HiddenFields hidden = HiddenFields::folded);

/// "2 chart labels, 1 checksum annotation": the hidden fields by rule; "" when there are none.
std::string hidden_summary(const Diff& diff);
std::string hidden_summary(const Change& change);

/// Equal exactly when the diffs have the same changes, hidden ones too (the key must be the same): what an approval is
/// for. The order
/// of the applications does not matter, nor do those without changes.
std::string diff_hash(const std::vector<std::pair<std::string, Diff>>& by_application);

}  // namespace towline::diff
