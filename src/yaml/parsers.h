#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "yaml/node.h"

namespace towline::yaml {

/// The two readers that parse() is made of; both take a text that check_characters has passed.

/// With libyaml, in a ninth of the time of the other: what most files are made of. nullopt: libyaml refuses the text, a
/// limit is passed, or the text has something that the two tell differently (tabs, tags, anchors, directives, a key
/// that is no scalar, a value left out in brackets). Else the very documents that parse_whole gives.
std::optional<std::vector<Document>> parse_common(std::string_view text, const Limits& limits);

/// With yaml-cpp: all that is read. Errors as those of parse().
Result<std::vector<Document>> parse_whole(std::string_view text, const Limits& limits);

/// `expand`, but of an own and a merged entry with the same key the later one wins, as in go-yaml v2.
Result<Node> expand_in_order(const Node& root, const Limits& limits);

}  // namespace towline::yaml
