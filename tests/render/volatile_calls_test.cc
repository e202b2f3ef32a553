#include "render/charts/volatile_calls.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace towline::render {
namespace {

using Texts = std::vector<std::string>;

ClusterFacts facts() {
  ClusterFacts facts;
  facts.api_versions = {"apps/v1", "argoproj.io/v1alpha1"};
  facts.kube_version = true;
  return facts;
}

Texts found(const std::string& text, TextKind kind, const ClusterFacts& known = facts()) {
  Texts all;
  for (const VolatileUse& use : volatile_uses("templates/z.yaml", text, kind, known)) {
    all.push_back(std::to_string(use.line) + " " + use.what);
  }
  return all;
}

struct Case {
  const char* text;
  Texts expected;
};

const Case kTemplates[] = {
    {"now lookup genCA", {}},
    {"a: {{ .Values.now }}\nb: {{ $now }} {{ $x.date }} {{ \"now\" }} {{ `lookup` }}", {}},
    {"{{/* {{ now }} */}}{{- /* lookup */ -}}", {}},
    {"{{- if gt (now | unixEpoch | int64) 1830000000 }}", {"1 now"}},
    {"a: 1\nb: {{ randNumeric 3 }}\nc: {{- uuidv4 -}}", {"2 randNumeric", "3 uuidv4"}},
    {"{{ if\n  lookup \"v1\" \"Secret\" \"\" \"\" }}", {"2 lookup"}},
    {"{{ \"}}\" | now }}", {"1 now"}},
    {"{{ `}}` }}{{ '\"' }}{{ now }}", {"1 now"}},
    {"{{ \"\\\"\" }}{{ shuffle .x }}", {"1 shuffle"}},
    {"{{ .Capabilities.APIVersions.Has \"apps/v1\" }}{{ $.Capabilities.KubeVersion.Version }}", {}},
    {"{{ .Capabilities.APIVersions.Has \"argoproj.io/v1alpha1\" }}", {}},
    {"{{ .Capabilities.APIVersions.Has \"x.io/v1\" }}", {"1 .Capabilities.APIVersions.Has \"x.io/v1\""}},
    {"{{ $root.Capabilities.APIVersions.Has .Values.v }}", {"1 .Capabilities.APIVersions.Has"}},
    {"{{ \"x\" | .Capabilities.APIVersions.Has }}", {"1 .Capabilities.APIVersions.Has"}},
    {"{{ with .Capabilities }}{{ .APIVersions.Has \"x.io/v1\" }}{{ end }}",
     {"1 .Capabilities", "1 .APIVersions.Has \"x.io/v1\""}},
    {"{{ range .Capabilities.APIVersions }}", {"1 .Capabilities.APIVersions"}},
    {"{{ (index . \"Capabilities\").HelmVersion }}", {"1 \"Capabilities\"", "1 .HelmVersion"}},
    {"{{ tpl .Values.text . }}{{ tpl (toYaml .Values.more) $ }}", {}},
    {"{{ tpl \"{{ now }}\" . }}", {"1 now", "1 tpl"}},
    {"{{ tpl \"{\\x7b n\\u006fw }}\" . }}", {"1 now", "1 tpl"}},
    {"{{ tpl (print .Values.a .Values.b) . }}", {"1 tpl"}},
    {"{{ $x := print \"{\" \"{ no\" \"w }}\" }}{{ tpl $x . }}", {"1 tpl"}},
    {"{{ .Release.IsUpgrade }}", {}},
};

const Case kKeyOrders[] = {
    {"{{ keys .Values.x | sortAlpha | join \",\" }}{{ sortAlpha (keys .Values.x) | first }}", {}},
    {"{{ len (keys .x) }}{{ has \"a\" (keys .x) }}{{ if keys .x }}{{ end }}{{ keys .x | uniq | sortAlpha }}", {}},
    {"{{ $k := keys .x }}{{ range $k | sortAlpha }}{{ . }}{{ end }}{{ .Values.keys }}{{ $values := 1 }}", {}},
    {"{{ keys .Values.x | first }}", {"1 keys"}},
    {"{{ $k := keys .x }}\n{{ join \",\" $k }}", {"1 keys"}},
    {"{{ range $i, $k := keys .x }}{{ end }}", {"1 keys"}},
    {"{{ values .x | toJson }}", {"1 values"}},
    {"{{ values .x }}", {"1 values"}},
    {"{{ $d := dict \"k\" (keys .x) }}", {"1 keys"}},
    {"{{ $k := list }}{{ range .y }}{{ index $k 0 }}{{ $k = keys .x }}{{ end }}", {"1 keys"}},
    {"{{ include \"x\" (keys .x) }}", {"1 keys"}},
};

TEST_CASE("keys and values have a random order until they are sorted") {
  for (const Case& one : kKeyOrders) {
    CAPTURE(one.text);
    CHECK(found(one.text, TextKind::template_file) == one.expected);
  }
}

const Case kContexts[] = {
    {"{{ include \"x\" $ }}{{ include \"x\" . | nindent 2 }}{{ template \"x\" . }}{{ tpl .Values.x $ }}", {}},
    {"{{ include \"x\" (dict \"context\" $ \"a\" 1) }}{{ $root := . }}{{ include \"x\" $root }}", {}},
    {"{{ toYaml $.Values.x }}{{ toJson .Values }}{{ $.Files.Get \"a\" | toYaml }}{{ toYaml .Release }}", {}},
    {"{{ with .Values.x }}{{ toYaml . }}{{ end }}{{ range .Values.y }}{{ . | quote }}{{ else }}{{ end }}", {}},
    {"{{ define \"x\" }}{{ toYaml . }}{{ end }}{{ index $ \"Values\" \"x\" }}{{ get $ \"Values\" | toYaml }}", {}},
    {"{{ merge (dict \"a\" 1) . | include \"x\" }}{{ hasKey . \"x\" }}{{ if $ }}{{ end }}{{ with $ }}{{ end }}", {}},
    {"{{ $x := list . }}{{ .Chart.Maintainers | toYaml }}{{ .Chart.Name }}{{ range .Chart.Maintainers }}{{ end }}", {}},
    {"{{ toJson $ }}", {"1 toJson $"}},
    {"{{ $ | toYaml | sha256sum }}", {"1 toYaml $"}},
    {"a\n{{ toYaml . }}", {"2 toYaml ."}},
    {"{{ with .Values.x }}{{ end }}{{ toYaml . }}", {"1 toYaml ."}},
    {"{{ with .Values.x }}{{ else }}{{ toYaml . }}{{ end }}", {"1 toYaml ."}},
    {"{{ with $ }}{{ toYaml . }}{{ end }}", {"1 toYaml ."}},
    {"{{ range .Values.y }}{{ if .z }}{{ printf \"%v\" $ }}{{ end }}{{ end }}", {"1 printf $"}},
    {"{{ $root := $ }}{{ toYaml $root }}", {"1 toYaml $root"}},
    {"{{ index $ .Values.x }}", {"1 index $"}},
    {"{{ get $ (print \"Capa\" \"bilities\") }}", {"1 get $"}},
    {"{{ range $k, $v := $ }}{{ end }}", {"1 range $"}},
    {"{{ $ }}", {"1 $"}},
    {"{{ dict \"a\" $ | toJson }}", {"1 toJson $"}},
    {"{{ toYaml .Subcharts }}", {"1 toYaml .Subcharts"}},
    {"{{ toYaml (omit . \"Values\") }}", {"1 toYaml ."}},
    {"{{ printf \"%p\" .Chart }}", {"1 printf \"%p\"", "1 printf .Chart"}},
    {"{{ printf \"%-10p %d%%p\" $x 1 }}{{ printf \"%%p %d\" 1 }}", {"1 printf \"%p\""}},
    {"{{ .Chart.Maintainers }}", {"1 .Chart.Maintainers"}},
    {"{{ range $i, $e := list $ }}{{ toYaml $e }}{{ end }}", {"1 toYaml $e"}},
    {"{{ range list . 1 }}{{ toYaml . }}{{ end }}{{ range .y }}{{ toYaml . }}{{ end }}", {"1 toYaml ."}},
    {"{{ $d := dict }}{{ $_ := set $d \"c\" $ }}{{ include \"x\" $d }}{{ toYaml $d.a }}", {}},
    {"{{ $d := dict }}{{ $_ := set $d \"c\" $ }}{{ toYaml $d }}", {"1 toYaml $d"}},
    {"{{ $_ := set .Values \"c\" $ }}{{ toYaml .Values }}", {"1 set $"}},
    {"{{ list .Chart | toString }}", {"1 toString .Chart"}},
    {"{{ quote .Chart.Dependencies }}", {"1 quote .Chart.Dependencies"}},
};

TEST_CASE("the whole context is used where more than its fields is taken") {
  for (const Case& one : kContexts) {
    CAPTURE(one.text);
    auto uses = found(one.text, TextKind::template_file);
    std::sort(uses.begin(), uses.end());
    CHECK(uses == one.expected);
  }
  ClusterFacts release = facts();
  release.upgrades = true;
  CHECK(found("{{ toYaml .Release }}{{ .Release.Name }}", TextKind::template_file, release) ==
        Texts{"1 toYaml .Release"});
}

TEST_CASE("uses in a template") {
  for (const Case& one : kTemplates) {
    CAPTURE(one.text);
    CHECK(found(one.text, TextKind::template_file) == one.expected);
  }
}

const Case kValues[] = {
    {"now: lookup\nx: \"{{ .Values.y }}\"\n", {}},
    {"a: 1\nx: \"{{ now }}\"\n", {"2 now"}},
    {"a: '{{ `'\nb: '{{ now }}'\nc: '` }}'\n", {"1 now", "2 now"}},
    {"a: '{{ \"'\nb: '{{ \"}}\" | uuidv4 }}'\n", {"2 uuidv4"}},
    {"a: \"{\\x7b n\\u006Fw }}\"\n", {"1 now"}},
    {"a: \"{{ no\\\n   w }}\"\n", {"1 now"}},
    {"a: '{{{ now }}'\n", {"1 now"}},
    {"a: '{{ . }} {{ printf \"%v\" . }} {{ . | first | value }}'\n", {}},
    {"a: '{{ values.x }}'\n", {}},
    {"a: '{{ \\\"{{ .x }}\\\" '\n# allowed values\n", {}},
    {"a: '{{ toYaml . }}'\nb: '{{ toJson $ }}'\n", {"1 toYaml .", "2 toJson $"}},
};

TEST_CASE("uses in values, which tpl runs one by one") {
  for (const Case& one : kValues) {
    CAPTURE(one.text);
    CHECK(found(one.text, TextKind::values) == one.expected);
  }
}

TEST_CASE("what is known of the cluster decides what is a use") {
  ClusterFacts unknown;
  CHECK(found("{{ .Capabilities.KubeVersion }}", TextKind::template_file, unknown) ==
        Texts{"1 .Capabilities.KubeVersion"});
  ClusterFacts all = facts();
  all.all_api_versions = true;
  CHECK(found("{{ .Capabilities.APIVersions.Has .x }}", TextKind::template_file, all).empty());
  ClusterFacts release = facts();
  release.upgrades = true;
  CHECK(found("{{ .Release.IsUpgrade }}", TextKind::template_file, release) == Texts{"1 .Release.IsUpgrade"});
}

TEST_CASE("the digest of a use is of its whole template, and of values just of the actions") {
  const auto content = [](const std::string& text, TextKind kind) {
    return volatile_uses("x", text, kind, facts()).at(0).content;
  };
  CHECK(content("{{ now }}", TextKind::template_file) != content("{{ now }} ", TextKind::template_file));
  CHECK(content("a: '{{ now }}'", TextKind::values) == content("b: 2\na: '{{ now }}'", TextKind::values));
  CHECK(content("a: '{{ now }}'", TextKind::values) != content("a: '{{ now | date }}'", TextKind::values));
}

TEST_CASE("a text that ends within or right after a delimiter is looked through") {
  CHECK(found("{{ \"{{\" }}", TextKind::template_file).empty());
  CHECK(found("{{", TextKind::values).empty());
  CHECK(found("{{ \"{{\" }}{{ now }}", TextKind::template_file) == Texts{"1 now"});
}

TEST_CASE("any sequence of delimiters, quotes, comments and words is looked through") {
  const auto piece =
      rc::gen::elementOf(Texts{"{{",        "}}",          "{",      "}",    "\"",     "`",      "'",
                               "\\",        "\\x7b",       "\\u007", "\\17", "-",      "- ",     "/*",
                               "*/",        " ",           "\n",     ".",    "$",      "|",      "(",
                               ")",         ":=",          "=",      ",",    "now",    "tpl",    "keys",
                               "sortAlpha", "range",       "with",   "end",  "define", "toJson", ".Capabilities",
                               ".Release",  "APIVersions", "%",      "%p",   "1.5"});
  rc::check([&] {
    std::string text;
    for (const std::string& one : *rc::gen::container<Texts>(piece)) text += one;
    const TextKind kind = *rc::gen::element(TextKind::template_file, TextKind::values);
    for (const std::string& use : found(text, kind)) RC_ASSERT(!use.empty());
  });
}

TEST_CASE("a text of nothing but delimiters is looked through in bounded time") {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "{{ ";
  CHECK_FALSE(found(text, TextKind::values).empty());
}

}  // namespace
}  // namespace towline::render
