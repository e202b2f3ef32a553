#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace towline {

std::vector<std::string_view> split(std::string_view text, char separator);
/// Lines without their "\n" or "\r\n"; no empty last line for a text that ends in a newline.
std::vector<std::string_view> split_lines(std::string_view text);
std::string_view trim(std::string_view text);
std::string join(std::span<const std::string> parts, std::string_view separator);
std::string to_lower(std::string_view text);
std::string replace_all(std::string text, std::string_view from, std::string_view to);
bool is_valid_utf8(std::string_view text);
/// Bad UTF-8 bytes become U+FFFD, control characters but \n and \t are dropped.
std::string printable_utf8(std::string_view text);
/// At most `max_bytes`, cut at a UTF-8 boundary, ending in "…" when cut.
std::string ellipsize(std::string_view text, std::size_t max_bytes);
/// The candidate with the smallest edit distance (at most a third of the word's length, at least 1); "" when none is
/// near.
std::string nearest(std::string_view word, std::span<const std::string> candidates);
/// "1 file", "2 files".
std::string plural(std::size_t count, std::string_view noun);
std::string html_escape(std::string_view text);
/// Shell-style match of a whole string: '*' is any run of characters but '/', '**' any run, '?' one character but '/'.
bool glob_match(std::string_view pattern, std::string_view text);

/// Percent-encodes everything but unreserved characters (RFC 3986 section 2.3).
std::string percent_encode(std::string_view text);

}  // namespace towline
