#include "report/details.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "report/change_text.h"
#include "report/escape.h"
#include "report/render_template.h"

namespace towline::report {
namespace {

/// One resource takes at most so many parts, so that the ones behind it are seen too.
constexpr std::size_t kMostPieces = 2;
/// Less than this holds not even the line that says that a resource was left out.
constexpr std::size_t kLeastRoom = 60;
constexpr std::size_t kMostHiddenNames = 10;
constexpr std::string_view kSeeReport = ", see the full report";

std::size_t line_count(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// A template's text before and behind what `{{{resources}}}` stands for.
struct Frame {
  std::string before;
  std::string behind;
};

class DetailsWriter {
 public:
  DetailsWriter(const Templates& templates, PartsWriter& writer)
      : resource_(templates, "resource.md"), application_(templates, "application.md"), writer_(writer) {}

  void write(const ApplicationView& application) {
    const Frame first = frame(application, "");
    Frame again = frame(application, " (continued)");
    writer_.begin_section(first.before, std::move(again.before), first.behind);
    for (const diff::Change& change : *application.changes) {
      if (!change.hidden()) write(change);
    }
    write_hidden(application);
  }

  std::size_t left_out() const { return left_out_; }

 private:
  Frame frame(const ApplicationView& application, std::string_view suffix) {
    constexpr std::string_view kPlace = "\x01";  // a character that no name can have
    const auto short_text = [](std::string_view text) { return one_line(ellipsize(text, 200)); };
    Data data;
    data.set("name", short_text(application.name));
    data.set("has_environment", !application.environment.empty());
    data.set("environment", short_text(application.environment));
    data.set("counts", counts(application) + std::string(suffix));
    data.set("resources", std::string(kPlace));
    const std::string text = application_.render(data);
    const std::size_t at = std::min(text.find(kPlace), text.size());
    return {text.substr(0, at), text.substr(std::min(text.size(), at + kPlace.size()))};
  }

  void write(const diff::Change& change) {
    if (writer_.is_full_for(kLeastRoom)) {
      ++left_out_;
      return;
    }
    HiddenCounts hidden;
    count_hidden(change, hidden);
    std::string note = hidden_sentence(hidden);
    if (!note.empty()) note += kSeeReport;
    ResourceBlock block{change, visible_text(shown_text(change)), "", std::move(note)};
    const std::string whole = resource_markdown(resource_, block);
    if (whole.size() <= writer_.largest_block()) {
      if (!writer_.place(whole)) leave_out(block);
      return;
    }
    write_pieces(block);
  }

  void leave_out(ResourceBlock block) {
    ++left_out_;
    block.extent = plural(line_count(block.visible), "line") + ", left out for length";
    block.visible.clear();
    block.note.clear();
    writer_.place(resource_markdown(resource_, block));
  }

  static std::string extent_of(const Piece& piece, std::size_t lines) {
    return "lines " + std::to_string(piece.first) + " to " + std::to_string(piece.last) + " of " +
           std::to_string(lines);
  }

  static std::string rest_note(std::size_t lines, const std::string& note) {
    const std::string rest = plural(lines, "more line") + " left out for length" + std::string(kSeeReport);
    return note.empty() ? rest : rest + "; " + note;
  }

  void write_pieces(const ResourceBlock& block) {
    const std::size_t lines = line_count(block.visible);
    const ResourceBlock around{block.change, "", extent_of({"", lines, lines}, lines), rest_note(lines, block.note)};
    const std::size_t frame = resource_markdown(resource_, around).size() + 2;
    const std::size_t largest = writer_.largest_block();
    const Pieces cut = cut_for_fences(block.visible, largest > frame ? largest - frame : 0, kMostPieces);
    std::size_t placed = 0;
    for (const Piece& piece : cut.pieces) {
      const bool last = &piece == &cut.pieces.back();
      ResourceBlock part{block.change, piece.text, extent_of(piece, cut.lines), ""};
      if (last) part.note = cut.left_out > 0 ? rest_note(cut.left_out, block.note) : block.note;
      if (!writer_.place(resource_markdown(resource_, part))) break;
      ++placed;
    }
    if (placed == cut.pieces.size() && placed > 0) return;
    leave_out_rest(block, cut, placed);
  }

  void leave_out_rest(const ResourceBlock& block, const Pieces& cut, std::size_t placed) {
    if (placed == 0) return leave_out(block);
    const std::size_t rest = cut.lines - cut.pieces[placed - 1].last;
    writer_.place(resource_markdown(resource_, {block.change, "", "", rest_note(rest, block.note)}));
  }

  void write_hidden(const ApplicationView& application) {
    HiddenCounts hidden;
    std::vector<std::string> names;
    std::size_t resources = 0;
    for (const diff::Change& change : *application.changes) {
      if (!change.hidden()) continue;
      count_hidden(change, hidden);
      if (++resources <= kMostHiddenNames) {
        names.push_back(markdown_code(ellipsize(change.key.str(), kLongestName)));
      }
    }
    if (resources == 0) return;
    if (resources > kMostHiddenNames) names.push_back(std::to_string(resources - kMostHiddenNames) + " more");
    writer_.place("Folded away in " + join(names, ", ") + ": " + markdown_escape(hidden_sentence(hidden)) +
                  std::string(kSeeReport) + ".\n\n");
  }

  Template resource_;
  Template application_;
  PartsWriter& writer_;
  std::size_t left_out_ = 0;
};

}  // namespace

std::size_t write_details(const Templates& templates, const View& view, PartsWriter& writer) {
  DetailsWriter details(templates, writer);
  for (const ApplicationView& application : view.applications) details.write(application);
  return details.left_out();
}

}  // namespace towline::report
