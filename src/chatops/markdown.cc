#include "chatops/markdown.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/text.h"
#include "chatops/inline_scan.h"

namespace towline::chatops {
namespace {

constexpr std::size_t kTabStop = 4;
constexpr std::size_t kCodeIndent = 4;
/// Deeper quotes and lists are text of the deepest: a line's cost stays bounded, and nothing in there is first level.
constexpr std::size_t kMaxNesting = 64;

/// Lines end in "\n", "\r\n" or "\r"; tabs become spaces up to the next stop, as they count for the block structure.
std::vector<std::string> markdown_lines(std::string_view text) {
  std::vector<std::string> lines(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' || c == '\n') {
      if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
      lines.emplace_back();
    } else if (c == '\t') {
      lines.back().append(kTabStop - lines.back().size() % kTabStop, ' ');
    } else {
      lines.back() += c;
    }
  }
  return lines;
}

std::size_t indent_of(std::string_view text) { return std::min(text.find_first_not_of(' '), text.size()); }
bool is_blank(std::string_view text) { return indent_of(text) == text.size(); }
std::string_view trim_right(std::string_view text) { return text.substr(0, text.find_last_not_of(' ') + 1); }

struct Fence {
  char mark = '`';
  std::size_t length = 0;
};

std::size_t leading(std::string_view text, char c) { return std::min(text.find_first_not_of(c), text.size()); }

/// `text` begins at its first character that is no space.
std::optional<Fence> fence_start(std::string_view text) {
  const char mark = text.front();
  if (mark != '`' && mark != '~') return std::nullopt;
  const std::size_t length = leading(text, mark);
  if (length < 3) return std::nullopt;
  if (mark == '`' && text.find('`', length) != std::string_view::npos) return std::nullopt;
  return Fence{mark, length};
}

bool closes_fence(std::string_view text, const Fence& fence) {
  const std::size_t indent = indent_of(text);
  if (indent >= kCodeIndent) return false;
  text.remove_prefix(indent);
  const std::size_t length = leading(text, fence.mark);
  return length >= fence.length && is_blank(text.substr(length));
}

bool is_heading(std::string_view text) {
  const std::size_t level = leading(text, '#');
  return level >= 1 && level <= 6 && (level == text.size() || text[level] == ' ');
}

bool is_setext_underline(std::string_view text) {
  const std::string_view bare = trim_right(text);
  return !bare.empty() && (bare.front() == '=' || bare.front() == '-') && leading(bare, bare.front()) == bare.size();
}

bool is_thematic_break(std::string_view text) {
  const char mark = text.front();
  if (mark != '*' && mark != '-' && mark != '_') return false;
  const auto marks = std::count(text.begin(), text.end(), mark);
  const auto spaces = std::count(text.begin(), text.end(), ' ');
  return marks >= 3 && static_cast<std::size_t>(marks + spaces) == text.size();
}

struct ListMarker {
  std::size_t length = 0;
  bool may_interrupt_paragraph = true;
};

std::optional<ListMarker> list_marker(std::string_view text) {
  ListMarker marker;
  if (std::string_view("-+*").find(text.front()) != std::string_view::npos) {
    marker.length = 1;
  } else {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0 || digits > 9 || digits == text.size()) return std::nullopt;
    if (text[digits] != '.' && text[digits] != ')') return std::nullopt;
    marker.length = digits + 1;
    marker.may_interrupt_paragraph = digits == 1 && text.front() == '1';
  }
  const std::string_view rest = text.substr(marker.length);
  if (!rest.empty() && rest.front() != ' ') return std::nullopt;
  if (is_blank(rest)) marker.may_interrupt_paragraph = false;
  return marker;
}

/// How an HTML block ends: at a line that contains one of `ends`, or, when there are none, at a blank line.
struct HtmlBlock {
  std::vector<std::string_view> ends;
};

constexpr std::array<std::string_view, 4> kRawElements = {"pre", "script", "style", "textarea"};
constexpr std::array<std::string_view, 62> kBlockElements = {
    "address",  "article",    "aside",  "base",    "basefont", "blockquote", "body",     "caption",  "center",
    "col",      "colgroup",   "dd",     "details", "dialog",   "dir",        "div",      "dl",       "dt",
    "fieldset", "figcaption", "figure", "footer",  "form",     "frame",      "frameset", "h1",       "h2",
    "h3",       "h4",         "h5",     "h6",      "head",     "header",     "hr",       "html",     "iframe",
    "legend",   "li",         "link",   "main",    "menu",     "menuitem",   "nav",      "noframes", "ol",
    "optgroup", "option",     "p",      "param",   "search",   "section",    "summary",  "table",    "tbody",
    "td",       "tfoot",      "th",     "thead",   "title",    "tr",         "track",    "ul"};

