#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace towline::gotemplate {

/// Argo CD's `normalize`: lower case, what a DNS name may not have becomes '-', at most 253 bytes, no '-' or '.' at an
/// end.
std::string sanitize_name(std::string_view name);

/// Argo CD's `slugify`: sanitize_name, with words joined by single '-', cut to `longest` bytes, between words if
/// `at_words` and if there is a place.
std::string slug(std::string_view name, std::size_t longest, bool at_words);

/// Go's path.Match of a whole path: '*' and '?' do not cross '/', "[a-c]" and "[^a]" are one character of a set, '\'
/// takes the next character as it is. A pattern that is malformed matches nothing.
bool path_match(std::string_view pattern, std::string_view path);

/// git's pathspec, as `git ls-files -- PATTERN` reads it: '*' crosses '/', and a directory stands for all below it.
bool pathspec_match(std::string_view pattern, std::string_view path);

}  // namespace towline::gotemplate
