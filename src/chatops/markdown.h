#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace towline::chatops {

/// The lines of a Markdown text that belong to a paragraph of its own first level, trimmed: what the writer says in
/// their own voice. Left out: fenced and indented code, block quotes and list items with their lazy continuation
/// lines, headings, HTML blocks, what an HTML comment or a code span covers, and whatever stands inside an element
/// such as <details>, <pre> or <blockquote>; also tables and link definitions. cmark-gfm reads the block structure.
std::vector<std::string> first_level_lines(std::string_view markdown);

}  // namespace towline::chatops
