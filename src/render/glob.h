#pragma once

#include <string_view>

namespace towline::render {

/// A whole text against a glob as Argo CD's `include` and `exclude` are: '*' is any run, of '/' too, '?' any character,
/// "[a-z]", "[!a]" and "{a,b}"; '\' takes the next as it is. A pattern that is none matches nothing.
/// Source: github.com/gobwas/glob, without separators.
bool matches_glob(std::string_view pattern, std::string_view text);

}  // namespace towline::render
