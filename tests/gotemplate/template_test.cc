#include <catch2/catch.hpp>

#include <string>

#include <rapidcheck.h>

#include "gotemplate/names.h"
#include "gotemplate/template.h"

namespace towline::gotemplate {
namespace {

GoValue data() {
  GoMap inner;
  inner.entries = {{"team", "payments"}};
  GoMap map;
  map.entries = {{"name", "ledger"}, {"count", 3.0}, {"list", text_list({"a", "b"})}, {"inner", std::move(inner)}};
  return map;
}

std::string rendered(std::string_view text, MissingKey missing_key = MissingKey::error) {
  const auto result = render_go_template(text, data(), missing_key);
  return result ? *result : "error: " + result.error().message;
}

struct Case {
  std::string text;
  std::string expected;
};

TEST_CASE("a template that cannot be rendered says why, and on which line") {
  const Case cases[] = {
      {"a\n{{ .absent }}", "error: line 2: map has no entry for key 'absent'"},
      {"{{ .name", "error: line 1: an action is not closed"},
      {"{{ if .name }}x", "error: line 1: {{end}} is missing"},
      {"{{ end }}", "error: line 1: unexpected {{end}}"},
      {"{{ .name | uper }}", "error: line 1: function 'uper' is not defined, did you mean 'upper'?"},
      {"{{ now }}", "error: line 1: the function 'now' is not supported"},
      {"{{ env \"HOME\" }}", "error: line 1: function 'env' is not defined"},
      {"{{ upper .count }}", "error: line 1: error calling upper: wrong type for value; expected string; got float64"},
      {"{{ upper }}", "error: line 1: wrong number of arguments for upper: 0"},
      {"{{ index .list 2 }}", "error: line 1: error calling index: index out of range: 2"},
      {"{{ $x }}", "error: line 1: undefined variable '$x'"},
      {"{{ break }}", "error: line 1: {{break}} outside of {{range}}"},
      {"{{ template \"x\" }}", "error: line 1: template 'x' is not defined"},
      {"{{ eq .count 3 }}", "error: line 1: error calling eq: incompatible types for comparison"},
      {"{{ div 1 0 }}", "error: line 1: error calling div: division by zero"},
      {"{{ regexMatch \"(\" .name }}", "error: line 1: error calling regexMatch: error parsing regexp: missing ): ("},
      {"{{ printf \"%d\" .name }}", "error: line 1: error calling printf: %d of a string is not supported"},
      {"{{ \"\\q\" }}", "error: line 1: unknown escape in a quoted text"},
      {"{{ .name }", "error: line 1: unexpected '}' in an action"},
  };
  for (const Case& one : cases) {
    INFO(one.text);
    CHECK(rendered(one.text) == one.expected);
  }
}

TEST_CASE("the keys and values of a map have a random order until they are sorted") {
  const std::string random =
      "the order of a map's keys and values is random; sort the keys with sortAlpha, or range over the map";
  const Case cases[] = {
      {"{{ keys . | sortAlpha | join \",\" }}", "count,inner,list,name"},
      {"{{ range sortAlpha (keys .) }}{{ . }};{{ end }}", "count;inner;list;name;"},
      {"{{ len (keys .) }}{{ has \"name\" (keys .) }}{{ if keys . }}x{{ end }}", "4truex"},
      {"{{ $k := keys . | uniq }}{{ without $k \"count\" | sortAlpha | first }}", "inner"},
      {"{{ concat (keys .inner) (keys (dict \"b\" 1)) | sortAlpha | last }}", "team"},
      {"{{ keys .inner | first }}{{ values .inner }}{{ range keys .inner }}{{ . }}{{ end }}", "team[payments]team"},
      {"{{ keys . | first }}", "error: line 1: error calling first: " + random},
      {"{{ keys . }}", "error: line 1: " + random},
      {"{{ $k := keys . }}\n{{ range $k }}{{ end }}", "error: line 2: " + random},
      {"{{ join \",\" (values .) }}", "error: line 1: error calling join: " + random},
      {"{{ dict \"k\" (keys .) | toJson }}", "error: line 1: error calling dict: " + random},
      {"{{ append (list) (keys .) }}", "error: line 1: error calling append: " + random},
      {"{{ reverse (keys .) | join \"\" }}", "error: line 1: error calling join: " + random},
      {"{{ index (default (list) (keys .)) 0 }}", "error: line 1: error calling index: " + random},
      {"{{ with keys . }}{{ toYaml . }}{{ end }}", "error: line 1: error calling toYaml: " + random},
  };
  for (const Case& one : cases) {
    INFO(one.text);
    CHECK(rendered(one.text) == one.expected);
  }
}

TEST_CASE("a template that would not end is stopped") {
  CHECK(rendered("{{ define \"x\" }}{{ template \"x\" . }}{{ end }}{{ template \"x\" . }}") ==
        "error: line 1: templates call each other deeper than 64");
  CHECK(rendered("{{ range until 1000 }}{{ range until 1000 }}{{ end }}{{ end }}") ==
        "error: line 1: the template takes more than 200000 steps");
  CHECK(rendered("{{ range 100000000000 }}{{ end }}") == "error: line 1: {{range}} over too large a number");
  CHECK(rendered("{{ $x := repeat 1000000 \"x\" }}{{ range until 1000 }}{{ regexMatch \"y\" $x }}{{ end }}") ==
        "error: line 1: error calling regexMatch: the template takes more than 200000 steps");
  CHECK(rendered("{{ uniq (until 5000) }}") ==
        "error: line 1: error calling uniq: the template takes more than 200000 steps");
  CHECK(rendered("{{ repeat 1000000000 .name }}") ==
        "error: line 1: error calling repeat: the text becomes longer than 1048576 bytes");
  CHECK(rendered("{{ range until 50000 }}{{ repeat 100 \"x\" }}{{ end }}") ==
        "error: line 1: the template writes more than 1048576 bytes");
  CHECK(rendered("{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ $d }}") ==
        "error: line 1: error calling set: recursive maps are not supported");
  CHECK(rendered("{{ $d := dict }}{{ range until 1000 }}{{ $d = dict \"d\" $d }}{{ end }}") ==
        "error: line 1: a value is nested deeper than 64 levels");
}

TEST_CASE("what a template does is counted by the work it is") {
  std::string many_variables;
  for (int i = 0; i < 5'000; ++i) many_variables += "{{ $v" + std::to_string(i) + " := 1 }}{{ $v0 = 2 }}";
  const std::string expensive[] = {
      "{{ regexFindAll \"a\" (repeat 10000 \"a\") -1 }}",
      "{{ regexSplit \"a\" (repeat 10000 \"a\") -1 }}",
      "{{ regexFindAll \"a.*b|a\" (repeat 5000 \"a\") -1 }}",
      "{{ regexReplaceAll \"a\" (repeat 3000 \"a\") \"b\" }}",
      "{{ regexReplaceAllLiteral \"a\" (repeat 3000 \"a\") \"b\" }}",
      "{{ regexMatch \"(a{100}){8}b\" (repeat 20000 \"a\") }}",
      "{{ regexFind \"(a{100}){8}b\" (repeat 20000 \"a\") }}",
      "{{ range until 10000 }}{{ if regexMatch \"(a|b|c){50}\" \"\" }}{{ end }}{{ end }}",
      "{{ contains (print (repeat 100000 \"a\") \"b\") (repeat 1000000 \"a\") }}",
      "{{ replace (print (repeat 100000 \"a\") \"b\") \"\" (repeat 1000000 \"a\") }}",
      "{{ splitList (print (repeat 100000 \"a\") \"b\") (repeat 1000000 \"a\") }}",
      "{{ trimAll (repeat 100000 \"b\") (repeat 1000000 \"a\") }}",
      "{{ has (until 5000) (list (until 5000) (until 5000) (until 5000) (until 5000) (until 5000) (until 5000) "
      "(until 5000) (until 5000) (until 5000) (until 5000) (until 5000) (until 5000) (until 5000) (until 5000)) }}",
      "{{ without (until 90000) 1 2 3 4 5 6 7 8 9 }}",
      "{{ sortAlpha (until 50000) }}",
      "{{ fromYaml (repeat 170000 \"a: 1\\n\") }}",
      "{{ $x := until 60000 }}{{ range until 20 }}{{ $y := $x }}{{ end }}",
      "{{ $x := repeat 1000000 \"a\" }}{{ range until 20 }}{{ if $x }}{{ end }}{{ end }}",
      "{{ range until 1000 }}{{ range list (until 1000) }}{{ end }}{{ end }}",
      many_variables,
  };
  for (const std::string& text : expensive) {
    INFO(text.substr(0, 100));
    CHECK(rendered(text).ends_with("the template takes more than 200000 steps"));
  }
}

TEST_CASE("what people write takes few steps") {
  for (const char* text : {"{{ regexReplaceAll \"[^a-z0-9]+\" .name \"-\" }}", "{{ .inner.team | upper | trunc 20 }}",
                           "{{ splitList \"-\" .name | first }}", "{{ toYaml .inner }}",
                           "{{ printf \"%s-%s\" .name .inner.team | quote }}"}) {
    std::size_t steps = 0;
    INFO(text);
    REQUIRE(render_go_template(text, data(), MissingKey::error, {}, &steps));
    CHECK(steps < 150);
  }
}

TEST_CASE("a template nested too deep is refused before it is run") {
  std::string parentheses = "{{ ";
  for (int i = 0; i < 100'000; ++i) parentheses += '(';
  CHECK(rendered(parentheses + "}}").starts_with("error: line 1: nested deeper than 64 levels"));
  std::string controls;
  for (int i = 0; i < 100'000; ++i) controls += "{{ if true }}";
  CHECK(rendered(controls).starts_with("error: line 1: nested deeper than 64 levels"));
}

TEST_CASE("a map that is a great many when it is printed is not printed") {
  CHECK(rendered("{{ $first := dict }}{{ $last := $first }}{{ range until 50 }}{{ $new := dict }}"
                 "{{ $_ := set $last \"a\" $new }}{{ $_ := set $last \"b\" $new }}{{ $last = $new }}{{ end }}"
                 "{{ $first }}") == "error: line 1: the template takes more than 200000 steps");
}

TEST_CASE("a text that a function would blow up is refused") {
  CHECK(rendered("{{ join (repeat 100000 \"x\") (until 1000) }}") ==
        "error: line 1: error calling join: the text becomes longer than 1048576 bytes");
  CHECK(rendered("{{ indent 1000 (repeat 100000 \"\\n\") }}") ==
        "error: line 1: error calling indent: the text becomes longer than 1048576 bytes");
  CHECK(rendered("{{ fromYaml \"a: &a [x,x,x,x,x,x,x,x,x]\\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\\n"
                 "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\\n"
                 "e: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\" }}")
            .starts_with("error: line 1: error calling fromYaml: "));
}

TEST_CASE("a long chain of maps is built and let go") {
  CHECK(rendered("{{ $first := dict }}{{ $last := $first }}{{ range until 8000 }}{{ $new := dict }}"
                 "{{ $_ := set $last \"next\" $new }}{{ $last = $new }}{{ end }}done") == "done");
}

TEST_CASE("a missing key is nothing where that is allowed") {
  CHECK(rendered("{{ .absent }}", MissingKey::no_value) == "<no value>");
  CHECK(rendered("{{ .absent.more }}", MissingKey::no_value) == "<no value>");
  CHECK(rendered("{{ .absent | default \"x\" }}", MissingKey::no_value) == "x");
}

TEST_CASE("text without actions is given as it is") {
  rc::check([](const std::string& text) {
    RC_PRE(text.find("{{") == std::string::npos);
    RC_ASSERT(rendered(text) == text);
  });
}

TEST_CASE("a quoted text comes out as what it stands for, whatever it holds") {
  rc::check([] {
    const auto text = *rc::gen::container<std::string>(rc::gen::element('a', ' ', '"', '\\', '\n', '{', '}', '-', '`'));
    std::string quoted;
    for (const char c : text) {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c == '\n' ? std::string("\\n") : std::string(1, c);
    }
    RC_ASSERT(rendered("[{{ \"" + quoted + "\" }}]") == "[" + text + "]");
  });
}

TEST_CASE("any sequence of delimiters, quotes, comments and words is rendered or refused") {
  const auto piece = rc::gen::elementOf(std::vector<std::string>{"{{",
                                                                 "}}",
                                                                 "{",
                                                                 "}",
                                                                 "\"",
                                                                 "`",
                                                                 "'",
                                                                 "\\",
                                                                 "\\x7b",
                                                                 "\\u007",
                                                                 "\\17",
                                                                 "-",
                                                                 "- ",
                                                                 " -",
                                                                 "/*",
                                                                 "*/",
                                                                 " ",
                                                                 "\n",
                                                                 ".",
                                                                 "$",
                                                                 "|",
                                                                 "(",
                                                                 ")",
                                                                 ":=",
                                                                 "=",
                                                                 ",",
                                                                 "%",
                                                                 "%-",
                                                                 "1.5",
                                                                 "0x",
                                                                 "-1",
                                                                 "1e",
                                                                 ".name",
                                                                 "$x",
                                                                 "end",
                                                                 "else",
                                                                 "if",
                                                                 "range",
                                                                 "with",
                                                                 "define",
                                                                 "printf ",
                                                                 "keys ",
                                                                 "values ",
                                                                 "index ",
                                                                 "slice ",
                                                                 "substr ",
                                                                 "trunc ",
                                                                 "abbrev ",
                                                                 "list ",
                                                                 "first ",
                                                                 "initial ",
                                                                 "rest ",
                                                                 "regexReplaceAll ",
                                                                 "split ",
                                                                 "repeat ",
                                                                 "indent "});
  rc::check([&] {
    std::string text;
    for (const std::string& one : *rc::gen::container<std::vector<std::string>>(piece)) text += one;
    const std::string whole = "{{ " + text;
    for (const std::string& one : {text, whole, whole + " }}"}) {
      const auto result = render_go_template(one, data(), MissingKey::no_value);
      RC_ASSERT(result.has_value() || !result.error().message.empty());
    }
  });
}

struct Match {
  std::string pattern;
  std::string path;
  bool matches;
};

TEST_CASE("a directory pattern matches as Go's path.Match does") {
  const Match cases[] = {
      {"apps/*", "apps/pay", true},
      {"apps/*", "apps/pay/base", false},
      {"apps/p?y", "apps/pay", true},
      {"apps/[a-f]*", "apps/pay", false},
      {"apps/[^a-f]*", "apps/pay", true},
      {"apps/pa", "apps/pay", false},
      {"apps/[p", "apps/p", false},
      {"apps/\\*", "apps/*", true},
      {"*", "apps", true},
      {"**", "apps/pay", false},
      {"a*b*c", "aXbXbc", true},
      {"", "", true},
      {"a[]b", "a]b", false},
      {"a[x-]b", "axb", false},
  };
  for (const Match& one : cases) {
    INFO(one.pattern << " and " << one.path);
    CHECK(path_match(one.pattern, one.path) == one.matches);
  }
}

TEST_CASE("a file pattern matches as git ls-files does") {
  const Match cases[] = {
      {"apps/*/config.json", "apps/a/config.json", true},
      {"apps/*/config.json", "apps/a/b/config.json", true},
      {"apps/**/x", "apps/a/b/x", true},
      {"apps", "apps/a/b", true},
      {"apps/", "apps/a", true},
      {"apps/", "apps", false},
      {"app", "apps/a", false},
      {"./apps/a", "apps/a", true},
      {"*.yaml", "a/b.yaml", true},
      {".", "a/b", true},
  };
  for (const Match& one : cases) {
    INFO(one.pattern << " and " << one.path);
    CHECK(pathspec_match(one.pattern, one.path) == one.matches);
  }
}

TEST_CASE("a pattern of many stars is matched in bounded time") {
  std::string pattern;
  for (int i = 0; i < 2'000; ++i) pattern += "*a";
  CHECK_FALSE(path_match(pattern, std::string(4'000, 'b')));
}

}  // namespace
}  // namespace towline::gotemplate
