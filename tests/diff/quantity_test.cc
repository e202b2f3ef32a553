#include <catch2/catch.hpp>

#include <rapidcheck.h>

#include <string>
#include <utility>

#include "diff/quantity.h"

namespace towline::diff::test {
namespace {

TEST_CASE("quantities are equal by amount") {
  const std::pair<const char*, const char*> kEqual[] = {
      {"1000m", "1"}, {"1", "1.0"},    {"0.5", "500m"},   {"1Gi", "1024Mi"}, {"1Ki", "1024"},     {"1k", "1000"},
      {"1e3", "1k"},  {"1E3", "1000"}, {"5e-1", "500m"},  {"100M", "0.1G"},  {"1.5Gi", "1536Mi"}, {"-1", "-1000m"},
      {"+1", "1"},    {"0", "0Gi"},    {"1Ei", "1024Pi"}, {"1000n", "1u"},   {".5", "0.5"},       {"1.", "1"},
  };
  for (const auto& [a, b] : kEqual) {
    CAPTURE(a, b);
    CHECK(same_quantity(a, b));
  }
}

TEST_CASE("what differs or is no quantity is not equal") {
  const std::pair<const char*, const char*> kDifferent[] = {
      {"1", "2"},         {"1M", "1Mi"},    {"1m", "1M"},     {"", ""},
      {"Gi", "Gi"},       {"1Qi", "1Qi"},   {"1 Gi", "1Gi"},  {"1e", "1e"},
      {"0x10", "16"},     {"1e99", "1e99"}, {"1..0", "1"},    {"99999999999999999999999999999", "1"},
      {"1e-10", "1e-10"}, {"one", "one"},   {"1Gi\n", "1Gi"},
  };
  for (const auto& [a, b] : kDifferent) {
    CAPTURE(a, b);
    CHECK_FALSE(same_quantity(a, b));
  }
}

TEST_CASE("a thousand thousandths are one of anything") {
  CHECK(rc::check([](std::uint32_t amount) {
    const std::string text = std::to_string(amount);
    RC_ASSERT(same_quantity(text + "000m", text));
    RC_ASSERT(same_quantity(text + "Gi", std::to_string(std::uint64_t{amount} * 1024) + "Mi"));
    RC_ASSERT(is_smaller_quantity(text, text + ".001"));
    RC_ASSERT(!is_smaller_quantity(text, text));
  }));
}

}  // namespace
}  // namespace towline::diff::test
