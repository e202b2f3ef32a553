#include "diff/sequence.h"

#include <algorithm>
#include <cstdint>

namespace towline::diff {
namespace {

using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;
using Equal = std::function<bool(std::size_t, std::size_t)>;

constexpr std::size_t kMostCells = 4'000'000;

/// The part of both sequences between their equal ends.
struct Middle {
  std::size_t begin = 0;
  std::size_t base_end = 0;
  std::size_t head_end = 0;
};

void append_middle(const Middle& middle, const Equal& equal, Pairs& pairs) {
  const std::size_t rows = middle.base_end - middle.begin;
  const std::size_t columns = middle.head_end - middle.begin;
  if (rows == 0 || columns == 0 || rows > kMostCells / columns) return;
  // length[i][j]: of the longest common subsequence of what follows (i, j).
  std::vector<std::uint32_t> length((rows + 1) * (columns + 1), 0);
  const auto at = [&](std::size_t i, std::size_t j) -> std::uint32_t& { return length[i * (columns + 1) + j]; };
  for (std::size_t i = rows; i-- > 0;) {
    for (std::size_t j = columns; j-- > 0;) {
      at(i, j) =
          equal(middle.begin + i, middle.begin + j) ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
    }
  }
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < rows && j < columns && at(i, j) > 0) {
    if (at(i, j) == at(i + 1, j)) {
      ++i;
    } else if (at(i, j) == at(i, j + 1)) {
      ++j;
    } else {
      pairs.emplace_back(middle.begin + i++, middle.begin + j++);
    }
  }
}

}  // namespace

Pairs common_subsequence(std::size_t base_size, std::size_t head_size, const Equal& equal) {
  Pairs pairs;
  Middle middle{0, base_size, head_size};
  while (middle.begin < std::min(base_size, head_size) && equal(middle.begin, middle.begin)) {
    pairs.emplace_back(middle.begin, middle.begin);
    ++middle.begin;
  }
  while (middle.base_end > middle.begin && middle.head_end > middle.begin &&
         equal(middle.base_end - 1, middle.head_end - 1)) {
    --middle.base_end;
    --middle.head_end;
  }
  append_middle(middle, equal, pairs);
  for (std::size_t i = 0; middle.base_end + i < base_size; ++i) {
    pairs.emplace_back(middle.base_end + i, middle.head_end + i);
  }
  return pairs;
}

std::vector<Aligned> align(std::size_t base_size, std::size_t head_size, const Equal& equal) {
  std::vector<Aligned> rows;
  std::size_t base = 0;
  std::size_t head = 0;
  const auto advance_to = [&](std::size_t base_end, std::size_t head_end) {
    while (base < base_end && head < head_end) rows.push_back({base++, head++, false});
    while (base < base_end) rows.push_back({base++, std::nullopt, false});
    while (head < head_end) rows.push_back({std::nullopt, head++, false});
  };
  for (const auto& [i, j] : common_subsequence(base_size, head_size, equal)) {
    advance_to(i, j);
    rows.push_back({base++, head++, true});
  }
  advance_to(base_size, head_size);
  return rows;
}

}  // namespace towline::diff
