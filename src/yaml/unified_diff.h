#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "yaml/edit.h"

namespace towline::yaml {

/// What the edits (those that apply_edits takes) make of one file, as `git diff` prints it: "a/" and "b/" headers,
/// three lines of context, the last line that begins with a letter behind the hunk's place; "" when they change
/// nothing. There is no "index" line: it names blobs, and the file need not be in a repository.
std::string unified_diff(std::string_view path, std::string_view before, std::vector<Edit> edits);

}  // namespace towline::yaml
