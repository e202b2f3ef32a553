#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "yaml/node.h"

namespace towline::yaml {

/// Where a byte stands, 1-based, columns in bytes.
struct Position {
  std::size_t line = 1;
  std::size_t column = 1;
};
Position position_of(std::string_view text, std::size_t offset);
/// Error invalid: "line L, column C: <message>".
Error error_at(Position position, std::string_view message);

/// Refuses what no YAML text may hold (bad UTF-8, control characters, a carriage return alone) and what
/// would make the scanner queue without bound (brackets and commas by the million).
Result<void> check_characters(std::string_view text);

/// Bytes of the UTF-8 sequence at the front; 0 when it is none.
std::size_t utf8_length(std::string_view text);

/// What stands before a node's own bytes: "&anchor", "!tag", with white space, line breaks and comments.
struct Properties {
  std::size_t end = 0;      ///< just after the last of them
  std::size_t content = 0;  ///< where the node itself begins
  bool tag = false;
  bool anchor = false;
  bool odd_tag = false;  ///< the tag has a character that none may have, so that readers disagree where it ends
};
/// `anchor`, `tag`: what to look for; at most one of each is taken.
Properties skip_properties(std::string_view text, std::size_t begin, bool anchor, bool tag);

/// The first byte at or after `begin` that is neither white space, a line break nor in a comment.
std::size_t skip_blank(std::string_view text, std::size_t begin);

ScalarStyle style_at(std::string_view text, std::size_t begin);

/// The end of the scalar that begins at `begin` and reads as `value`; nullopt when the text there is
/// not such a scalar (an open quote, most likely). A block scalar ends before its last line break.
std::optional<std::size_t> scalar_end(std::string_view text, std::size_t begin, ScalarStyle style,
                                      std::string_view value);

/// Spaces before each line of the block scalar that reads as `value` and whose first line begins at `content`, found by
/// laying the first line that has some text beside the value's; nullopt when the value is blank.
std::optional<std::size_t> block_indent(std::string_view text, std::size_t content, std::string_view value);

/// Whether a quoted or block scalar that reads as "" is written at `begin`.
bool is_empty_scalar_at(std::string_view text, std::size_t begin);

/// The length of "~", "null", "Null" or "NULL" standing alone at `begin`, else 0. `as_value`: a word that
/// is the next entry's key does not count.
std::size_t null_word_at(std::string_view text, std::size_t begin, bool as_value);

/// The end of a flow collection whose last child ends at `inner`; nullopt when no closing bracket follows.
std::optional<std::size_t> flow_end(std::string_view text, std::size_t inner, char closing);

}  // namespace towline::yaml
