#pragma once

#include <string_view>

namespace towline::diff {

/// Whether a text is, as libyaml reads it, one document with a mapping that has apiVersion and kind and is no list of
/// others; without anchors, and not deep. False says nothing. Takes a fraction of what reading it for its nodes does.
bool is_plainly_a_resource(std::string_view text);

}  // namespace towline::diff
