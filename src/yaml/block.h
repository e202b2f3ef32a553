#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "yaml/node.h"

namespace towline::yaml {

/// Where the content of a block scalar stands: the lines from `begin` to `end` (before the last line break), each after
/// `indent` spaces; blank lines may have fewer.
struct BlockContent {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t indent = 0;
};

/// nullopt: not a block scalar, one that is blank, or one whose lines were folded, so that its value is not what is
/// written.
std::optional<BlockContent> block_content(std::string_view text, const Node& scalar);

}  // namespace towline::yaml
