#include "base/text.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

namespace towline {
namespace {

std::vector<std::string> owned(const std::vector<std::string_view>& parts) { return {parts.begin(), parts.end()}; }

TEST_CASE("joining what was split gives the text back") {
  CHECK(rc::check([](const std::string& text) { RC_ASSERT(join(owned(split(text, ',')), ",") == text); }));
}

TEST_CASE("an empty text splits into one empty part") { CHECK(split("", ',') == std::vector<std::string_view>{""}); }

TEST_CASE("lines lose their ends, and a final newline makes no empty line") {
  CHECK(split_lines("a\r\nb\n\nc") == std::vector<std::string_view>{"a", "b", "", "c"});
  CHECK(split_lines("a\n") == std::vector<std::string_view>{"a"});
  CHECK(split_lines("").empty());
}

TEST_CASE("a lone carriage return is no line end") {
  CHECK(split_lines("a\rb\r") == std::vector<std::string_view>{"a\rb\r"});
}

TEST_CASE("trimming takes blanks from both ends only") {
  CHECK(trim(" \t a b\r\n") == "a b");
  CHECK(trim(" \n").empty());
}

TEST_CASE("replacing goes on behind what was put in") {
  CHECK(replace_all("aaa", "a", "aa") == "aaaaaa");
  CHECK(replace_all("abc", "", "x") == "abc");
  CHECK(replace_all("no match", "x", "y") == "no match");
}

struct Utf8Case {
  std::string text;
  bool valid;
};

TEST_CASE("UTF-8 is judged by the Unicode standard's table of well-formed sequences") {
  const auto c = GENERATE(values<Utf8Case>({{"plain", true},
                                            {"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", true},
                                            {"\xC0\xAF", false},
                                            {"\xE0\x80\xAF", false},
                                            {"\xED\xA0\x80", false},
                                            {"\xF4\x90\x80\x80", false},
                                            {"\xE2\x82", false},
                                            {"\x80", false},
                                            {"\xFF", false}}));
  CAPTURE(c.text);
  CHECK(is_valid_utf8(c.text) == c.valid);
}

TEST_CASE("what is made printable is always UTF-8, and printable text stays as it is") {
  CHECK(rc::check([](const std::string& text) {
    const std::string once = printable_utf8(text);
    RC_ASSERT(is_valid_utf8(once));
    RC_ASSERT(printable_utf8(once) == once);
  }));
}

TEST_CASE("control characters are dropped but for newline and tab") {
  CHECK(printable_utf8("a\x1B[31m\tb\n\r\x7F\xC2\x9B") == "a[31m\tb\n");
  CHECK(printable_utf8("x\xFFy") == "x\xEF\xBF\xBDy");
}

TEST_CASE("a shortened text fits, stays UTF-8 and shows that it was cut") {
  CHECK(ellipsize("short", 5) == "short");
  CHECK(ellipsize("longer text", 9) == "longer\xE2\x80\xA6");
  CHECK(ellipsize("\xC3\xA4\xC3\xA4\xC3\xA4", 5) == "\xC3\xA4\xE2\x80\xA6");
  CHECK(ellipsize("abcd", 2).empty());
}

TEST_CASE("a shortened text is never longer than allowed") {
  CHECK(rc::check([](const std::string& text, std::uint8_t most) { RC_ASSERT(ellipsize(text, most).size() <= most); }));
}

TEST_CASE("the nearest word is one that differs little, else none") {
  const std::vector<std::string> keys = {"environments", "policies", "version"};
  CHECK(nearest("enviroments", keys) == "environments");
  CHECK(nearest("polices", keys) == "policies");
  CHECK(nearest("bmup", std::vector<std::string>{"bump", "diff"}) == "bump");
  CHECK(nearest("lgo", std::vector<std::string>{"at", "log"}) == "log");
  CHECK(nearest("colour", keys).empty());
  CHECK(nearest("x", keys).empty());
}

TEST_CASE("a count comes with its noun in the right number") {
  CHECK(plural(0, "file") == "0 files");
  CHECK(plural(1, "file") == "1 file");
  CHECK(plural(2, "file") == "2 files");
}

TEST_CASE("escaped HTML cannot open a tag or leave an attribute") {
  CHECK(html_escape("<a href=\"x\" o='y'>&") == "&lt;a href=&quot;x&quot; o=&#39;y&#39;&gt;&amp;");
}

struct GlobCase {
  std::string pattern;
  std::string text;
  bool matches;
};

TEST_CASE("a glob matches the whole text; one star stays within a path component") {
  const auto c = GENERATE(values<GlobCase>({{"ghcr.io/acme/*", "ghcr.io/acme/pay", true},
                                            {"ghcr.io/acme/*", "ghcr.io/acme/team/pay", false},
                                            {"ghcr.io/acme/**", "ghcr.io/acme/team/pay", true},
                                            {"**/pay", "ghcr.io/acme/pay", true},
                                            {"**", "", true},
                                            {"*", "", true},
                                            {"", "", true},
                                            {"", "a", false},
                                            {"p?y", "pay", true},
                                            {"p?y", "p/y", false},
                                            {"pay", "pays", false},
                                            {"*a*b", "xaxxb", true},
                                            {"*a*b", "xaxxbc", false},
                                            {"a**b", "a/x/b", true}}));
  CAPTURE(c.pattern, c.text);
  CHECK(glob_match(c.pattern, c.text) == c.matches);
}

TEST_CASE("a hostile glob costs no more than its length times the text's") {
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += "*a";
  CHECK_FALSE(glob_match(pattern + "b", std::string(2'000, 'a')));
}

}  // namespace
}  // namespace towline
