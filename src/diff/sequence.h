#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace towline::diff {

/// A sequence for comparing: equal items have equal numbers.
using Ids = std::vector<std::uint32_t>;

/// Indices of items that stayed, ascending on both sides: a longest common subsequence. Long sequences (the product
/// over 4 million between their equal ends) are first cut at what occurs once on both sides, so that the time stays
/// proportional to the length.
std::vector<std::pair<std::size_t, std::size_t>> common_subsequence(const Ids& base, const Ids& head);

/// One row of an alignment: both sides stayed, moved or were replaced, or one is missing.
struct Aligned {
  std::optional<std::size_t> base;
  std::optional<std::size_t> head;
  bool equal = false;
  bool moved = false;  ///< equal, at another place among those that stayed
};

enum class Moves { found, not_sought };

/// The sequences side by side, in the order of head, what went before what came. Between items that stayed, items are
/// paired in order and the rest came or went; where moves are found, an item that went and came again is one.
std::vector<Aligned> align(const Ids& base, const Ids& head, Moves moves);

}  // namespace towline::diff
