#pragma once

#include <string>
#include <string_view>

#include "yaml/node.h"

namespace towline::yaml {

/// What the text means as a plain scalar without a tag.
ScalarType plain_type(std::string_view text);

/// Whether some reader in use takes the plain text for anything but a string: a number, boolean, null, date,
/// a number in base sixty, or one of the words "=" and "<<".
bool is_ambiguous(std::string_view text);

/// Whether an ambiguous text is the same text again after a reader took it for a number and printed it, or for a date:
/// not 1.30, 007, 1e3, 1_000, nor 1000000, of which helm makes 1e+06.
bool survives_reading(std::string_view text);

/// Whether the text holds characters that must be escaped to survive every reader: control characters but line
/// feed and tab, a byte order mark, and the line breaks of Unicode.
bool needs_escapes(std::string_view text);

/// Whether the text can be written without quotes on one line and be read back as it is.
bool can_be_plain(std::string_view text, bool in_flow);

/// On one line, with escapes for what cannot stand there.
std::string double_quoted(std::string_view text);

}  // namespace towline::yaml
