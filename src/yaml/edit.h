#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "yaml/node.h"

namespace towline::yaml {

/// Replaces the bytes of `span` by `text`.
struct Edit {
  Span span;
  std::string text;
};

/// Applies edits given in any order; one that is given twice (two places that share a scalar) is made once.
/// Error invalid: two others overlap, or one is out of range.
Result<std::string> apply_edits(std::string_view text, std::vector<Edit> edits);

/// The bytes that write `value` as a string in place of `scalar`: its own quoting style is kept; a plain
/// scalar is quoted (as `quotes` says) when the value would otherwise be read as a number, boolean, null
/// or date, or could not be plain, unless the old plain scalar already was read as just that and reading loses nothing
/// of the new one (a plain 1.20 stays plain for 1.31; it is quoted for 20, which is of another type, and for 1.30, of
/// which helm and kustomize would make 1.3). A literal or folded block becomes double-quoted, since the text's
/// indentation is not known here. For a null of which nothing is written ("tag:") the bytes begin with a space.
/// `in_flow`: inside [] or {}.
std::string encode_like(const Node& scalar, std::string_view value, bool in_flow = false,
                        ScalarStyle quotes = ScalarStyle::double_quoted);

}  // namespace towline::yaml
