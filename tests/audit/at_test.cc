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

TEST_CASE("a date before that of the parent changes nothing of the past") {
  History history;
  const CommitId sly =
      history.commit(history.prod, "2026-11-03T12:00:00Z", "Small fix",
                     {git::put("apps/prod/services/pay/deployment.yaml", deployment("ghcr.io/evil/pay:1.0.0"))});
  const auto asked = [&](std::string_view time) {
    return *at(history.fixture.repository, sly, history.config, at_time(time), "prod");
  };
  CHECK(asked("2026-11-03T13:00:00Z").commit == history.readme);
  const At after = asked("2026-11-04T10:00:00Z");
  CHECK(after.commit == sly);
  CHECK(after.landed == at_time("2026-11-04T10:00:00Z"));
  CHECK(after.warnings ==
        std::vector<std::string>{"its commit date 2026-11-03T12:00:00Z is before 2026-11-04T10:00:00Z, when its parent "
                                 "landed; not relied on"});
}

TEST_CASE("one date in the future does not hide what landed after it") {
  History history;
  const auto push = [&](const CommitId& parent, std::string_view date, const std::string& image) {
    return history.commit(parent, date, "Push " + image,
                          {git::put("apps/prod/services/pay/deployment.yaml", deployment(image))});
  };
  const CommitId post = push(history.prod, "2030-01-01T00:00:00Z", "pay:2");
  const CommitId next = push(post, "2026-11-06T10:00:00Z", "pay:3");
  const CommitId last = push(next, "2026-11-07T10:00:00Z", "pay:4");
  const auto asked = [&](std::string_view time) {
    return *at(history.fixture.repository, last, history.config, at_time(time), "prod");
  };
  CHECK(asked("2026-11-05T10:00:00Z").commit == history.prod);
  CHECK(asked("2026-11-06T10:00:00Z").commit == next);
  CHECK(asked("2026-11-06T10:00:00Z").warnings.empty());
  CHECK(asked("2026-11-07T10:00:00Z").commit == last);
  const auto entries =
      *log(history.fixture.repository, last, history.config, "prod", std::nullopt, at_time("2026-11-05"), std::nullopt);
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].commit == post);
  CHECK(entries[0].warnings ==
        std::vector<std::string>{
            "its commit date 2030-01-01T00:00:00Z is after 2026-11-06T10:00:00Z, when it had landed; not relied on"});
}

TEST_CASE("with the server's records a commit landed when it was first seen, whatever its date says") {
  History history;
  const auto push = [&](const CommitId& parent, std::string_view date, const std::string& image) {
    return history.commit(parent, date, "Push " + image,
                          {git::put("apps/prod/services/pay/deployment.yaml", deployment(image))});
  };
  // Given a branch that Towline looks at since the merge, and three pushes: back-dated, of two commits, post-dated
  const CommitId back = push(history.prod, "2026-11-04T11:00:00Z", "pay:2");
  const CommitId inner = push(back, "2026-11-06T09:30:00Z", "pay:3");
  const CommitId outer = push(inner, "2026-11-06T09:40:00Z", "pay:4");
  const CommitId post = push(outer, "2030-01-01T00:00:00Z", "pay:5");
  const CommitId last = push(post, "2026-11-08T10:00:00Z", "pay:6");
  const Records records{std::set<CommitId>{history.prod},
                        {{history.prod, at_time("2026-11-04T10:00:05Z")},
                         {back, at_time("2026-11-05T10:00:00Z")},
                         {outer, at_time("2026-11-06T10:00:00Z")},
                         {post, at_time("2026-11-07T10:00:00Z")},
                         {last, at_time("2026-11-08T10:00:00Z")}}};
  const auto asked = [&](std::string_view time) {
    return at(history.fixture.repository, last, history.config, at_time(time), "prod", records)->commit;
  };

  CHECK(asked("2026-11-03T12:00:00Z") == history.readme);
  CHECK(asked("2026-11-04T10:00:00Z") == history.prod);
  CHECK(asked("2026-11-05T09:59:59Z") == history.prod);
  CHECK(asked("2026-11-05T10:00:00Z") == back);
  CHECK(asked("2026-11-06T09:59:59Z") == back);
  CHECK(asked("2026-11-06T10:00:00Z") == outer);
  CHECK(asked("2026-11-07T10:00:00Z") == post);
  CHECK(asked("2026-11-08T10:00:00Z") == last);
  const auto entries = *log(history.fixture.repository, last, history.config, "prod", std::nullopt,
                            at_time("2026-11-05"), std::nullopt, records);
  REQUIRE(entries.size() == 5);
  CHECK(entries[0].warnings ==
        std::vector<std::string>{
            "its commit date 2026-11-04T11:00:00Z is not relied on: Towline first saw it at 2026-11-05T10:00:00Z"});
  CHECK(entries[3].warnings ==
        std::vector<std::string>{
            "its commit date 2030-01-01T00:00:00Z is not relied on: Towline first saw it at 2026-11-07T10:00:00Z"});
  CHECK(entries[4].warnings.empty());
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
