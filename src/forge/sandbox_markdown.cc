#include "forge/sandbox_markdown.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>

#include <memory>
#include <vector>

#include "base/text.h"

namespace towline::forge::sandbox {
namespace {

constexpr std::string_view kExtensions[] = {"table", "strikethrough", "autolink", "tasklist"};

struct Tag {
  std::string_view written;
  std::string_view shown;
  int opens = 0;  ///< of <details>: 1, of </details>: -1
};
constexpr Tag kAllowed[] = {{"<details>", "<details>", 1},
                            {"<details open>", "<details open>", 1},
                            {"</details>", "</details>", -1},
                            {"<summary>", "<summary>", 0},
                            {"</summary>", "</summary>", 0},
                            {"<br>", "<br>", 0},
                            {"<br/>", "<br>", 0},
                            {"<br />", "<br>", 0}};

/// "&amp;", "&#39;", "&#x27;" at the beginning of the text.
bool starts_with_entity(std::string_view text) {
  constexpr std::size_t kLongest = 32;
  const std::size_t end = text.substr(0, kLongest).find(';');
  if (end == std::string_view::npos || end < 2) return false;
  return text.substr(1, end - 1).find_first_not_of("0123456789#ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") ==
         std::string_view::npos;
}

/// Raw HTML as it may be shown. Counts the <details> that are open across calls.
class HtmlFilter {
 public:
  std::string filter(std::string_view html) {
    std::string shown;
    while (!html.empty()) html.remove_prefix(take(html, shown));
    return shown;
  }
  /// What closes everything that was left open.
  std::string rest() const {
    std::string tags;
    for (int i = 0; i < open_; ++i) tags += "</details>";
    return tags;
  }

 private:
  /// Gives how many bytes were read; at least one.
  std::size_t take(std::string_view html, std::string& shown) {
    if (html.starts_with("<!--")) {
      const std::size_t end = html.find("-->");
      return end == std::string_view::npos ? html.size() : end + 3;
    }
    if (html.front() == '<') {
      for (const Tag& tag : kAllowed) {
        if (to_lower(html.substr(0, tag.written.size())) != tag.written) continue;
        // A closing tag without its opening one would close the page's own element.
        if (open_ + tag.opens < 0) return tag.written.size();
        open_ += tag.opens;
        shown += tag.shown;
        return tag.written.size();
      }
    }
    if (html.front() == '&' && starts_with_entity(html)) {
      shown += '&';
      return 1;
    }
    const std::size_t end = std::min(html.find_first_of("<&", 1), html.size());
    shown += html_escape(html.substr(0, end));
    return end;
  }

  int open_ = 0;
};

struct FreeNode {
  void operator()(cmark_node* node) const { cmark_node_free(node); }
};
struct FreeParser {
  void operator()(cmark_parser* parser) const { cmark_parser_free(parser); }
};
struct FreeIterator {
  void operator()(cmark_iter* iterator) const { cmark_iter_free(iterator); }
};

std::vector<cmark_node*> raw_html_nodes(cmark_node* document) {
  std::vector<cmark_node*> nodes;
  const std::unique_ptr<cmark_iter, FreeIterator> walk(cmark_iter_new(document));
  for (auto event = cmark_iter_next(walk.get()); event != CMARK_EVENT_DONE; event = cmark_iter_next(walk.get())) {
    cmark_node* node = cmark_iter_get_node(walk.get());
    const cmark_node_type type = cmark_node_get_type(node);
    const bool raw = type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_HTML_INLINE;
    if (raw && event == CMARK_EVENT_ENTER) nodes.push_back(node);
  }
  return nodes;
}

/// Puts the filtered text in the place of raw HTML, which cmark itself would leave out.
void filter_raw_html(cmark_node* document, HtmlFilter& filter) {
  for (cmark_node* raw : raw_html_nodes(document)) {
    const bool block = cmark_node_get_type(raw) == CMARK_NODE_HTML_BLOCK;
    const std::string shown = filter.filter(cmark_node_get_literal(raw));
    cmark_node* custom = cmark_node_new(block ? CMARK_NODE_CUSTOM_BLOCK : CMARK_NODE_CUSTOM_INLINE);
    cmark_node_set_on_enter(custom, shown.c_str());
    cmark_node_replace(raw, custom);
    cmark_node_free(raw);
  }
}

}  // namespace

std::string render_markdown(std::string_view markdown) {
  cmark_gfm_core_extensions_ensure_registered();
  const std::unique_ptr<cmark_parser, FreeParser> parser(cmark_parser_new(CMARK_OPT_DEFAULT));
  for (const std::string_view name : kExtensions) {
    cmark_parser_attach_syntax_extension(parser.get(), cmark_find_syntax_extension(std::string(name).c_str()));
  }
  const std::string text = printable_utf8(markdown);
  cmark_parser_feed(parser.get(), text.data(), text.size());
  const std::unique_ptr<cmark_node, FreeNode> document(cmark_parser_finish(parser.get()));
  HtmlFilter filter;
  filter_raw_html(document.get(), filter);
  // A line's end is a line's end, as in every forge's comments.
  char* html =
      cmark_render_html(document.get(), CMARK_OPT_HARDBREAKS, cmark_parser_get_syntax_extensions(parser.get()));
  std::string result(html);
  cmark_get_default_mem_allocator()->free(html);
  return result + filter.rest();
}

}  // namespace towline::forge::sandbox
