#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "yaml/node.h"

using namespace towline::yaml;

namespace {

ScalarType type_of(std::string_view source) {
  const auto documents = parse("k: " + std::string(source) + "\n");
  if (!documents) FAIL(documents.error().message);
  return scalar_type(documents->at(0).root.entries.at(0).second);
}

}  // namespace

// What go-yaml v2 (v2.4.2) makes of the same texts.
TEST_CASE("a scalar's type is what Kubernetes makes of it") {
  struct Row {
    ScalarType type;
    std::vector<std::string> sources;
  };
  const std::vector<Row> rows = {
      {ScalarType::boolean,
       {"y", "Y", "n", "N", "yes", "YES", "on", "Off", "OFF", "true", "True", "False", "no", "!!bool \"x\""}},
      {ScalarType::null, {"~", "null", "NULL", "Null", ""}},
      {ScalarType::integer,
       {"1",
        "0",
        "00",
        "0123",
        "0o17",
        "0O17",
        "0x1F",
        "0b101",
        "-0b101",
        "0b-1",
        "1_000",
        "1_",
        "+1",
        "-1",
        "-0x1",
        "0_1",
        "0__x1f",
        "+0b11",
        "20261123235959",
        "18446744073709551615",
        "-9223372036854775808",
        "!!int \"5\""}},
      {ScalarType::floating,
       {"08",
        "12e3",
        "1e-999",
        ".5",
        ".5e3",
        "1.",
        "1.20",
        "1.2_0",
        "123456789012345678901234",
        "18446744073709551616",
        "-9223372036854775809",
        "+18446744073709551615",
        ".inf",
        "+.inf",
        "-.INF",
        ".nan",
        "0.0",
        "0e0",
        "09.5",
        "-.5",
        ".5_0",
        "+.5e-3",
        "1E5",
        "1e+5"}},
      {ScalarType::string,
       {"yEs",     "tRUE",      "nULL",   "0xg",       "0b102", "0x",    "0b",         "+_",
        "1e999",   "._5",       ".",      ".e5",       "1.2.3", ".Nan",  "2001-12-14", "2001-12-14T21:59:43Z",
        "1:30",    "190:20:30", "0x1p-2", "1e",        "e1",    "v1.2",  "1.2-alpine", "_1",
        "+0x",     "Inf",       "+Inf",   "-infinity", "NaN",   "\"1\"", "'true'",     "\"\"",
        "!!str 1", "! 1",       "!foo 1"}},
  };
  for (const Row& row : rows)
    for (const std::string& source : row.sources) {
      INFO(source);
      CHECK(type_of(source) == row.type);
    }
}

TEST_CASE("a block scalar is a string whatever it says") { CHECK(type_of("|-\n  12") == ScalarType::string); }
