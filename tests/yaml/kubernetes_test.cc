#include "yaml/kubernetes.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "base/json.h"
#include "yaml/json.h"

using namespace towline;
using namespace towline::yaml;

namespace {

/// The documents as JSON; an error as its message.
std::string read(const std::string& text) {
  const auto documents = parse_as_kubernetes(text);
  if (!documents) return documents.error().message;
  std::string all;
  for (const Document& document : *documents) {
    const auto root = decode_as_kubernetes(document.root);
    all += (all.empty() ? "" : " ") + (root ? dump_json(to_json(*root)) : root.error().message);
  }
  return all;
}

struct Case {
  std::string text;
  std::string expected;
};

void check(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    CAPTURE(one.text);
    CHECK(read(one.text) == one.expected);
  }
}

}  // namespace

TEST_CASE("documents begin at the lines where Kubernetes splits a file") {
  check({
      {"a: 1\n---\nb: 2\n", R"({"a":1} {"b":2})"},
      {"a: 1\n--- # x\nb: 2\n", R"({"a":1} {"b":2})"},
      {"a: 1\n---\t\r\nb: 2\n", R"({"a":1} {"b":2})"},
      {"a: 1\n--- {b: 2}\n", "line 2, column 1: Kubernetes allows only a comment after '---'; begin a new line there"},
      {"a: 1\n---#x\nb: 2\n", "line 2, column 1: Kubernetes allows only a comment after '---'; begin a new line there"},
      {"a: 1\n...\n---\nb: 2\n", R"({"a":1} {"b":2})"},
      {"a: 1\n...\n", R"({"a":1})"},
      {"a: 1\n...\nb: 2\n", "line 3, column 1: did not find expected <document start>"},
      {"~\n...\nb: 2\n", "line 3, column 1: did not find expected <document start>"},
      {"%YAML 1.1\n---\na: 1\n", "line 1, column 1: directives (%YAML, %TAG) are refused by Kubernetes"},
  });
}

TEST_CASE("merge keys are applied where they are written") {
  check({
      {"{a: 1, <<: {a: 2, b: 2}, b: 3}", R"({"a":2,"b":3})"},
      {"{<<: [{a: 1}, {a: 2, b: 2}]}", R"({"a":1,"b":2})"},
      {"{'<<': {a: 1}}", R"({"<<":{"a":1}})"},
      {"{<<: 1}", "line 1, column 6: the merge key '<<' takes a mapping or a sequence of mappings"},
  });
}

TEST_CASE("keys are the strings that JSON has for them") {
  check({
      {"{0x10: a, 010: b, yes: c, 1.50: d, 1_000: e}", R"({"1.5":"d","1000":"e","16":"a","8":"b","true":"c"})"},
      {"{~: a}", "line 1, column 2: this key is no string; write it in quotes"},
      {"{1: a, '1': b}", "line 1, column 8: the key '1' is written twice, as a string and as another type; keep one"},
      {"{1: a, 0x1: b}", R"({"1":"b"})"},
  });
}

TEST_CASE("a tag counts as it does for go-yaml, or is refused") {
  check({
      {"{a: !!str 1, b: !!int '2', c: !!float 3, d: !!bool yes}", R"({"a":"1","b":2,"c":3.0,"d":true})"},
      {"{a: !!int x}",
       "line 1, column 11: a scalar with the tag 'tag:yaml.org,2002:int', which is not supported for this value"},
      {"{a: !!binary aGk=}",
       "line 1, column 14: a scalar with the tag 'tag:yaml.org,2002:binary', which is not supported for this value"},
      {"{a: !own {b: c}}", "line 1, column 10: the tag '!own' is not supported"},
  });
}

TEST_CASE("the last line ends with a line feed, also where none is written") {
  check({{"a: |\n  b", R"({"a":"b\n"})"}, {"a: b", R"({"a":"b"})"}});
}

TEST_CASE("in brackets a plain scalar is not read where go-yaml reads another one") {
  check({
      {"{a:}", "line 1, column 1: found unexpected ':'"},
      {"[a?b]", "line 1, column 2: Kubernetes reads this differently in brackets without quotes; quote it"},
      {"{'a':[b?]}", "line 1, column 7: Kubernetes reads this differently in brackets without quotes; quote it"},
      {"a: b:}\nc: d?\n", R"({"a":"b:}","c":"d?"})"},
  });
}

TEST_CASE("what is not UTF-8 is refused by its name") {
  const std::string utf16(
      "\xFF\xFE"
      "a\0:\0",
      6);
  CHECK(read(utf16) == "line 1, column 1: the file is in UTF-16 or UTF-32; save it as UTF-8");
  CHECK(read("a: \xE2\x80\xA8"
             "b: c\n") != R"({"a":"b: c"})");
}

TEST_CASE("integers beyond 64 bits are the doubles that Kubernetes makes of them") {
  check({
      {"[9223372036854775807, -9223372036854775808, 0X1F, 0b101, 0o17, -017]",
       "[9223372036854775807,-9223372036854775808,31,5,15,-15]"},
      {"[18446744073709551615]", "[1.8446744073709552e+19]"},
      {"[.1_0, ._1, 1_0.5]", R"([0.1,"._1",10.5])"},
      {"[.inf]", "line 1, column 2: '.inf' is a number that JSON does not have; quote it"},
  });
}
