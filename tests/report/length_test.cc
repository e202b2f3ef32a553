#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "forge/forge.h"
#include "forge/kinds.h"
#include "report/report.h"
#include "report/snapshots.h"

namespace towline::report::test {
namespace {

/// Ten resources of about 2,000 bytes each behind the first.
Case long_case() {
  Case result = ready();
  auto& changes = result.snapshot.evaluation->applications[0].diff.changes;
  for (int i = 0; i < 10; ++i) {
    changes.push_back(
        changed("ConfigMap", "c" + std::to_string(i), {{"data.a", std::nullopt, std::string(2'000, 'x')}}));
  }
  return result;
}

std::vector<std::string> parts_of(const Case& given, std::size_t limit) {
  return comments(Templates::load().value(), given.snapshot, given.decision, "abc", limit);
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

diff::Change large(std::size_t lines) {
  std::string text;
  for (std::size_t i = 0; i < lines; ++i) text += "line " + std::to_string(i) + " of a long text\n";
  return changed("ConfigMap", "big", {{"data.a", std::nullopt, text + "end"}});
}

TEST_CASE("a report that fits is one comment and leaves nothing out") {
  const auto parts = parts_of(long_case(), 65'536);
  REQUIRE(parts.size() == 1);
  CHECK_FALSE(contains(parts[0], "left out"));
  CHECK_FALSE(contains(parts[0], "part 2"));
  CHECK(contains(parts[0], "ConfigMap pay/c9"));
}

TEST_CASE("a longer one goes on in numbered parts, resource by resource, in order") {
  const auto parts = parts_of(long_case(), 8'000);
  REQUIRE(parts.size() == 4);
  CHECK(parts[0].starts_with("**Ready to merge**\n"));
  CHECK(contains(parts[0], "The changes continue in parts 2 to 4, in separate comments."));
  CHECK(parts[1].starts_with("**Part 2 of 4**: what changes, continued\n"));
  CHECK(parts[3].starts_with("**Part 4 of 4**"));
  std::string all;
  for (const std::string& part : parts) {
    CHECK(part.size() <= 8'000);
    CHECK(contains(part, "<details><summary><code>pay-prod</code> in <code>prod</code>"));
    all += part;
  }
  CHECK_FALSE(contains(all, "left out"));
  std::size_t last = 0;
  for (int i = 0; i < 10; ++i) {
    const std::size_t at = all.find("`ConfigMap pay/c" + std::to_string(i) + "`");
    CHECK(at != std::string::npos);
    CHECK(at > last);
    last = at;
  }
}

TEST_CASE("there are at most five parts; what does not fit is named, counted, and on the page") {
  Case given = long_case();
  auto& changes = given.snapshot.evaluation->applications[0].diff.changes;
  for (int i = 10; i < 30; ++i) {
    changes.push_back(
        changed("ConfigMap", "c" + std::to_string(i), {{"data.a", std::nullopt, std::string(2'000, 'x')}}));
  }
  const auto parts = parts_of(given, 8'000);
  REQUIRE(parts.size() == kMostParts);
  CHECK(contains(parts[0],
                 " changed resources left out, because the forge limits the length of a comment: see the "
                 "[full report](http://127.0.0.1:8080/pulls/gitea/acme/infra/12).\n"));
  CHECK(contains(parts[4], "`ConfigMap pay/c20`: 2 lines, left out for length"));
}

TEST_CASE("a resource that is too long for a part is cut between lines, and keeps out none behind it") {
  Case given = ready();
  auto& changes = given.snapshot.evaluation->applications[0].diff.changes;
  changes.insert(changes.begin(), large(10'000));
  const auto parts = parts_of(given, 65'536);
  REQUIRE(parts.size() == 4);
  CHECK(contains(parts[1], "`ConfigMap pay/big`: lines 1 to "));
  CHECK(contains(parts[1], " of 10002\n"));
  CHECK(contains(parts[2], " more lines left out for length, see the full report"));
  CHECK(contains(parts[3], "+ ghcr.io/acme/pay:1.5.0@sha256:"));
}

TEST_CASE("a line that is too long for a part is shortened") {
  Case given = ready();
  auto& changes = given.snapshot.evaluation->applications[0].diff.changes;
  changes.push_back(changed("ConfigMap", "wide", {{"data.a", std::nullopt, std::string(100'000, '`')}}));
  const auto parts = parts_of(given, 65'536);
  REQUIRE(parts.size() == 1);
  CHECK(contains(parts[0], "lines 1 to 2 of 2"));
  CHECK(contains(parts[0], "`…\n"));
}

TEST_CASE("every kind of forge has a limit that its parts keep to") {
  Case given = ready();
  auto& changes = given.snapshot.evaluation->applications[0].diff.changes;
  for (int i = 0; i < 300; ++i) changes.push_back(large(300));
  for (const forge::Kind& forge : forge::kinds()) {
    CAPTURE(std::string(forge.name));
    const auto parts = parts_of(given, forge.usual_comment_bytes);
    CHECK(parts.size() > 1);
    for (const std::string& part : parts) CHECK(part.size() <= forge.usual_comment_bytes);
  }
}

TEST_CASE("parts keep to the limit to the byte") {
  const Templates templates = Templates::load().value();
  const Case given = in_parts();
  std::size_t written = 0;
  std::size_t too_long = 0;
  for (std::size_t limit = 1'500; limit < 4'500; limit += 3) {
    for (const std::string& part : comments(templates, given.snapshot, given.decision, "abc", limit)) {
      ++written;
      if (part.size() > limit) ++too_long;
    }
  }
  CHECK(written > 3'000);
  CHECK(too_long == 0);
}

TEST_CASE("thousands of applications still make a comment that leads with the verdict") {
  Case given = blocked();
  auto& applications = given.snapshot.evaluation->applications;
  applications.resize(5'000, applications.front());
  const auto parts = parts_of(given, 65'536);
  CHECK(parts.size() == kMostParts);
  for (const std::string& part : parts) CHECK(part.size() <= 65'536);
  CHECK(parts[0].starts_with("**Blocked**: Held by bob"));
  CHECK(contains(parts[0], "more applications"));
}

TEST_CASE("with hardly any room the verdict, the link and the marker remain") {
  CHECK(parts_of(blocked(), 400) ==
        std::vector<std::string>{
            "**Blocked**\n\n[Full report](http://127.0.0.1:8080/pulls/gitea/acme/infra/12) · head `1f2e3d4c` compared "
            "with `a0b1c2d3` · Towline keeps this comment up to date\n\n<!-- towline:report digest=abc -->"});
}

TEST_CASE("a part that says the same on another head is the same comment") {
  Case given = long_case();
  const auto before = parts_of(given, 8'000);
  given.snapshot.pull.head = CommitId("ffff3d4c5b6a798081726354453627180f1e2d3c");
  given.snapshot.evaluation->head = given.snapshot.pull.head;
  given.snapshot.evaluation->base = given.snapshot.pull.head;
  const auto after = parts_of(given, 8'000);
  REQUIRE(after.size() == before.size());
  CHECK(after[0] != before[0]);
  CHECK(after[1] == before[1]);
}

TEST_CASE("equal input gives equal comments") { CHECK(parts_of(blocked(), 65'536) == parts_of(blocked(), 65'536)); }

}  // namespace
}  // namespace towline::report::test
