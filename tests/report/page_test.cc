#include <catch2/catch.hpp>

#include <cmath>
#include <map>
#include <string>
#include <string_view>

#include <re2/re2.h>

#include "base/text.h"
#include "report/pages/pages.h"
#include "report/report.h"
#include "report/snapshots.h"

namespace towline::report::test {
namespace {

std::string page_of(const Case& given) { return page(Templates::load().value(), given.snapshot, given.decision); }

/// Relative luminance of "#rrggbb" (WCAG 2.2).
double luminance(const std::string& colour) {
  double sum = 0;
  const double weights[] = {0.2126, 0.7152, 0.0722};
  for (std::size_t i = 0; i < 3; ++i) {
    const double part = std::stoi(colour.substr(1 + 2 * i, 2), nullptr, 16) / 255.0;
    sum += weights[i] * (part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4));
  }
  return sum;
}

double contrast(const std::string& a, const std::string& b) {
  const double light = std::max(luminance(a), luminance(b));
  const double dark = std::min(luminance(a), luminance(b));
  return (light + 0.05) / (dark + 0.05);
}

/// The colours of a scheme, by name.
std::map<std::string, std::string> colours(const std::string& text) {
  re2::StringPiece css(text);
  static const RE2 kColour("--([a-z]+): (#[0-9a-f]{6})");
  std::map<std::string, std::string> found;
  std::string name;
  std::string value;
  while (RE2::FindAndConsume(&css, kColour, &name, &value)) found[name] = value;
  return found;
}

TEST_CASE("text stands out from what is behind it, in the light scheme and in the dark one") {
  const Templates templates = Templates::load().value();
  const std::string& css = templates.source("page.css");
  const std::size_t dark = css.find("prefers-color-scheme: dark");
  REQUIRE(dark != std::string::npos);
  for (const std::string& scheme : {css.substr(0, dark), css.substr(dark)}) {
    const auto colour = colours(scheme);
    REQUIRE(colour.size() >= 12);
    for (const char* ground : {"ground", "raised"}) {
      for (const char* text : {"text", "quiet", "link", "bad"}) {
        CAPTURE(text, ground);
        CHECK(contrast(colour.at(text), colour.at(ground)) >= 4.5);
      }
    }
    for (const char* ground : {"old", "new", "hunk"}) {
      CAPTURE(ground);
      CHECK(contrast(colour.at("text"), colour.at(ground)) >= 4.5);
    }
  }
}

TEST_CASE("headings go down one level at a time") {
  for (const Case& given : {ready(), blocked(), dangers(), hidden(), unaffected(), fork(), in_parts()}) {
    const std::string html = page_of(given);
    static const RE2 kHeading("<h([1-6])");
    re2::StringPiece rest(html);
    int level = 0;
    int last = 0;
    while (RE2::FindAndConsume(&rest, kHeading, &level)) {
      CHECK(level <= last + 1);
      last = level;
    }
    CHECK(last > 1);
  }
}

TEST_CASE("what scrolls sideways can be reached by keyboard and has a name") {
  const std::string html = page_of(blocked());
  CHECK(html.find("<pre class=\"diff\" role=\"group\" tabindex=\"0\" aria-label=\"changed Deployment pay/pay\">") !=
        std::string::npos);
  CHECK(html.find("<div class=\"wide\" role=\"group\" tabindex=\"0\"") != std::string::npos);
  CHECK(html.find("<th scope=\"col\">application</th>") != std::string::npos);
}

TEST_CASE("a page needs no script and loads nothing") {
  const std::string html = page_of(blocked());
  for (const char* part : {"<script", "<link", "<img", "src=", "@import", "url("}) {
    INFO(part);
    CHECK(html.find(part) == std::string::npos);
  }
  CHECK(html.find("name=\"viewport\" content=\"width=device-width, initial-scale=1\"") != std::string::npos);
}

TEST_CASE("differences that are too long for a page are cut between lines, and it says so") {
  Case given = ready();
  auto& changes = given.snapshot.evaluation->applications[0].diff.changes;
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "a line of the configuration, number " + std::to_string(i) + "\n";
  changes = {changed("ConfigMap", "large", {{"data.a", std::nullopt, text}})};
  const std::string one = page_of(given);
  CHECK(one.size() < 8u << 20);
  CHECK(one.find(" more lines left out: the page would be too long.") != std::string::npos);

  changes.resize(20, changes.front());
  const std::string many = page_of(given);
  CHECK(many.size() < 12u << 20);
  CHECK(many.find(" changed resources left out: the page would be too long.") != std::string::npos);

  changes.assign(40'000, changed("ConfigMap", "small", {{"data.a", "1", "2"}}));
  CHECK(page_of(given).size() < 12u << 20);
}

}  // namespace
}  // namespace towline::report::test
