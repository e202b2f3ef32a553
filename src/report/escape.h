#pragma once

#include <string>
#include <string_view>

namespace towline::report {

/// Valid UTF-8 without control characters (but \n and \t); characters that are invisible or turn the direction of
/// text are written out, "\u{202e}", so that what a reader sees is what is there.
std::string visible_text(std::string_view text);

/// visible_text() with a blank for every line break and tab.
std::string one_line(std::string_view text);

/// visible_text() for HTML text and attributes.
std::string html_text(std::string_view text);

/// markdown_fence() of what visible_text() gave.
std::string fence_visible(std::string_view visible, std::string_view language);

/// "[text](url)"; only the text unless the URL is http or https.
std::string markdown_link(std::string_view text, std::string_view url);

/// The URL made safe for an attribute or a link's target; "" unless it is http or https.
std::string safe_url(std::string_view url);

}  // namespace towline::report