template <class Names>
bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// CommonMark's seven kinds of HTML block; the last, any complete tag alone on its line, cannot interrupt a paragraph.
std::optional<HtmlBlock> html_start(std::string_view text, bool in_paragraph) {
  if (text.front() != '<' || text.size() < 2) return std::nullopt;
  if (text.starts_with("<!--")) return HtmlBlock{{"-->"}};
  if (text.starts_with("<?")) return HtmlBlock{{"?>"}};
  if (text.starts_with("<![CDATA[")) return HtmlBlock{{"]]>"}};
  const auto letter = [&](std::size_t at) {
    return at < text.size() && std::isalpha(static_cast<unsigned char>(text[at])) != 0;
  };
  if (text[1] == '!') return letter(2) ? std::optional(HtmlBlock{{">"}}) : std::nullopt;
  const bool closing = text[1] == '/';
  const std::size_t begin = closing ? 2 : 1;
  if (!letter(begin)) return std::nullopt;
  const std::size_t end = std::min(text.find_first_of(" />", begin), text.size());
  const std::string name = to_lower(text.substr(begin, end - begin));
  if (!closing && contains(kRawElements, name)) return HtmlBlock{{"</pre>", "</script>", "</style>", "</textarea>"}};
  if (contains(kBlockElements, name)) return HtmlBlock{};
  const std::string_view bare = trim_right(text);
  const bool single_tag = bare.back() == '>' && bare.find_first_of("<>", 1) == bare.size() - 1;
  if (!in_paragraph && single_tag && !contains(kRawElements, name)) return HtmlBlock{};
  return std::nullopt;
}

bool ends_html(const HtmlBlock& block, std::string_view line) {
  if (block.ends.empty()) return is_blank(line);
  const std::string lower = to_lower(line);
  return std::any_of(block.ends.begin(), block.ends.end(),
                     [&](std::string_view end) { return lower.find(end) != std::string::npos; });
}

/// A block quote (`width` 0) or a list item whose content is indented by `width`.
struct Container {
  std::size_t width = 0;
  bool has_content = true;
};

/// CommonMark's first phase: which containers are open, and in which leaf block a line lands.
class BlockScanner {
 public:
  std::vector<std::string> scan(std::string_view markdown) {
    for (const std::string& line : markdown_lines(markdown)) {
      add_line(line);
    }
    end_leaf();
    return std::move(found_);
  }

 private:
  enum class Leaf { none, paragraph, fence, html };

  void add_line(std::string_view line);
  std::size_t match_containers(std::string_view& rest) const;
  bool continue_leaf(std::string_view rest);
  /// True when the line opened a leaf that takes all of it.
  bool open_blocks(std::string_view& rest, std::size_t& matched);
  bool open_leaf(std::string_view text, std::size_t matched);
  bool open_container(std::string_view& rest, std::size_t& matched);
  void add_text(std::string_view rest, std::size_t matched);
  void close_to(std::size_t depth);
  void end_leaf();
  void begin_leaf(Leaf leaf, std::size_t matched);
  bool all_matched(std::size_t matched) const { return matched == containers_.size(); }

  std::vector<Container> containers_;
  Leaf leaf_ = Leaf::none;
  bool leaf_is_first_level_ = false;
  Fence fence_;
  HtmlBlock html_;
  std::vector<std::string> leaf_lines_;
  OpenElements elements_;
  std::vector<std::string> found_;
};

void BlockScanner::add_line(std::string_view line) {
  std::string_view rest = line;
  std::size_t matched = match_containers(rest);
  if (all_matched(matched) && continue_leaf(rest)) return;
  if (!all_matched(matched) && leaf_ != Leaf::paragraph) close_to(matched);
  if (open_blocks(rest, matched)) return;
  add_text(rest, matched);
}

