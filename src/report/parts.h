#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace towline::report {

/// Puts blocks of Markdown into parts of limited size: in order, each whole, in the present part or else in the next.
/// Every part is whole by itself: what a section begins, it ends in the same part. Takes time linear in the text.
class PartsWriter {
 public:
  /// The bytes that there are in each part.
  explicit PartsWriter(std::vector<std::size_t> rooms);

  /// What is placed from now on stands between these, in each part that has some of it: behind `opening` in the first,
  /// behind `again` in the others.
  void begin_section(std::string opening, std::string again, std::string closing);
  /// False, and nothing is written, when there is no room for it in this part or a later one.
  bool place(std::string_view block);
  /// How many bytes a block can have at most in a part that nothing else stands in.
  std::size_t largest_block() const;
  /// Whether no block of that many bytes can be placed any more.
  bool is_full_for(std::size_t bytes) const;

  /// The first part, which may be empty, and those that something was placed in.
  std::vector<std::string> finish();

 private:
  std::size_t frame_bytes(std::size_t part) const;
  void close_section();

  struct Section {
    std::string opening;
    std::string again;
    std::string closing;
    bool begun = false;  ///< in some part
    bool open = false;   ///< in the present one
  };
  std::vector<std::size_t> rooms_;
  std::vector<std::string> parts_;
  std::size_t part_ = 0;
  Section section_;
};

/// Lines of a text that stand together; `first` and `last` count from 1.
struct Piece {
  std::string text;
  std::size_t first = 0;
  std::size_t last = 0;
};

struct Pieces {
  std::vector<Piece> pieces;
  std::size_t lines = 0;     ///< of the whole text
  std::size_t left_out = 0;  ///< the last ones, which no piece has
};

/// Cuts a text, as visible_text() gives it, between lines, so that each piece takes at most `room` bytes with its fence
/// (fence_visible()), into at most `most` pieces. A line that is too long for that is shortened.
Pieces cut_for_fences(std::string_view visible, std::size_t room, std::size_t most);

}  // namespace towline::report
