#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace towline::decide {

/// One line without control characters, outer blanks gone, at most `max_bytes`: fit for a title, a trailer's value or
/// a status description. Line breaks of any kind become a blank, so that nothing can start a line of its own.
std::string single_line(std::string_view text, std::size_t max_bytes);

/// The text as a Markdown code span that may stand in a table cell: shows as itself, links and notifies nobody.
std::string code_span(std::string_view text);

/// The address when it is an http(s) URL of harmless characters, else "": it may stand bare in Markdown.
std::string plain_url(std::string_view url);

/// "a", "a or b", "a, b or c" with the conjunction "or".
std::string enumerate(const std::vector<std::string>& words, std::string_view conjunction);

}  // namespace towline::decide
