#pragma once

#include <string>

#include "yaml/node.h"

namespace towline::diff {

/// The node without what does not matter: anchors, quoting, explicit tags of plain types, mapping order, entries that
/// are null, and all but the last of duplicate keys. Two nodes mean the same exactly when their canonical nodes are
/// `same`.
yaml::Node canonical(const yaml::Node& node);

/// Equality of canonical nodes.
bool same(const yaml::Node& a, const yaml::Node& b);

/// YAML for display, without the last newline.
std::string show(const yaml::Node& node);

/// The key of a mapping's entry as text.
std::string key_text(const yaml::Node& key);

}  // namespace towline::diff
