#include <catch2/catch.hpp>

#include <string>

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

TEST_CASE("a comment that fits leaves nothing out") {
  const Case given = long_case();
  const std::string text = comment(Templates::load().value(), given.snapshot, given.decision, "abc", 65'536);
  CHECK(text.find("left out") == std::string::npos);
  CHECK(text.find("ConfigMap pay/c9") != std::string::npos);
}

TEST_CASE("what does not fit is left out by whole resources, and said so with a link") {
  const Case given = long_case();
  const std::string text = comment(Templates::load().value(), given.snapshot, given.decision, "abc", 8'000);
  CHECK(text.size() <= 8'000);
  CHECK(text.starts_with("**Ready to merge**\n"));
  CHECK(text.find(std::string(2'000, 'x')) != std::string::npos);
  CHECK(text.find("**changed** `ConfigMap pay/c3`: 2 lines, left out for length\n") != std::string::npos);
  CHECK(text.find(" changed resources left out, because the forge limits the length of a comment: see the "
                  "[full report](http://127.0.0.1:8080/pulls/gitea/acme/infra/12).\n") != std::string::npos);
}

TEST_CASE("a resource that is too long does not keep out the ones behind it") {
  Case given = ready();
  auto& changes = given.snapshot.evaluation->applications[0].diff.changes;
  changes.insert(changes.begin(), changed("ConfigMap", "big", {{"data.a", std::nullopt, std::string(100'000, 'x')}}));
  const std::string text = comment(Templates::load().value(), given.snapshot, given.decision, "abc", 65'536);
  CHECK(text.find("`ConfigMap pay/big`: 2 lines, left out for length") != std::string::npos);
  CHECK(text.find("+ ghcr.io/acme/pay:1.5.0@sha256:") != std::string::npos);
  CHECK(text.find("1 changed resource left out") != std::string::npos);
}

TEST_CASE("thousands of applications still make a comment that leads with the verdict") {
  Case given = blocked();
  auto& applications = given.snapshot.evaluation->applications;
  applications.resize(5'000, applications.front());
  const std::string text = comment(Templates::load().value(), given.snapshot, given.decision, "abc", 65'536);
  CHECK(text.size() <= 65'536);
  CHECK(text.starts_with("**Blocked**: Held by bob"));
  CHECK(text.find("more applications") != std::string::npos);
}

TEST_CASE("with hardly any room the verdict, the link and the marker remain") {
  const Case given = blocked();
  CHECK(comment(Templates::load().value(), given.snapshot, given.decision, "abc", 300) ==
        "**Blocked**\n\n[Full report](http://127.0.0.1:8080/pulls/gitea/acme/infra/12) · head `1f2e3d4c` compared with "
        "`a0b1c2d3` · Towline keeps this comment up to date\n\n<!-- towline:report digest=abc -->");
}

TEST_CASE("equal input gives an equal comment") {
  const Templates templates = Templates::load().value();
  const Case given = blocked();
  CHECK(comment(templates, given.snapshot, given.decision, "abc", 65'536) ==
        comment(templates, given.snapshot, given.decision, "abc", 65'536));
}

}  // namespace
}  // namespace towline::report::test
