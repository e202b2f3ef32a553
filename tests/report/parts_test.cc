#include "report/parts.h"

#include <catch2/catch.hpp>

#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "report/escape.h"

namespace towline::report::test {
namespace {

/// Lines with backticks in them, as visible_text() gives them.
std::string any_text() {
  const auto piece = rc::gen::element<std::string>("```", "`", "a line\n", "\n", "é", "- x", std::string(300, 'y'),
                                                   std::string(150, '`'));
  const auto pieces = *rc::gen::container<std::vector<std::string>>(piece);
  return visible_text(join(pieces, ""));
}

TEST_CASE("blocks go into parts in order, each whole, in what their section begins and ends") {
  CHECK(rc::check([] {
    const auto rooms = *rc::gen::container<std::vector<std::size_t>>(3, rc::gen::inRange<std::size_t>(0, 60));
    PartsWriter writer(rooms);
    std::vector<std::string> placed;
    int name = 0;
    for (int section = *rc::gen::inRange(0, 4); section > 0; --section) {
      writer.begin_section("<o>", "<again>", "</c>");
      for (int count = *rc::gen::inRange(0, 6); count > 0; --count) {
        const std::string block =
            "[" + std::to_string(++name) + std::string(*rc::gen::inRange<std::size_t>(0, 40), 'x') + "]";
        if (writer.place(block)) placed.push_back(block);
      }
    }
    const auto parts = writer.finish();
    std::string all;
    RC_ASSERT(!parts.empty());
    RC_ASSERT(parts.size() <= rooms.size());
    for (std::size_t i = 0; i < parts.size(); ++i) {
      RC_ASSERT(parts[i].size() <= rooms[i]);
      all += parts[i];
      std::size_t begun = 0;
      std::size_t ended = 0;
      for (std::size_t at = 0; (at = parts[i].find("<", at)) != std::string::npos; ++at) {
        ++(parts[i][at + 1] == '/' ? ended : begun);
        RC_ASSERT(begun == ended || begun == ended + 1);
      }
      RC_ASSERT(begun == ended);
    }
    std::size_t at = 0;
    for (const std::string& block : placed) {
      at = all.find(block, at);
      RC_ASSERT(at != std::string::npos);
    }
  }));
}

TEST_CASE("what is left out would not have fitted") {
  PartsWriter writer({20, 30});
  writer.begin_section("<", "<", ">");
  CHECK(writer.largest_block() == 28);
  CHECK_FALSE(writer.place(std::string(29, 'x')));
  CHECK(writer.place(std::string(18, 'a')));
  CHECK(writer.place(std::string(20, 'b')));
  CHECK_FALSE(writer.is_full_for(8));
  CHECK(writer.is_full_for(9));
  CHECK_FALSE(writer.place(std::string(9, 'c')));
  CHECK(writer.place(std::string(8, 'd')));
  CHECK(writer.finish() ==
        std::vector<std::string>{"<" + std::string(18, 'a') + ">", "<" + std::string(20, 'b') + "dddddddd>"});
}

TEST_CASE("a text is cut between lines, so that every piece fits with its fence") {
  CHECK(rc::check([] {
    const std::string text = any_text();
    const auto room = *rc::gen::inRange<std::size_t>(0, 2'000);
    const auto most = *rc::gen::inRange<std::size_t>(1, 4);
    const auto lines = split_lines(text);
    const Pieces cut = cut_for_fences(text, room, most);
    RC_ASSERT(cut.pieces.size() <= most);
    RC_ASSERT(cut.lines == lines.size());
    std::size_t next = 1;
    for (const Piece& piece : cut.pieces) {
      RC_ASSERT(fence_visible(piece.text, "diff").size() <= room);
      RC_ASSERT(piece.first == next);
      const auto kept = split_lines(piece.text);
      RC_ASSERT(kept.size() == piece.last - piece.first + 1);
      for (std::size_t i = 0; i < kept.size(); ++i) {
        const std::string_view line = lines[piece.first - 1 + i];
        RC_ASSERT(kept[i] == line || (kept[i].ends_with("…") && line.size() > room / 4));
        RC_ASSERT(is_valid_utf8(kept[i]));
      }
      next = piece.last + 1;
    }
    RC_ASSERT(cut.left_out == lines.size() + 1 - next);
  }));
}

}  // namespace
}  // namespace towline::report::test
