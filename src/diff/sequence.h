#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace towline::diff {

/// Indices of items that stayed, ascending on both sides: a longest common subsequence. Where the sequences without
/// their equal ends are too long for that (the product over 4 million), only the ends are given.
std::vector<std::pair<std::size_t, std::size_t>> common_subsequence(
    std::size_t base_size, std::size_t head_size, const std::function<bool(std::size_t, std::size_t)>& equal);

/// One row of an alignment: both sides stayed or were replaced, or one is missing.
struct Aligned {
  std::optional<std::size_t> base;
  std::optional<std::size_t> head;
  bool equal = false;
};

/// The sequences side by side; between items that stayed, items are paired in order and the rest came or went.
std::vector<Aligned> align(std::size_t base_size, std::size_t head_size,
                           const std::function<bool(std::size_t, std::size_t)>& equal);

}  // namespace towline::diff
