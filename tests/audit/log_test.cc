#include <catch2/catch.hpp>

#include "audit/history.h"

namespace towline::audit {
namespace {

std::vector<std::string> titles(const Result<std::vector<Entry>>& entries) {
  std::vector<std::string> result;
  for (const Entry& entry : *entries) result.push_back(entry.title);
  return result;
}

constexpr const char* kPromotion = "Merge pull request #7: prod: pay 1.0.0 -> 1.1.0";

TEST_CASE("a merge by the bot tells who, what, why and where from its trailers") {
  const History history;

  const auto entries = log(history.fixture.repository, history.prod, history.config, "prod", std::nullopt,
                           at_time("2026-11-04"), std::nullopt);

  REQUIRE(entries);
  REQUIRE(entries->size() == 1);
  const Entry& entry = entries->front();
  CHECK(entry.commit == history.prod);
  CHECK(entry.parent == history.readme);
  CHECK(format_time(entry.at) == "2026-11-04T10:00:00Z");
  CHECK(entry.who == "towline");
  CHECK(entry.title == kPromotion);
  CHECK(entry.environments == std::vector<std::string>{"prod"});
  CHECK(entry.services == std::vector<std::string>{"prod/pay"});
  CHECK(entry.images == std::vector<std::string>{"ghcr.io/acme/pay 1.0.0 -> 1.1.0"});
  CHECK(entry.approved_by == std::vector<std::string>{"alice", "bob"});
  CHECK(entry.policy == "pass (9 checks)");
  CHECK(entry.pull_request == "http://forge/acme/infra/pulls/7");
  CHECK(entry.merged_by == "Forge <f@x>");
  CHECK(entry.claims.empty());
}

TEST_CASE("a commit without trailers shows under what its paths say") {
  const History history;
  const auto entries = log(history.fixture.repository, history.dev, history.config, std::nullopt, std::nullopt,
                           at_time("2026-11-02"), std::nullopt);
  REQUIRE(entries->size() == 1);
  CHECK(entries->front().who == "Carol");
  CHECK(entries->front().services == std::vector<std::string>{"dev/pay"});
  CHECK(entries->front().approved_by.empty());
}

TEST_CASE("the log is oldest first and leaves out what touches no environment") {
  const History history;
  CHECK(titles(log(history.fixture.repository, history.prod, history.config, std::nullopt, std::nullopt, std::nullopt,
                   std::nullopt)) == std::vector<std::string>{"Lay out", "Bump by hand", kPromotion});
}

TEST_CASE("trailers that name something else do not hide what a merge touched") {
  History history;
  const CommitId sly = history.merge(history.prod, "2026-11-05T10:00:00Z", "Small fix\n\nTowline-Environment: dev\n",
                                     {git::put("apps/prod/services/web/deployment.yaml", deployment("evil"))});
  const auto entries =
      log(history.fixture.repository, sly, history.config, "prod", "web", at_time("2026-11-05"), std::nullopt);
  REQUIRE(entries->size() == 1);
  CHECK(entries->front().environments == std::vector<std::string>{"dev", "prod"});
  CHECK(entries->front().services == std::vector<std::string>{"prod/web"});
}

TEST_CASE("who writes a commit cannot write who approved it: trailers of what is no merge are claims") {
  History history;
  const CommitId sly = history.commit(
      history.prod, "2026-11-05T10:00:00Z",
      "Small fix\n\nTowline-Environment: dev\nTowline-Approved-By: alice\nTowline-Policy: pass\nSigned-off-by: x\n",
      {git::put("apps/prod/services/web/deployment.yaml", deployment("evil"))});
  const auto entries =
      log(history.fixture.repository, sly, history.config, "prod", "web", at_time("2026-11-05"), std::nullopt);
  REQUIRE(entries->size() == 1);
  const Entry& entry = entries->front();
  CHECK(entry.approved_by.empty());
  CHECK(entry.policy.empty());
  CHECK(entry.merged_by.empty());
  CHECK(entry.environments == std::vector<std::string>{"prod"});
  CHECK(entry.claims ==
        std::vector<std::string>{"Towline-Environment: dev", "Towline-Approved-By: alice", "Towline-Policy: pass"});
}

TEST_CASE("the trailers of a merge count when the decision log has it, and are claims when it does not") {
  History history;
  const CommitId sly =
      history.merge(history.prod, "2026-11-05T10:00:00Z", "Fix\n\nTowline-Approved-By: alice\nTowline-Policy: pass\n",
                    {git::put("apps/prod/services/web/deployment.yaml", deployment("evil"))});
  const auto asked = [&](const KnownMerges& merges) {
    return *log(history.fixture.repository, sly, history.config, "prod", std::nullopt, at_time("2026-11-04"),
                std::nullopt, {merges, {}});
  };
  const auto known = asked(std::set<CommitId>{history.prod});
  REQUIRE(known.size() == 2);
  CHECK(known[0].confirmed == true);
  CHECK(known[0].approved_by == std::vector<std::string>{"alice", "bob"});
  CHECK(known[0].claims.empty());
  CHECK(known[1].confirmed == false);
  CHECK(known[1].approved_by.empty());
  CHECK(known[1].policy.empty());
  CHECK(known[1].claims == std::vector<std::string>{"Towline-Approved-By: alice", "Towline-Policy: pass"});

  const auto unknown = asked(std::nullopt);
  CHECK_FALSE(unknown[1].confirmed);
  CHECK(unknown[1].approved_by == std::vector<std::string>{"alice"});
}

struct FilterCase {
  std::optional<std::string> environment;
  std::optional<std::string> service;
  std::optional<std::string> since;
  std::optional<std::string> until;
  std::vector<std::string> titles;
};

TEST_CASE("the log is narrowed by environment, service and time") {
  const History history;
  const auto c = GENERATE(values<FilterCase>({
      {"dev", {}, {}, {}, {"Lay out", "Bump by hand"}},
      {"prod", {}, {}, {}, {"Lay out", kPromotion}},
      {{}, "web", {}, {}, {"Lay out"}},
      {{}, "prod/pay", {}, {}, {"Lay out", kPromotion}},
      {"dev", "prod/pay", {}, {}, {}},
      {"dev", "web", {}, {}, {}},
      {{}, {}, "2026-11-02T10:00:00Z", "2026-11-04T10:00:00Z", {"Bump by hand"}},
      {{}, {}, {}, "2026-11-01T10:00:00Z", {}},
  }));
  const auto time = [](const std::optional<std::string>& text) {
    return text ? std::optional(at_time(*text)) : std::optional<TimePoint>();
  };
  CHECK(titles(log(history.fixture.repository, history.prod, history.config, c.environment, c.service, time(c.since),
                   time(c.until))) == c.titles);
}

TEST_CASE("a commit that landed by fast-forward with an older time is told behind its parent, and that it is so") {
  History history;
  const CommitId older = history.commit(history.prod, "2026-10-01T10:00:00Z", "Written long ago",
                                        {git::put("apps/dev/services/new/deployment.yaml", deployment("a:1"))});
  const auto entries = log(history.fixture.repository, older, history.config, std::nullopt, std::nullopt,
                           at_time("2026-11-04"), std::nullopt);
  CHECK(titles(entries) == std::vector<std::string>{kPromotion, "Written long ago"});
  CHECK(entries->back().at == at_time("2026-11-04T10:00:00Z"));
  CHECK(entries->back().warnings ==
        std::vector<std::string>{"its commit date 2026-10-01T10:00:00Z is before 2026-11-04T10:00:00Z, when its parent "
                                 "landed; not relied on"});
}

TEST_CASE("a history that cannot be read is an error, never a shorter answer") {
  const History history;
  const CommitId unknown("1234567890123456789012345678901234567890");
  CHECK(log(history.fixture.repository, unknown, history.config, std::nullopt, std::nullopt, std::nullopt, std::nullopt)
            .error()
            .kind == ErrorKind::not_found);
}

}  // namespace
}  // namespace towline::audit
