#include "diff/sequence.h"

#include <algorithm>
#include <deque>
#include <unordered_map>

namespace towline::diff {
namespace {

using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

constexpr std::size_t kMostCells = 4'000'000;  ///< of one table
constexpr std::size_t kAllCells = 16'000'000;
constexpr int kMostCuts = 16;

/// A part of both sequences.
struct Part {
  std::size_t base_begin = 0;
  std::size_t base_end = 0;
  std::size_t head_begin = 0;
  std::size_t head_end = 0;
};

/// The longest run of pairs whose second halves ascend; the first ones do already.
Pairs longest_ascending(const Pairs& pairs) {
  std::vector<std::size_t> tails;  // index of the pair that ends the best run of each length
  std::vector<std::size_t> previous(pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto place = std::lower_bound(tails.begin(), tails.end(), pairs[i].second,
                                        [&](std::size_t tail, std::size_t head) { return pairs[tail].second < head; });
    previous[i] = place == tails.begin() ? i : *(place - 1);
    if (place == tails.end()) {
      tails.push_back(i);
    } else {
      *place = i;
    }
  }
  Pairs run(tails.size());
  if (tails.empty()) return run;
  std::size_t at = tails.back();
  for (std::size_t i = tails.size(); i-- > 0; at = previous[at]) run[i] = pairs[at];
  return run;
}

class Matcher {
 public:
  Matcher(const Ids& base, const Ids& head) : base_(base), head_(head) {}

  void match(Part part, int cuts) {
    while (part.base_begin < part.base_end && part.head_begin < part.head_end &&
           base_[part.base_begin] == head_[part.head_begin]) {
      pairs_.emplace_back(part.base_begin++, part.head_begin++);
    }
    const Part whole = part;
    while (part.base_end > part.base_begin && part.head_end > part.head_begin &&
           base_[part.base_end - 1] == head_[part.head_end - 1]) {
      --part.base_end;
      --part.head_end;
    }
    match_middle(part, cuts);
    for (std::size_t i = 0; part.base_end + i < whole.base_end; ++i) {
      pairs_.emplace_back(part.base_end + i, part.head_end + i);
    }
  }

  Pairs take() { return std::move(pairs_); }

 private:
  void match_middle(const Part& part, int cuts) {
    const std::size_t rows = part.base_end - part.base_begin;
    const std::size_t columns = part.head_end - part.head_begin;
    if (rows == 0 || columns == 0) return;
    if (rows <= std::min(kMostCells, cells_left_) / columns) {
      cells_left_ -= rows * columns;
      return match_exactly(part);
    }
    if (cuts == kMostCuts) return;
    Part before = part;
    for (const auto& [i, j] : unique_in_both(part)) {
      before.base_end = i;
      before.head_end = j;
      match(before, cuts + 1);
      pairs_.emplace_back(i, j);
      before = {i + 1, part.base_end, j + 1, part.head_end};
    }
    // With nothing to cut at, the rest is the part itself.
    if (before.base_begin != part.base_begin) match(before, cuts + 1);
  }

  void match_exactly(const Part& part) {
    const std::size_t rows = part.base_end - part.base_begin;
    const std::size_t columns = part.head_end - part.head_begin;
    // length[i][j]: of the longest common subsequence of what follows (i, j).
    std::vector<std::uint32_t> length((rows + 1) * (columns + 1), 0);
    const auto at = [&](std::size_t i, std::size_t j) -> std::uint32_t& { return length[i * (columns + 1) + j]; };
    const auto equal = [&](std::size_t i, std::size_t j) {
      return base_[part.base_begin + i] == head_[part.head_begin + j];
    };
    for (std::size_t i = rows; i-- > 0;) {
      for (std::size_t j = columns; j-- > 0;) {
        at(i, j) = equal(i, j) ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
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
        pairs_.emplace_back(part.base_begin + i++, part.head_begin + j++);
      }
    }
  }

  Pairs unique_in_both(const Part& part) const {
    struct Seen {
      std::size_t in_base = 0;
      std::size_t in_head = 0;
      std::size_t at = 0;  ///< in head
    };
    std::unordered_map<std::uint32_t, Seen> seen;
    for (std::size_t i = part.base_begin; i < part.base_end; ++i) ++seen[base_[i]].in_base;
    for (std::size_t j = part.head_begin; j < part.head_end; ++j) {
      Seen& item = seen[head_[j]];
      ++item.in_head;
      item.at = j;
    }
    Pairs unique;
    for (std::size_t i = part.base_begin; i < part.base_end; ++i) {
      const Seen& item = seen[base_[i]];
      if (item.in_base == 1 && item.in_head == 1) unique.emplace_back(i, item.at);
    }
    return longest_ascending(unique);
  }

  const Ids& base_;
  const Ids& head_;
  std::size_t cells_left_ = kAllCells;
  Pairs pairs_;
};

/// For each item of head that did not stay, the item of base that it was.
std::unordered_map<std::size_t, std::size_t> find_moves(const Ids& base, const Ids& head, const Pairs& stayed) {
  std::vector<bool> base_stayed(base.size(), false);
  std::vector<bool> head_stayed(head.size(), false);
  for (const auto& [i, j] : stayed) {
    base_stayed[i] = true;
    head_stayed[j] = true;
  }
  std::unordered_map<std::uint32_t, std::deque<std::size_t>> went;
  for (std::size_t i = 0; i < base.size(); ++i) {
    if (!base_stayed[i]) went[base[i]].push_back(i);
  }
  std::unordered_map<std::size_t, std::size_t> moves;
  for (std::size_t j = 0; j < head.size(); ++j) {
    const auto found = head_stayed[j] ? went.end() : went.find(head[j]);
    if (found == went.end() || found->second.empty()) continue;
    moves.emplace(j, found->second.front());
    found->second.pop_front();
  }
  return moves;
}

}  // namespace

Pairs common_subsequence(const Ids& base, const Ids& head) {
  Matcher matcher(base, head);
  matcher.match({0, base.size(), 0, head.size()}, 0);
  return matcher.take();
}

std::vector<Aligned> align(const Ids& base, const Ids& head, Moves sought) {
  const Pairs stayed = common_subsequence(base, head);
  std::unordered_map<std::size_t, std::size_t> moves;
  if (sought == Moves::found) moves = find_moves(base, head, stayed);
  std::vector<bool> base_moved(base.size(), false);
  for (const auto& [j, i] : moves) base_moved[i] = true;

  std::vector<Aligned> rows;
  std::size_t i = 0;
  std::size_t j = 0;
  const auto advance_to = [&](std::size_t base_end, std::size_t head_end) {
    while (i < base_end || j < head_end) {
      if (i < base_end && base_moved[i]) {
        ++i;
      } else if (const auto moved = j < head_end ? moves.find(j) : moves.end(); moved != moves.end()) {
        rows.push_back({moved->second, j++, true, true});
      } else if (i < base_end && j < head_end) {
        rows.push_back({i++, j++, false, false});
      } else if (i < base_end) {
        rows.push_back({i++, std::nullopt, false, false});
      } else {
        rows.push_back({std::nullopt, j++, false, false});
      }
    }
  };
  for (const auto& [base_index, head_index] : stayed) {
    advance_to(base_index, head_index);
    rows.push_back({i++, j++, true, false});
  }
  advance_to(base.size(), head.size());
  return rows;
}

}  // namespace towline::diff
