#include <catch2/catch.hpp>

#include <string>

#include "report/escape.h"
#include "report/report.h"

namespace towline::report::test {
namespace {

struct Case {
  const char* name;
  const char* text;
  const char* written;
};

const Case kText[] = {
    {"words", "waiting for alice, see 1.5.0", "waiting for alice, see 1.5.0"},
    {"emphasis", "*a* _b_ ~c~ `d`", "\\*a\\* \\_b\\_ \\~&#8203;c\\~ \\`d\\`"},
    {"a link", "[a](http://b)", "\\[a\\](http:&#8203;//b)"},
    {"an image", "![a](b)", "!\\[a\\](b)"},
    {"HTML", "<b>&amp;</b>", "&lt;b&gt;&amp;&#8203;amp;&lt;/b&gt;"},
    {"a mention", "@alice and @acme/team", "&#64;&#8203;alice and &#64;&#8203;acme/team"},
    {"an address", "a@b.example", "a&#64;&#8203;b.example"},
    {"issue references", "#12 acme/infra#3 GH-4 !5", "&#35;&#8203;12 acme/infra&#35;&#8203;3 GH-&#8203;4 !&#8203;5"},
    {"commits", "at 1f2e3d4c5b6a7980, fed", "at `1f2e3d4c5b6a7980`, fed"},
    {"bare links", "https://a.example www.b.example", "https:&#8203;//a.example www&#8203;.b.example"},
    {"emoji", ":tada: a.yaml:4: b", ":&#8203;tada: a.yaml:4: b"},
    {"a table's pipe", "a|b", "a\\|b"},
    {"formulas", "$x$ 50%", "\\$&#8203;x\\$ 50%"},
    {"line breaks", "a\nb\r\nc\td", "a b c d"},
    {"a list", "- a", "\\- a"},
    {"a numbered list", "1. a", "1\\. a"},
    {"a heading", "# a", "&#35; a"},
    {"an underline", "===", "\\==="},
    {"indented code", "     a", "a"},
    {"a quote", "> a", "&gt; a"},
    {"a backslash", "a\\*b", "a\\\\\\*b"},
    {"text that turns direction", "a\u202eb\u2066", "a\\\\u\\{202e\\}b\\\\u\\{2066\\}"},
    {"control characters and bad UTF-8", "a\x01\x1b[31mb\xff", "a\\[31mb\ufffd"},
};

const Case kCode[] = {
    {"words", "pay:1.5.0", "`pay:1.5.0`"},
    {"nothing", "", "<code></code>"},
    {"a pipe", "a|b", "<code>a&#124;b</code>"},
    {"a backtick", "`a`", "<code>&#96;a&#96;</code>"},
    {"a backtick with all that Markdown knows", "`*<b>@c", "<code>&#96;&#42;&#60;b&#62;&#64;c</code>"},
    {"a line break", "a\nb", "`a b`"},
    {"a mention", "@alice", "`@alice`"},
};

TEST_CASE("text shows as itself") {
  for (const Case& text : kText) {
    DYNAMIC_SECTION(text.name) { CHECK(markdown_escape(text.text) == text.written); }
  }
}

TEST_CASE("code shows as itself, in tables too") {
  for (const Case& code : kCode) {
    DYNAMIC_SECTION(code.name) { CHECK(markdown_code(code.text) == code.written); }
  }
}

TEST_CASE("a fence is longer than every run of backticks inside") {
  CHECK(markdown_fence("a\n", "diff") == "```diff\na\n```");
  CHECK(markdown_fence("a", "") == "```\na\n```");
  CHECK(markdown_fence("```\nb", "diff") == "````diff\n```\nb\n````");
  CHECK(markdown_fence("+ `````", "diff") == "``````diff\n+ `````\n``````");
}

TEST_CASE("a link goes to the web or is none") {
  CHECK(markdown_link("a", "https://b.example/c?d=e#f") == "[a](https://b.example/c?d=e#f)");
  CHECK(markdown_link("a]", "https://b.example/) <x>\n\"'") == "[a\\]](https://b.example/%29%20%3Cx%3E%0A%22%27)");
  CHECK(markdown_link("a", "javascript:alert(1)") == "a");
  CHECK(markdown_link("a", "") == "a");
}

TEST_CASE("HTML text holds no markup") {
  CHECK(html_text("<a href=\"x\">'&") == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
}

}  // namespace
}  // namespace towline::report::test
