#include "base/json.h"

#include <catch2/catch.hpp>

namespace towline {
namespace {

TEST_CASE("JSON that is broken is refused with the place, and nothing of it is quoted") {
  const auto json = parse_json("{\n  \"token\": hunter2\n}");
  REQUIRE_FALSE(json);
  CHECK(json.error().kind == ErrorKind::invalid);
  CHECK(json.error().message == "the text is not JSON: it is broken at line 2, column 12");
}

TEST_CASE("JSON that stops in the middle is told apart from broken JSON") {
  CHECK(parse_json("{\"a\": [1,").error().message == "the text is not JSON: it ends too early, at line 1, column 10");
  CHECK(parse_json("").error().message == "the text is not JSON: it ends too early, at line 1, column 1");
}

TEST_CASE("JSON may be nested to the limit and no deeper") {
  CHECK(parse_json("[[[]]]", 3));
  CHECK(parse_json("[[[[]]]]", 3).error().message == "the JSON is nested deeper than 3 levels at line 1, column 4");
  CHECK(parse_json(R"(["[[[[", "\"[[[["])", 1));
}

TEST_CASE("JSON nested deep enough to break the stack is refused") {
  CHECK_FALSE(parse_json(std::string(200'000, '[')));
  CHECK_FALSE(parse_json(std::string(200'000, '[') + std::string(200'000, ']')));
}

TEST_CASE("JSON that is not UTF-8 is refused") {
  CHECK(parse_json("\"\xFF\"").error().message == "the text is not JSON: it is not UTF-8");
}

TEST_CASE("a number out of range is refused") { CHECK_FALSE(parse_json("[1e999]")); }

TEST_CASE("values are read by JSON pointer, with the default for what is absent or of another type") {
  const auto json =
      parse_json(R"({"a": {"b/c": "x", "n": 7, "t": true, "list": [1, "two"]}, "big": 18446744073709551615})");
  REQUIRE(json);
  CHECK(json_string(*json, "/a/b~1c") == "x");
  CHECK(json_string(*json, "/a/list/1") == "two");
  CHECK(json_string(*json, "/a/n", "default") == "default");
  CHECK(json_string(*json, "/a/none/deeper", "default") == "default");
  CHECK(json_string(*json, "/a/list/9", "default") == "default");
  CHECK(json_string(*json, "/a/list/-1", "default") == "default");
  CHECK(json_integer(*json, "/a/n") == 7);
  CHECK(json_integer(*json, "/big", -1) == -1);
  CHECK(json_integer(*json, "/a/t", -1) == -1);
  CHECK(json_bool(*json, "/a/t"));
  CHECK_FALSE(json_bool(*json, "/a/n"));
}

TEST_CASE("printing never fails, whatever bytes a string has") {
  CHECK(dump_json(Json("a\xFF")) == "\"a\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace towline
