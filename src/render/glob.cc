#include "render/glob.h"

#include <re2/re2.h>

#include <optional>
#include <string>

namespace towline::render {
namespace {

/// The same as a regular expression; nullopt when brackets do not close.
std::optional<std::string> to_expression(std::string_view pattern) {
  std::string expression;
  std::size_t alternatives = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '*') {
      expression += ".*";
    } else if (c == '?') {
      expression += '.';
    } else if (c == '[') {
      const std::size_t end = pattern.find(']', i + 1);
      if (end == std::string_view::npos || end == i + 1) return std::nullopt;
      std::string set(pattern.substr(i + 1, end - i - 1));
      const bool negated = set.starts_with('!');
      if (negated) set.erase(0, 1);
      expression += negated ? "[^" : "[";
      for (const char member : set) {
        if (member == '\\' || member == '[' || member == '^') expression += '\\';
        expression += member;
      }
      expression += ']';
      i = end;
    } else if (c == '{') {
      ++alternatives;
      expression += "(?:";
    } else if (c == '}' && alternatives > 0) {
      --alternatives;
      expression += ')';
    } else if (c == ',' && alternatives > 0) {
      expression += '|';
    } else {
      if (c == '\\' && ++i == pattern.size()) return std::nullopt;
      expression += re2::RE2::QuoteMeta(re2::StringPiece(&pattern[i], 1));
    }
  }
  return alternatives == 0 ? std::optional(expression) : std::nullopt;
}

}  // namespace

bool matches_glob(std::string_view pattern, std::string_view text) {
  const auto expression = to_expression(pattern);
  if (!expression) return false;
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_dot_nl(true);
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  const re2::RE2 compiled(*expression, options);
  return compiled.ok() && re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), compiled);
}

}  // namespace towline::render
