#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "manifest/object.h"

namespace towline::diff {

enum class ChangeKind { added, changed, removed };
std::string_view to_string(ChangeKind kind);

/// One value that differs inside a resource. A whole subtree that came or went is one entry.
struct FieldChange {
  std::string path;                   ///< "spec.template.spec.containers[name=app].image"
  std::optional<std::string> before;  ///< YAML, one or more lines; absent when added; masked for Secrets
  std::optional<std::string> after;
};

/// What differs for one resource between base and head.
struct Change {
  ChangeKind kind = ChangeKind::changed;
  manifest::ResourceKey key;
  std::vector<FieldChange> fields;  ///< in the order of the path; for added and removed one entry with path ""
  bool masked = false;              ///< values were hidden
};

struct Diff {
  std::vector<Change> changes;  ///< sorted by key
  bool empty() const { return changes.empty(); }
};

/// Pairs by key. Values of v1 Secrets (data, stringData, and the last-applied annotation) are replaced by
/// "<masked 1f2e3d4c>", a keyed hash, so that different values never look equal; masking comes first, before
/// anything is compared for display or hashed. Mapping order never matters; lists pair by name where every item has
/// one.
Diff diff_resources(const std::vector<manifest::Resource>& base, const std::vector<manifest::Resource>& head,
                    const Secret& masking_key);

/// "- old" / "+ new" lines under path headings, no colours; ends in a newline unless empty.
std::string to_text(const Change& change);

/// Equal exactly when the diffs show the same changes (the key must be the same): what an approval is for.
std::string diff_hash(const std::vector<std::pair<std::string, Diff>>& by_application);

}  // namespace towline::diff
