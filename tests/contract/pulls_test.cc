#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <tuple>

#include "base/json.h"
#include "contract/under_test.h"
#include "net/http_client.h"
#include "support/eventually.h"

namespace towline::test {
namespace {

using Catch::Matchers::Contains;

std::vector<PullNumber> numbers(const std::vector<forge::PullRequest>& pulls) {
  std::vector<PullNumber> result;
  for (const auto& pull : pulls) result.push_back(pull.number);
  return result;
}

TEMPLATE_TEST_CASE("a pull request from a fork says so, and its head is fetched by the pull request's reference", "",
                   SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const std::map<std::string, std::optional<std::string>> edits = {{"pay.yaml", "image: ghcr.io/acme/pay:9.9.9\n"}};
  const CommitId head = expect(stage->forge.commit_to_fork(stage->repo, "patch", edits, "carol", "Patch"));
  const auto number = expect(stage->forge.open_pull(stage->repo, "carol", "carol:patch", "Patch", ""));

  const auto pull = expect(stage->bot->pull(stage->repo, number));

  CHECK(pull.from_fork);
  CHECK(pull.author == "carol");
  CHECK(pull.head_branch == "patch");
  CHECK(pull.head == head);
  CHECK(eventually([&] { return stage->fetch(stage->bot->pull_ref(number)) == head; }));
  CHECK(eventually([&] { return !expect(stage->bot->head_events(stage->repo, number)).empty(); }));
  CHECK(expect(stage->bot->head_events(stage->repo, number)).back().commit == head);

  const CommitId pushed = expect(stage->forge.commit_to_fork(
      stage->repo, "patch", {{"pay.yaml", "image: ghcr.io/acme/pay:9.9.8\n"}}, "carol", "Again"));
  CHECK(eventually([&] { return expect(stage->bot->pull(stage->repo, number)).head == pushed; }));
}

TEMPLATE_TEST_CASE("a pull request is read as it was opened", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const CommitId head = stage->bump("towline/dev/pay", "1.5.0");

  const auto opened =
      expect(stage->bot->open_pull(stage->repo, {"towline/dev/pay", "main", "dev: pay 1.4.2 -> 1.5.0", "Line\nline"}));
  const auto read = expect(stage->bot->pull(stage->repo, opened.number));

  CHECK(read.number == opened.number);
  CHECK(read.title == "dev: pay 1.4.2 -> 1.5.0");
  CHECK(read.body == "Line\nline");
  CHECK(read.author == "towline");
  CHECK(read.head_branch == "towline/dev/pay");
  CHECK(read.base_branch == "main");
  CHECK(read.head == head);
  CHECK_FALSE(read.from_fork);
  CHECK(read.open);
  CHECK_FALSE(read.merged);
  CHECK_FALSE(read.draft);
  CHECK(read.merge_commit.empty());
  CHECK(read.merged_by.empty());
  CHECK_THAT(read.url, Contains("/" + stage->repo.str() + "/pulls/"));
  CHECK(read.created > TimePoint{});
  CHECK(read.updated >= read.created);
}

TEMPLATE_TEST_CASE("a second pull request for the same branches is a conflict", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  stage->open_bump();

  const Error error =
      expect_error(stage->bot->open_pull(stage->repo, {"towline/dev/pay", "main", "dev: pay again", ""}));

  CHECK(error.kind == ErrorKind::conflict);
  CHECK_THAT(error.message, Contains("pull request already exists for these targets"));
  CHECK(expect(stage->bot->open_pulls(stage->repo)).size() == 1);
}

TEMPLATE_TEST_CASE("a pull request for a branch that does not exist is refused", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;

  const Error error = expect_error(stage->bot->open_pull(stage->repo, {"nowhere", "main", "title", ""}));

  CHECK(error.kind == ErrorKind::not_found);
}

TEMPLATE_TEST_CASE("a pull request that does not exist is not found", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;

  const Error error = expect_error(stage->bot->pull(stage->repo, PullNumber{99}));

  CHECK(error.kind == ErrorKind::not_found);
  CHECK_THAT(error.message, Contains("read the pull request " + stage->repo.str() + "#99"));
}

TEMPLATE_TEST_CASE("title and body of a pull request can be edited", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();

  expect(stage->bot->edit_pull(stage->repo, pull.number, "dev: pay 1.4.2 -> 1.6.0", "New body"));

  const auto read = expect(stage->bot->pull(stage->repo, pull.number));
  CHECK(read.title == "dev: pay 1.4.2 -> 1.6.0");
  CHECK(read.body == "New body");
}

TEMPLATE_TEST_CASE("a work-in-progress title makes a draft", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();

  expect(stage->bot->edit_pull(stage->repo, pull.number, "WIP: pay", ""));

  CHECK(expect(stage->bot->pull(stage->repo, pull.number)).draft);
}

TEMPLATE_TEST_CASE("open pull requests come oldest first, closed ones newest first", "", SandboxUnderTest,
                   GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  stage->bump("one", "1.5.0");
  stage->bump("two", "1.5.1");
  stage->bump("three", "1.5.2");
  const auto one = expect(stage->forge.open_pull(stage->repo, "alice", "one", "One", ""));
  const auto two = expect(stage->forge.open_pull(stage->repo, "alice", "two", "Two", ""));
  const auto three = expect(stage->forge.open_pull(stage->repo, "bob", "three", "Three", ""));

  CHECK(numbers(expect(stage->bot->open_pulls(stage->repo))) == std::vector{one, two, three});
  CHECK(expect(stage->bot->closed_pulls(stage->repo, 50)).empty());

  expect(stage->bot->close_pull(stage->repo, one));
  expect(stage->bot->close_pull(stage->repo, two));
  CHECK(numbers(expect(stage->bot->open_pulls(stage->repo))) == std::vector{three});
  CHECK(numbers(expect(stage->bot->closed_pulls(stage->repo, 50))) == std::vector{two, one});
  CHECK(numbers(expect(stage->bot->closed_pulls(stage->repo, 1))) == std::vector{two});
  CHECK_FALSE(expect(stage->bot->pull(stage->repo, one)).open);
}

TEMPLATE_TEST_CASE("the authors of a pull request's commits are known by login", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();
  CHECK(expect(stage->bot->commit_authors(stage->repo, pull.number)) == std::set<std::string>{"towline"});

  stage->bump("towline/dev/pay", "1.5.1", "bob");

  CHECK(eventually([&] {
    return expect(stage->bot->commit_authors(stage->repo, pull.number)) == std::set<std::string>{"bob", "towline"};
  }));
}

TEMPLATE_TEST_CASE("a pull request's head can be fetched by its reference", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();

  CHECK(stage->fetch(stage->bot->pull_ref(pull.number)) == pull.head);
}

std::vector<CommitId> commits(const std::vector<forge::HeadEvent>& events) {
  std::vector<CommitId> result;
  for (const auto& event : events) result.push_back(event.commit);
  return result;
}

TEMPLATE_TEST_CASE("the head's history starts with the opening and follows pushes", "", SandboxUnderTest,
                   GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();
  CHECK(commits(expect(stage->bot->head_events(stage->repo, pull.number))) == std::vector{pull.head});

  const CommitId second = stage->bump("towline/dev/pay", "1.5.1");

  CHECK(eventually([&] {
    return commits(expect(stage->bot->head_events(stage->repo, pull.number))) == std::vector{pull.head, second};
  }));
  const auto events = expect(stage->bot->head_events(stage->repo, pull.number));
  CHECK(events.front().at >= pull.created);
  CHECK(events.back().at >= events.front().at);
}

TEMPLATE_TEST_CASE("after a force push the head's history ends with the new head and keeps no doubtful one", "",
                   SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();

  const CommitId forced = stage->force_push("towline/dev/pay", pull.head, "1.6.0");

  // Gitea drops the entry of the opening when none of its commits is left.
  CHECK(eventually(
      [&] { return commits(expect(stage->bot->head_events(stage->repo, pull.number))) == std::vector{forced}; }));
  CHECK(expect(stage->bot->pull(stage->repo, pull.number)).head == forced);
}

TEMPLATE_TEST_CASE("another target branch is told with its time, and leaves the head as it was", "", SandboxUnderTest,
                   GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  expect(stage->forge.commit(stage->repo, "side", {{"side.txt", "x\n"}}, "alice", "Side"));
  const auto pull = stage->open_bump();
  const auto retarget = [&](const char* base) {
    HttpRequest request;
    request.method = "PATCH";
    request.path = "/api/v1/repos/" + stage->repo.str() + "/pulls/" + std::to_string(pull.number.value);
    request.headers = {{"Content-Type", "application/json"}};
    request.body = dump_json({{"base", base}});
    const Secret token("token " + stage->forge.token("alice").reveal());
    return expect(expect(make_http_client(stage->forge.url(), token))->send(request)).status;
  };
  CHECK(retarget("side") == 201);
  CHECK(expect(stage->bot->pull(stage->repo, pull.number)).base_branch == "side");
  CHECK(retarget("main") == 201);

  const auto events = expect(stage->bot->head_events(stage->repo, pull.number));
  CHECK(std::count_if(events.begin(), events.end(), [](const auto& event) { return event.retargeted; }) == 2);
  CHECK(std::any_of(events.begin(), events.end(), [&](const auto& event) { return event.commit == pull.head; }));
  for (const auto& event : events) {
    CHECK_FALSE(event.reopened);
    CHECK((event.commit.empty() || event.commit == pull.head));
    CHECK(event.at >= pull.created);
  }
  // Who changed it stands where who pushed stood.
  CHECK(expect(stage->bot->commit_authors(stage->repo, pull.number)).contains("alice"));
}

TEMPLATE_TEST_CASE("whose fork a pull request comes from is told", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  expect(stage->forge.commit_to_fork(stage->repo, "patch", {{"patch.txt", "x\n"}}, "carol", "Patch"));
  const auto number = expect(stage->forge.open_pull(stage->repo, "carol", "carol:patch", "Patch", ""));
  const auto pull = expect(stage->bot->pull(stage->repo, number));
  CHECK(pull.from_fork);
  CHECK(pull.fork_owner == "carol");
  CHECK(stage->open_bump().fork_owner.empty());
}

TEMPLATE_TEST_CASE("the heads between two force pushes are told", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();

  const CommitId first = stage->force_push("towline/dev/pay", pull.head, "1.6.0");
  CHECK(eventually(
      [&] { return commits(expect(stage->bot->head_events(stage->repo, pull.number))) == std::vector{first}; }));
  const CommitId second = stage->force_push("towline/dev/pay", first, "1.7.0");

  CHECK(eventually([&] {
    return commits(expect(stage->bot->head_events(stage->repo, pull.number))) == std::vector{first, second};
  }));
}

TEMPLATE_TEST_CASE("the activity feed tells who pushed what to a branch, from which commit on", "", SandboxUnderTest,
                   GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  // Given a branch that alice made with a commit, bob pushed to, and the bot pushed to by force
  const CommitId first = stage->bump("rq1", "1.5.0", "alice");
  const CommitId second = stage->bump("rq1", "1.5.1", "bob");
  const CommitId third = stage->force_push("rq1", second, "1.5.2");
  stage->bump("rq2", "1.6.0", "bob");
  using Told = std::set<std::tuple<CommitId, CommitId, std::string>>;
  const auto told = [&] {
    Told pushes;
    for (const auto& push : expect(stage->bot->recent_pushes(stage->repo))) {
      if (push.branch == "rq1") pushes.insert({push.before, push.after, push.sender});
    }
    return pushes;
  };
  const Told wanted = {{stage->start, first, "alice"}, {first, second, "bob"}, {second, third, "towline"}};
  CHECK(eventually([&] { return told() == wanted; }));
}

}  // namespace
}  // namespace towline::test
