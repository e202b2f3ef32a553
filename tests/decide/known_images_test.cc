#include "decide/promotion/known_images.h"

#include <catch2/catch.hpp>

#include "repo_fixture.h"

namespace towline::decide {
namespace {

KnownImage row(std::string_view seen, std::optional<TimePoint> created, std::optional<image::Digest> digest_of) {
  return {name(kPay), image::Tag("1.5.0"), std::move(digest_of), at(seen), created};
}

constexpr std::string_view kEarly = "2026-11-01T00:00:00Z";
constexpr std::string_view kLate = "2026-11-02T00:00:00Z";

}  // namespace

TEST_CASE("of two rows of one tag the newer counts, and the older fills what it does not tell") {
  const TimePoint built = at("2026-10-01T00:00:00Z");
  const TimePoint rebuilt = at("2026-10-02T00:00:00Z");
  struct Case {
    std::vector<KnownImage> rows;
    std::optional<TimePoint> created;
    std::optional<image::Digest> digest_of;
  };
  const std::vector<Case> cases = {
      {{row(kEarly, built, digest('1')), row(kLate, rebuilt, digest('2'))}, rebuilt, digest('2')},
      {{row(kLate, rebuilt, digest('2')), row(kEarly, built, digest('1'))}, rebuilt, digest('2')},
      {{row(kLate, std::nullopt, std::nullopt), row(kEarly, built, digest('1'))}, built, digest('1')},
      {{row(kEarly, built, digest('1')), row(kLate, std::nullopt, std::nullopt)}, built, digest('1')},
  };
  for (const Case& one : cases) {
    INFO(&one - cases.data());
    const KnownImages known(repo({}, one.rows));
    CHECK(known.facts(name(kPay), image::Tag("1.5.0")).created == one.created);
    CHECK(known.digest({"dev", "pay"}, name(kPay), image::Tag("1.5.0")) == one.digest_of);
  }
}

}  // namespace towline::decide
