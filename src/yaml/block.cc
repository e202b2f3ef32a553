#include "yaml/block.h"

#include <algorithm>

#include "base/text.h"
#include "yaml/lexing.h"

namespace towline::yaml {
namespace {

/// Whether the lines of `written`, without their indentation, are the lines of `value`.
bool is_as_written(std::string_view written, std::size_t indent, std::string_view value) {
  std::size_t read = 0;
  for (const std::string_view line : split_lines(written)) {
    const std::size_t spaces = std::min(line.find_first_not_of(' '), line.size());
    const std::string_view text = line.substr(std::min(spaces, indent));
    if (spaces < indent && !text.empty()) return false;
    if (value.substr(read, text.size()) != text) return false;
    read += text.size();
    if (read < value.size() && value[read] != '\n') return false;
    ++read;
  }
  return value.find_first_not_of('\n', std::min(read, value.size())) == std::string_view::npos;
}

}  // namespace

std::optional<BlockContent> block_content(std::string_view text, const Node& scalar) {
  const bool block = scalar.style == ScalarStyle::literal || scalar.style == ScalarStyle::folded;
  if (!scalar.is_scalar() || !block) return std::nullopt;
  const std::size_t header_end = text.find('\n', scalar.span.begin);
  if (header_end == std::string_view::npos || header_end + 1 >= scalar.span.end) return std::nullopt;
  const std::size_t begin = header_end + 1;
  const auto indent = block_indent(text, begin, scalar.value);
  if (!indent) return std::nullopt;
  if (!is_as_written(text.substr(begin, scalar.span.end - begin), *indent, scalar.value)) return std::nullopt;
  return BlockContent{begin, scalar.span.end, *indent};
}

}  // namespace towline::yaml
