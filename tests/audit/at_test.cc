#include <catch2/catch.hpp>

#include <algorithm>

#include "audit/history.h"

namespace towline::audit {
namespace {

Result<At> ask(const History& history, std::string_view time, const std::optional<std::string>& environment = {}) {
  return at(history.fixture.repository, history.prod, history.config, at_time(time), environment);
}

std::vector<std::string> running(const Result<At>& answer) {
  std::vector<std::string> result;
  for (const RunningImage& image : answer->images) {
    result.push_back(image.environment + "/" + image.service + " " + image.written + " since " +
                     format_time(image.last_change.at));
  }
  return result;
}

TEST_CASE("what ran is what the branch said at that time, each with its last change") {
  const History history;

  const auto answer = ask(history, "2026-11-05");

  REQUIRE(answer);
  CHECK(answer->commit == history.prod);
  CHECK(format_time(answer->asked) == "2026-11-05T00:00:00Z");
  CHECK(format_time(answer->landed) == "2026-11-04T10:00:00Z");
  CHECK(running(answer) == std::vector<std::string>{"dev/pay ghcr.io/acme/pay:1.1.0 since 2026-11-02T10:00:00Z",
                                                    "prod/pay ghcr.io/acme/pay:1.1.0 since 2026-11-04T10:00:00Z",
                                                    "prod/web nginx:1.27 since 2026-11-01T10:00:00Z"});
}

TEST_CASE("who approved what ran is told with it") {
  const History history;
  const auto answer = ask(history, "2026-11-05", "prod");
  REQUIRE(answer->images.size() == 2);
  CHECK(answer->images[0].last_change.commit == history.prod);
  CHECK(answer->images[0].last_change.approved_by == std::vector<std::string>{"alice", "bob"});
  CHECK(answer->images[0].name.str() == "ghcr.io/acme/pay");
}

TEST_CASE("a change counts from the second it landed") {
  const History history;
  CHECK(ask(history, "2026-11-04T09:59:59Z")->commit == history.readme);
  CHECK(ask(history, "2026-11-04T10:00:00Z")->commit == history.prod);
  CHECK(running(ask(history, "2026-11-04T09:59:59Z", "prod")).front() ==
        "prod/pay ghcr.io/acme/pay:1.0.0 since 2026-11-01T10:00:00Z");
}

TEST_CASE("the same image in two files of a service is told once, with tag and digest as written") {
  History history;
  const std::string pinned =
      "ghcr.io/acme/job:2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  history.prod = history.commit(history.prod, "2026-11-05T10:00:00Z", "Jobs",
                                {git::put("apps/dev/services/job/a.yaml", deployment(pinned)),
                                 git::put("apps/dev/services/job/b.yaml", deployment(pinned)),
                                 git::put("apps/dev/services/job/notes.txt", deployment("x:1"))});
  CHECK(running(ask(history, "2026-11-06", "dev")) ==
        std::vector<std::string>{"dev/job " + pinned + " since 2026-11-05T10:00:00Z",
                                 "dev/pay ghcr.io/acme/pay:1.1.0 since 2026-11-02T10:00:00Z"});
}

TEST_CASE("an image that was renamed and a container that is new are told from the day they landed") {
  History history;
  history.prod = history.commit(
      history.prod, "2026-11-05T10:00:00Z", "Another registry, and a proxy",
      {git::put("apps/prod/services/pay/deployment.yaml",
                deployment("registry.acme.example/pay:1.1.0") + "        - {name: proxy, image: envoy:3}\n")});
  CHECK(running(ask(history, "2026-11-05T09:59:59Z", "prod"))[0] ==
        "prod/pay ghcr.io/acme/pay:1.1.0 since 2026-11-04T10:00:00Z");
  CHECK(running(ask(history, "2026-11-06", "prod")) ==
        std::vector<std::string>{"prod/pay envoy:3 since 2026-11-05T10:00:00Z",
                                 "prod/pay registry.acme.example/pay:1.1.0 since 2026-11-05T10:00:00Z",
                                 "prod/web nginx:1.27 since 2026-11-01T10:00:00Z"});
}

TEST_CASE("an image that a kustomization renames is told as it runs") {
  History history;
  history.prod =
      history.commit(history.prod, "2026-11-05T10:00:00Z", "Another registry",
                     {git::put("apps/prod/services/pay/kustomization.yaml",
                               "resources: [deployment.yaml]\nimages:\n"
                               "  - {name: ghcr.io/acme/pay, newName: registry.acme.example/pay, newTag: 1.2.0}\n")});
  const auto told = running(ask(history, "2026-11-06", "prod"));
  CHECK(std::find(told.begin(), told.end(), "prod/pay registry.acme.example/pay:1.2.0 since 2026-11-05T10:00:00Z") !=
        told.end());
}

TEST_CASE("a time before the branch began has no answer") {
  const History history;
  const auto answer = ask(history, "2026-10-31");
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::not_found);
  CHECK(answer.error().message ==
        "the branch is younger than 2026-10-31T00:00:00Z; its first commit landed at 2026-11-01T10:00:00Z");
}

}  // namespace
}  // namespace towline::audit
