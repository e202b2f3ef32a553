#include "forge/sandbox/markdown.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/text.h"

namespace towline::forge::sandbox {
namespace {

constexpr std::string_view kExtensions[] = {"table", "strikethrough", "autolink", "tasklist"};

enum class TagKind { opens, closes, stands_alone };
struct Tag {
  std::string_view written;
  std::string_view element;
  TagKind kind;
};
constexpr Tag kAllowed[] = {{"<details>", "details", TagKind::opens}, {"</details>", "details", TagKind::closes},
                            {"<summary>", "summary", TagKind::opens}, {"</summary>", "summary", TagKind::closes},
                            {"<code>", "code", TagKind::opens},       {"</code>", "code", TagKind::closes},
                            {"<br>", "br", TagKind::stands_alone},    {"<br/>", "br", TagKind::stands_alone},
                            {"<br />", "br", TagKind::stands_alone}};

/// "&amp;", "&#39;", "&#x27;" at the beginning of the text.
bool starts_with_entity(std::string_view text) {
  constexpr std::size_t kLongest = 32;
  const std::size_t end = text.substr(0, kLongest).find(';');
  if (end == std::string_view::npos || end < 2) return false;
  return text.substr(1, end - 1).find_first_not_of("0123456789#ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") ==
         std::string_view::npos;
}

/// Raw HTML as it may be shown. Remembers across calls what is open, so that nothing stays open or closes the
/// page's own elements.
class HtmlFilter {
 public:
  std::string filter(std::string_view html) {
    std::string shown;
    while (!html.empty()) html.remove_prefix(take(html, shown));
    return shown;
  }
  /// What closes everything that was left open.
  std::string rest() {
    std::string tags;
    close_until(0, tags);
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
        add(tag, shown);
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

  void add(const Tag& tag, std::string& shown) {
    if (tag.kind == TagKind::closes) {
      const auto innermost = std::find(open_.rbegin(), open_.rend(), tag.element);
      if (innermost != open_.rend()) close_until(static_cast<std::size_t>(open_.rend() - innermost) - 1, shown);
      return;
    }
    shown += "<" + std::string(tag.element) + ">";
    if (tag.kind == TagKind::opens) open_.push_back(tag.element);
  }

  void close_until(std::size_t count, std::string& shown) {
    for (; open_.size() > count; open_.pop_back()) shown += "</" + std::string(open_.back()) + ">";
  }

  std::vector<std::string_view> open_;
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

/// Relative, or of a scheme that only shows something. Not a list of what is dangerous, but of what is not.
bool is_harmless_url(std::string_view url) {
  const std::size_t end = url.find_first_of(":/?#");
  if (end == std::string_view::npos || url[end] != ':') return true;
  const std::string scheme = to_lower(url.substr(0, end));
  return scheme == "http" || scheme == "https" || scheme == "mailto";
}

/// Leaves in the document only what may be shown as it is.
void make_harmless(cmark_node* document, HtmlFilter& filter) {
  const std::unique_ptr<cmark_iter, FreeIterator> walk(cmark_iter_new(document));
  for (auto event = cmark_iter_next(walk.get()); event != CMARK_EVENT_DONE; event = cmark_iter_next(walk.get())) {
    if (event != CMARK_EVENT_ENTER) continue;
    cmark_node* node = cmark_iter_get_node(walk.get());
    const cmark_node_type type = cmark_node_get_type(node);
    if (type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_HTML_INLINE) {
      cmark_node_set_literal(node, filter.filter(cmark_node_get_literal(node)).c_str());
    }
    if (type == CMARK_NODE_LINK || type == CMARK_NODE_IMAGE) {
      if (!is_harmless_url(cmark_node_get_url(node))) cmark_node_set_url(node, "");
    }
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
  make_harmless(document.get(), filter);
  // A line's end is a line's end, as in every forge's comments. "Unsafe" lets through the raw HTML that is left.
  constexpr int kOptions = CMARK_OPT_HARDBREAKS | CMARK_OPT_UNSAFE;
  char* html = cmark_render_html(document.get(), kOptions, cmark_parser_get_syntax_extensions(parser.get()));
  std::string result(html);
  cmark_get_default_mem_allocator()->free(html);
  return result + filter.rest();
}

}  // namespace towline::forge::sandbox
