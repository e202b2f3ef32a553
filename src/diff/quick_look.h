#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace towline::diff {

/// Whether a text is, as libyaml reads it, one document with a mapping that has apiVersion, kind and metadata.name and
/// is no list of others; with no anchors but of scalars, and not deep. False says nothing. Takes a fraction of what
/// reading it for its nodes does.
bool is_plainly_a_resource(std::string_view text);

/// What such a text says, free of how it is laid out: two that have the same are the same resource. Types are those of
/// go-yaml. Nothing for what is not plainly a resource, and for tags, merge keys and keys that stand twice.
std::optional<std::string> plain_reading(std::string_view text);

}  // namespace towline::diff
