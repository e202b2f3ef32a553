#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "forge/sandbox/markdown.h"

namespace towline::forge::sandbox {
namespace {

/// The names of all elements that open or close in the text.
std::vector<std::string> elements(const std::string& html) {
  std::vector<std::string> names;
  for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const std::size_t begin = html[at + 1] == '/' ? at + 2 : at + 1;
    const std::size_t end = html.find_first_of(" />", begin);
    names.push_back(html.substr(begin, end - begin));
  }
  return names;
}

const std::vector<std::string> kHarmless = {"a",  "blockquote", "br",    "code", "del",    "details", "em",    "h1",
                                            "h2", "h3",         "h4",    "h5",   "h6",     "hr",      "img",   "input",
                                            "li", "ol",         "p",     "pre",  "strong", "summary", "table", "tbody",
                                            "td", "th",         "thead", "tr",   "ul"};

const std::vector<std::string> kFragments = {"<code>",
                                             "</code>",
                                             "<details>",
                                             "</details>",
                                             "<summary>",
                                             "</summary>",
                                             "<br>",
                                             "<!-- ",
                                             " -->",
                                             "<script>",
                                             "</script>",
                                             "<img src=x onerror=alert(1)>",
                                             "<a href=\"javascript:alert(1)\">",
                                             "[x](javascript:alert(1))",
                                             "![x](http://h/p.png)",
                                             "[x](http://h/\" onclick=\"alert(1))",
                                             "<details ontoggle=alert(1)>",
                                             "<",
                                             ">",
                                             "\"",
                                             "&lt;",
                                             "&",
                                             "`",
                                             "```",
                                             "\n",
                                             "\n\n",
                                             "- ",
                                             "> ",
                                             "| a | b |\n|---|---|\n| c | d |\n",
                                             "# ",
                                             "text",
                                             "<svg/onload=alert(1)>",
                                             "<DETAILS>",
                                             "<!",
                                             "<?",
                                             "]]>",
                                             "    "};

}  // namespace

TEST_CASE("Markdown becomes the HTML that a forge shows") {
  struct Case {
    std::string markdown, html;
  };
  const Case c = GENERATE(Case{"**bold** and `code`", "<p><strong>bold</strong> and <code>code</code></p>\n"},
                          Case{"one\ntwo", "<p>one<br />\ntwo</p>\n"},
                          Case{"| a |\n|---|\n| b |",
                               "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>b</td>\n</"
                               "tr>\n</tbody>\n</table>\n"},
                          Case{"| a |\n|---|\n| b<br>c |",
                               "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>b<br>c</td>\n</"
                               "tr>\n</tbody>\n</table>\n"},
                          Case{"~~gone~~", "<p><del>gone</del></p>\n"},
                          Case{"<details><summary>More</summary>\n\n*in*\n\n</details>",
                               "<details><summary>More</summary>\n<p><em>in</em></p>\n</details>\n"},
                          Case{"<!-- towline:report -->\n\nShown", "<p>Shown</p>\n"});
  CAPTURE(c.markdown);
  std::string shown = render_markdown(c.markdown);
  shown.erase(0, shown.find_first_not_of('\n'));
  CHECK(shown == c.html);
}

TEST_CASE("raw HTML that is not on the list is shown as text") {
  struct Case {
    std::string markdown, contains;
  };
  const Case c = GENERATE(Case{"a <script>alert(1)</script> b", "a &lt;script&gt;alert(1)&lt;/script&gt; b"},
                          Case{"<details ontoggle=alert(1)>", "&lt;details ontoggle=alert(1)&gt;"},
                          Case{"<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"},
                          Case{"<b>5 &lt; 6 & 7</b>", "&lt;b&gt;5 &lt; 6 &amp; 7&lt;/b&gt;"});
  CAPTURE(c.markdown);
  CHECK(render_markdown(c.markdown).find(c.contains) != std::string::npos);
}

TEST_CASE("links do not run scripts") {
  CHECK(render_markdown("[x](javascript:alert(1))") == "<p><a href=\"\">x</a></p>\n");
  CHECK(render_markdown("[x](JaVaScript:alert(1))") == "<p><a href=\"\">x</a></p>\n");
  CHECK(render_markdown("[x](data:text/html,y)") == "<p><a href=\"\">x</a></p>\n");
  CHECK(render_markdown("[x](/a:b)") == "<p><a href=\"/a:b\">x</a></p>\n");
  CHECK(render_markdown("[x](https://example.com)") == "<p><a href=\"https://example.com\">x</a></p>\n");
}

TEST_CASE("what is folded and not closed is closed, what is closed and not folded is left out") {
  CHECK(render_markdown("<details>\n\nopen").ends_with("<p>open</p>\n</details>"));
  CHECK(render_markdown("<details><summary>a <code>b</details>") ==
        "<details><summary>a <code>b</code></summary></details>\n");
  CHECK(render_markdown("</details>\n\nstray").find("</details>") == std::string::npos);
}

TEST_CASE("no text gets an element onto the page that is not harmless") {
  CHECK(rc::check([] {
    std::string markdown;
    for (const auto& fragment : *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(kFragments))) {
      markdown += fragment;
    }
    const std::string html = render_markdown(markdown);
    int depth = 0;
    for (const std::string& name : elements(html)) {
      RC_ASSERT(std::find(kHarmless.begin(), kHarmless.end(), name) != kHarmless.end());
    }
    for (std::size_t at = 0; (at = html.find("details>", at)) != std::string::npos; ++at) {
      depth += html[at - 1] == '/' ? -1 : 1;
      RC_ASSERT(depth >= 0);
    }
    RC_ASSERT(depth == 0);
    RC_ASSERT(html.find("href=\"javascript:") == std::string::npos);
  }));
}

}  // namespace towline::forge::sandbox
