#include "chatops/markdown.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>

#include <algorithm>
#include <cstddef>
#include <memory>

#include "base/text.h"
#include "chatops/inline_scan.h"

namespace towline::chatops {
namespace {

constexpr std::size_t kTabStop = 4;
constexpr std::size_t kCodeIndent = 4;

struct FreeNode {
  void operator()(cmark_node* node) const { cmark_node_free(node); }
};
struct FreeParser {
  void operator()(cmark_parser* parser) const { cmark_parser_free(parser); }
};

/// As the forges read it: CommonMark, and tables, whose cells are not the writer's own voice.
std::unique_ptr<cmark_node, FreeNode> parse(std::string_view markdown) {
  cmark_gfm_core_extensions_ensure_registered();
  const std::unique_ptr<cmark_parser, FreeParser> parser(cmark_parser_new(CMARK_OPT_VALIDATE_UTF8));
  if (auto* table = cmark_find_syntax_extension("table")) cmark_parser_attach_syntax_extension(parser.get(), table);
  cmark_parser_feed(parser.get(), markdown.data(), markdown.size());
  return std::unique_ptr<cmark_node, FreeNode>(cmark_parser_finish(parser.get()));
}

/// Lines end in "\n", "\r\n" or "\r", as cmark counts them; tabs become spaces up to the next stop.
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

/// The source lines of a block, first and last included.
std::vector<std::string> lines_of(cmark_node* block, const std::vector<std::string>& lines) {
  const auto first = static_cast<std::size_t>(std::max(cmark_node_get_start_line(block), 1)) - 1;
  const auto last = std::min(static_cast<std::size_t>(std::max(cmark_node_get_end_line(block), 0)), lines.size());
  if (first >= last) return {};
  return {lines.begin() + static_cast<std::ptrdiff_t>(first), lines.begin() + static_cast<std::ptrdiff_t>(last)};
}

/// "[name]: /url": what follows may be the title, which is not shown.
bool begins_with_link_definition(const std::vector<std::string>& paragraph) {
  return !paragraph.empty() && trim(paragraph.front()).starts_with('[') &&
         join(paragraph, "\n").find("]:") != std::string::npos;
}

/// A heading of the form "text, underline" is a paragraph to its writer: "/approve", "---", a signature.
bool is_underlined_heading(const std::vector<std::string>& heading) { return heading.size() > 1; }

}  // namespace

std::vector<std::string> first_level_lines(std::string_view markdown) {
  const std::vector<std::string> lines = markdown_lines(markdown);
  const auto document = parse(markdown);
  OpenElements elements;
  std::vector<std::string> found;
  for (cmark_node* block = cmark_node_first_child(document.get()); block != nullptr; block = cmark_node_next(block)) {
    const cmark_node_type type = cmark_node_get_type(block);
    if (type == CMARK_NODE_HTML_BLOCK) {
      const char* html = cmark_node_get_literal(block);
      elements.see_html(html == nullptr ? "" : html);
      continue;
    }
    std::vector<std::string> paragraph = lines_of(block, lines);
    if (type == CMARK_NODE_HEADING && is_underlined_heading(paragraph)) {
      paragraph.pop_back();
    } else if (type != CMARK_NODE_PARAGRAPH) {
      continue;
    }
    if (begins_with_link_definition(paragraph)) continue;
    for (const std::string& line : visible_lines(paragraph, elements)) {
      // A paragraph's later lines may be indented at will; who indents like code means code.
      if (line.find_first_not_of(' ') < kCodeIndent) found.emplace_back(trim(line));
    }
  }
  return found;
}

}  // namespace towline::chatops
