#include "report/parts.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "report/escape.h"

namespace towline::report {

PartsWriter::PartsWriter(std::vector<std::size_t> rooms) : rooms_(std::move(rooms)), parts_(rooms_.size()) {}

void PartsWriter::begin_section(std::string opening, std::string again, std::string closing) {
  close_section();
  section_ = {std::move(opening), std::move(again), std::move(closing)};
}

void PartsWriter::close_section() {
  if (section_.open) parts_[part_] += section_.closing;
  section_.open = false;
}

/// What the section needs around a block that is put into that part.
std::size_t PartsWriter::frame_bytes(std::size_t part) const {
  const std::size_t opening = section_.begun ? section_.again.size() : section_.opening.size();
  const bool stands_open = section_.open && part == part_;
  return section_.closing.size() + (stands_open ? 0 : opening);
}

bool PartsWriter::place(std::string_view block) {
  for (std::size_t part = part_; part < parts_.size(); ++part) {
    if (parts_[part].size() + frame_bytes(part) + block.size() > rooms_[part]) continue;
    if (part != part_) close_section();
    part_ = part;
    if (!section_.open) parts_[part] += section_.begun ? section_.again : section_.opening;
    section_.open = section_.begun = true;
    parts_[part] += block;
    return true;
  }
  return false;
}

std::size_t PartsWriter::largest_block() const {
  const std::size_t frame = std::max(section_.opening.size(), section_.again.size()) + section_.closing.size();
  const std::size_t room = rooms_.empty() ? 0 : *std::max_element(rooms_.begin(), rooms_.end());
  return room > frame ? room - frame : 0;
}

bool PartsWriter::is_full_for(std::size_t bytes) const {
  for (std::size_t part = part_; part < parts_.size(); ++part) {
    if (parts_[part].size() + frame_bytes(part) + bytes <= rooms_[part]) return false;
  }
  return true;
}

std::vector<std::string> PartsWriter::finish() {
  close_section();
  section_ = {};
  while (parts_.size() > 1 && parts_.back().empty()) parts_.pop_back();
  return std::move(parts_);
}

namespace {

constexpr std::size_t kShortestFence = 3;

std::size_t longest_backtick_run(std::string_view line) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : line) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

std::size_t fenced_bytes(std::size_t text, std::size_t run) {
  constexpr std::size_t kAround = std::string_view("diff\n\n").size();
  return text + 2 * std::max(kShortestFence, run + 1) + kAround;
}

}  // namespace

Pieces cut_for_fences(std::string_view visible, std::size_t room, std::size_t most) {
  // Less than this holds no line worth reading.
  constexpr std::size_t kLeastRoom = 200;
  const auto lines = split_lines(visible);
  Pieces result;
  result.lines = lines.size();
  Piece piece;
  std::size_t run = 0;
  std::size_t taken = 0;
  for (; room >= kLeastRoom && taken < lines.size(); ++taken) {
    std::string shortened;
    std::string_view line = lines[taken];
    std::size_t line_run = longest_backtick_run(line);
    if (fenced_bytes(line.size() + 1, line_run) > room) {
      // The fence may have to be as long as the line, twice.
      shortened = ellipsize(line, room / 4);
      line = shortened;
      line_run = longest_backtick_run(line);
    }
    if (!piece.text.empty() && fenced_bytes(piece.text.size() + line.size() + 1, std::max(run, line_run)) > room) {
      result.pieces.push_back(std::move(piece));
      piece = {};
      run = 0;
      if (result.pieces.size() == most) break;
    }
    if (piece.text.empty()) piece.first = taken + 1;
    piece.last = taken + 1;
    piece.text += line;
    piece.text += '\n';
    run = std::max(run, line_run);
  }
  if (!piece.text.empty() && result.pieces.size() < most) result.pieces.push_back(std::move(piece));
  result.left_out = result.lines - (result.pieces.empty() ? 0 : result.pieces.back().last);
  return result;
}

}  // namespace towline::report