std::size_t BlockScanner::match_containers(std::string_view& rest) const {
  std::size_t matched = 0;
  for (const Container& container : containers_) {
    const std::size_t indent = indent_of(rest);
    if (container.width == 0) {
      if (indent >= kCodeIndent || indent == rest.size() || rest[indent] != '>') break;
      rest.remove_prefix(indent + 1);
      if (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    } else if (indent == rest.size()) {
      if (!container.has_content) break;
      rest.remove_prefix(rest.size());
    } else {
      if (indent < container.width) break;
      rest.remove_prefix(container.width);
    }
    ++matched;
  }
  return matched;
}

bool BlockScanner::continue_leaf(std::string_view rest) {
  if (leaf_ == Leaf::fence) {
    if (closes_fence(rest, fence_)) end_leaf();
    return true;
  }
  if (leaf_ != Leaf::html) return false;
  leaf_lines_.emplace_back(rest);
  if (ends_html(html_, rest)) end_leaf();
  return true;
}

bool BlockScanner::open_blocks(std::string_view& rest, std::size_t& matched) {
  for (;;) {
    const std::size_t indent = indent_of(rest);
    if (indent == rest.size()) return false;
    if (indent >= kCodeIndent) {
      if (leaf_ == Leaf::paragraph) return false;
      begin_leaf(Leaf::none, matched);
      return true;
    }
    if (open_leaf(rest.substr(indent), matched)) return true;
    if (!open_container(rest, matched)) return false;
  }
}

bool BlockScanner::open_leaf(std::string_view text, std::size_t matched) {
  const bool in_paragraph = leaf_ == Leaf::paragraph;
  if (const auto fence = fence_start(text)) {
    begin_leaf(Leaf::fence, matched);
    fence_ = *fence;
    return true;
  }
  if (auto html = html_start(text, in_paragraph)) {
    begin_leaf(Leaf::html, matched);
    html_ = *std::move(html);
    leaf_lines_.emplace_back(text);
    if (!html_.ends.empty() && ends_html(html_, text)) end_leaf();
    return true;
  }
  const bool underline = in_paragraph && all_matched(matched) && is_setext_underline(text);
  if (!underline && !is_heading(text) && !is_thematic_break(text)) return false;
  begin_leaf(Leaf::none, matched);
  return true;
}

bool BlockScanner::open_container(std::string_view& rest, std::size_t& matched) {
  if (containers_.size() >= kMaxNesting) return false;
  const std::size_t indent = indent_of(rest);
  const std::string_view text = rest.substr(indent);
  Container container;
  if (text.front() == '>') {
    rest = text.substr(1);
    if (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  } else {
    const auto marker = list_marker(text);
    if (!marker) return false;
    const bool in_paragraph = leaf_ == Leaf::paragraph && all_matched(matched);
    if (in_paragraph && !marker->may_interrupt_paragraph) return false;
    rest = text.substr(marker->length);
    const std::size_t spaces = indent_of(rest);
    container.has_content = spaces != rest.size();
    // Five spaces or more begin indented code inside the item, whose content then starts after one space.
    const std::size_t padding = container.has_content && spaces <= kCodeIndent ? spaces : 1;
    container.width = indent + marker->length + padding;
    rest.remove_prefix(std::min(padding, rest.size()));
  }
  begin_leaf(Leaf::none, matched);
  containers_.push_back(container);
  matched = containers_.size();
  return true;
}

void BlockScanner::add_text(std::string_view rest, std::size_t matched) {
  if (is_blank(rest)) {
    close_to(matched);
    return;
  }
  const bool lazy = leaf_ == Leaf::paragraph && !all_matched(matched);
  if (lazy) return;
  if (leaf_ != Leaf::paragraph) begin_leaf(Leaf::paragraph, matched);
  for (Container& container : containers_) container.has_content = true;
  if (leaf_is_first_level_) leaf_lines_.emplace_back(rest);
}

void BlockScanner::begin_leaf(Leaf leaf, std::size_t matched) {
  close_to(matched);
  for (Container& container : containers_) container.has_content = true;
  leaf_ = leaf;
  leaf_is_first_level_ = containers_.empty();
}

void BlockScanner::close_to(std::size_t depth) {
  end_leaf();
  containers_.resize(depth);
}

void BlockScanner::end_leaf() {
  if (leaf_is_first_level_ && leaf_ == Leaf::html) elements_.see_html(join(leaf_lines_, "\n"));
  if (leaf_is_first_level_ && leaf_ == Leaf::paragraph) {
    for (const std::string& line : visible_lines(leaf_lines_, elements_)) {
      // A paragraph's later lines may be indented at will; who indents like code means code.
      if (indent_of(line) < kCodeIndent) found_.emplace_back(trim(line));
    }
  }
  leaf_lines_.clear();
  leaf_ = Leaf::none;
}

}  // namespace

std::vector<std::string> first_level_lines(std::string_view markdown) { return BlockScanner().scan(markdown); }

}  // namespace towline::chatops
