#include <catch2/catch.hpp>

#include "audit/history.h"
#include "base/files.h"
#include "base/json.h"
#include "cli/program.h"
#include "store/store.h"
#include "support/golden.h"

namespace towline::cli {

namespace {

const std::string kWriteTime =
    "is not a time; write 2026-11-24T15:00:00Z, 2026-11-24T20:30:00+05:30, \"2026-11-24 15:00\" (UTC) or 2026-11-24\n";

/// The history of the audit's own tests, as the branch of a repository.
struct Audited {
  audit::History history;
  std::string repo = history.fixture.path().string();
  Audited() { REQUIRE(history.fixture.repository.set_ref("refs/heads/main", history.prod).has_value()); }

  Ran ask(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "audit");
    arguments.insert(arguments.end(), {"--repo", repo});
    return towline(arguments);
  }
};

}  // namespace

TEST_CASE("audit at says what ran at a time, since when and who let it in") {
  const Audited audited;

  const Ran before = audited.ask({"at", "--env", "prod", "--time", "2026-11-03T12:00:00Z"});
  CHECK(before.exit_code == kDone);
  CHECK(before.err.empty());
  CHECK(test::golden_difference("cli/audit-at-before.txt", before.out) == "");

  const Ran after = audited.ask({"at", "--time", "2026-11-05 12:00"});
  CHECK(after.exit_code == kDone);
  CHECK(test::golden_difference("cli/audit-at-after.txt", after.out) == "");

  const Ran json = audited.ask({"at", "--env", "prod", "--time", "2026-11-05T12:00:00Z", "--format", "json"});
  CHECK(json.exit_code == kDone);
  CHECK(test::golden_difference("cli/audit-at.json", json.out) == "");
}

TEST_CASE("audit log tells the changes of the environments, oldest first") {
  const Audited audited;

  const Ran all = audited.ask({"log"});
  CHECK(all.exit_code == kDone);
  CHECK(all.err.empty());
  CHECK(test::golden_difference("cli/audit-log.txt", all.out) == "");

  const Ran json = audited.ask({"log", "--env", "prod", "--since", "2026-11-04", "--format", "json"});
  CHECK(json.exit_code == kDone);
  CHECK(test::golden_difference("cli/audit-log.json", json.out) == "");
}

TEST_CASE("a log of nothing is empty and no error") {
  const Audited audited;
  const Ran ran = audited.ask({"log", "--service", "web", "--since", "2026-11-02"});
  CHECK(ran.exit_code == kDone);
  CHECK(ran.out.empty());
  CHECK(ran.err.empty());
}

TEST_CASE("what a pushed commit says of its own approval is told as a claim") {
  Audited audited;
  const CommitId sly =
      audited.history.commit(audited.history.prod, "2026-11-05T10:00:00Z", "Small fix\n\nTowline-Approved-By: alice\n",
                             {git::put("apps/prod/services/web/deployment.yaml", audit::deployment("evil"))});
  REQUIRE(audited.history.fixture.repository.set_ref("refs/heads/main", sly).has_value());
  const Ran ran = audited.ask({"log", "--env", "prod", "--service", "web", "--since", "2026-11-05"});
  CHECK(ran.exit_code == kDone);
  CHECK(test::golden_difference("cli/audit-log-claims.txt", ran.out) == "");
}

TEST_CASE("with the server's data directory a merge that Towline did not make is told as one that claims") {
  Audited audited;
  const CommitId sly =
      audited.history.merge(audited.history.prod, "2026-11-05T10:00:00Z", "Small fix\n\nTowline-Approved-By: alice\n",
                            {git::put("apps/prod/services/web/deployment.yaml", audit::deployment("evil"))});
  REQUIRE(audited.history.fixture.repository.set_ref("refs/heads/main", sly).has_value());
  const auto data = TemporaryDirectory::create("towline-audit");
  REQUIRE(data);
  {
    const auto store = store::open_sqlite(data->path() / "towline.db");
    store::AuditRecord record;
    record.id = "merge:1";
    record.action = "merge";
    record.to_commit = audited.history.prod.str();
    REQUIRE((*store)->append_audit(record));
  }
  const Ran log = audited.ask({"log", "--env", "prod", "--since", "2026-11-04", "--data", data->path().string()});
  CHECK(log.exit_code == kDone);
  CHECK(test::golden_difference("cli/audit-log-confirmed.txt", log.out) == "");

  const Ran missing = audited.ask({"log", "--data", "/nonexistent"});
  CHECK(missing.exit_code == kWrongUse);
  CHECK(missing.err == "towline: there is no decision log in /nonexistent: /nonexistent/towline.db does not exist\n");
}

TEST_CASE("a tag that is called like the branch does not answer for it, and is named") {
  Audited audited;
  const CommitId sly = audited.history.commit(
      audited.history.prod, "2026-11-05T10:00:00Z", "Small fix",
      {git::put("apps/prod/services/pay/deployment.yaml", audit::deployment("ghcr.io/evil/pay:6.6.6"))});
  for (const char* tag : {"refs/tags/main", "refs/tags/HEAD"}) {
    REQUIRE(audited.history.fixture.repository.set_ref(tag, sly).has_value());
  }
  const std::vector<std::string> at = {"at", "--env", "prod", "--time", "2026-11-06T00:00:00Z", "--rev"};
  const auto asked = [&](const std::string& revision, std::vector<std::string> more = {}) {
    more.insert(more.begin(), at.begin(), at.end());
    more.insert(more.begin() + static_cast<std::ptrdiff_t>(at.size()), revision);
    return audited.ask(more);
  };
  const std::string warning = "the name is ambiguous: refs/heads/main is used; refs/tags/main is at another commit";
  const Ran named = asked("main");
  CHECK(named.exit_code == kDone);
  CHECK(named.err == "towline: main: " + warning + "\n");
  CHECK_THAT(named.out, Catch::Contains("ghcr.io/acme/pay:1.1.0") && !Catch::Contains("evil"));
  const Json json = Json::parse(asked("main", {"--format", "json"}).out);
  CHECK(json["warnings"] == Json::array({warning}));
  CHECK(json["commit"] == audited.history.prod.str());
  CHECK_THAT(asked("HEAD").out, !Catch::Contains("evil"));
  CHECK(asked("refs/heads/main").err.empty());
  CHECK_THAT(asked("refs/tags/main").out, Catch::Contains("evil"));
}

TEST_CASE("a back-dated push is told as such, and with the data directory when it was first seen") {
  Audited audited;
  const CommitId sly = audited.history.commit(
      audited.history.prod, "2026-11-03T12:00:00Z", "Small fix",
      {git::put("apps/prod/services/pay/deployment.yaml", audit::deployment("ghcr.io/evil/pay:6.6.6"))});
  REQUIRE(audited.history.fixture.repository.set_ref("refs/heads/main", sly).has_value());
  const Ran before = audited.ask({"at", "--env", "prod", "--time", "2026-11-03T13:00:00Z"});
  CHECK_THAT(before.out, !Catch::Contains("evil"));
  const Ran log = audited.ask({"log", "--env", "prod", "--since", "2026-11-04"});
  CHECK_THAT(log.out, Catch::Contains("its commit date 2026-11-03T12:00:00Z is before 2026-11-04T10:00:00Z, when its "
                                      "parent landed; not relied on"));

  const auto data = TemporaryDirectory::create("towline-audit");
  REQUIRE(data);
  {
    const auto store = store::open_sqlite(data->path() / "towline.db");
    store::AuditRecord record;
    record.id = "merge:1";
    record.action = "merge";
    record.repo = "forge/acme/infra";
    record.to_commit = audited.history.prod.str();
    REQUIRE((*store)->append_audit(record));
    REQUIRE((*store)->append_facts(
        {{"first-seen", "forge/acme/infra " + audited.history.prod.str(), "2026-11-04T10:00:02Z"},
         {"first-seen", "forge/acme/infra " + sly.str(), "2026-11-06T10:00:00Z"}}));
  }
  const auto running = [&](const std::string& time) {
    return audited.ask({"at", "--env", "prod", "--time", time, "--data", data->path().string()}).out;
  };
  CHECK_THAT(running("2026-11-06T09:59:59Z"), !Catch::Contains("evil"));
  CHECK_THAT(running("2026-11-06T10:00:00Z"), Catch::Contains("landed 2026-11-06T10:00:00Z"));
}

TEST_CASE("an older tip answers for its own past") {
  const Audited audited;
  const Ran ran =
      audited.ask({"at", "--env", "prod", "--rev", audited.history.dev.str(), "--time", "2026-12-01T00:00:00Z"});
  CHECK(ran.exit_code == kDone);
  CHECK_THAT(ran.out, Catch::Contains("prod/pay  ghcr.io/acme/pay:1.0.0"));
}

TEST_CASE("questions that have no answer are refused with a sentence") {
  struct Refusal {
    std::vector<std::string> arguments;
    std::string sentence;
  };
  const Audited audited;
  const std::vector<Refusal> refusals = {
      {{"at", "--time", "2026-10-01"},
       "towline: the branch is younger than 2026-10-01T00:00:00Z; its first commit landed at 2026-11-01T10:00:00Z\n"},
      {{"at", "--time", "2026-11-05", "--env", "prd"},
       "towline: there is no environment 'prd'; did you mean 'prod'?\n"},
      {{"log", "--env", "qa"}, "towline: there is no environment 'qa'; there are dev, prod\n"},
      {{"at", "--time", "yesterday"}, "towline: 'yesterday' " + kWriteTime},
      {{"log", "--since", "2026-13-01"}, "towline: '2026-13-01' " + kWriteTime},
      {{"log", "--since", "2026-11-03", "--until", "2026-11-02"},
       "towline: --since 2026-11-03T00:00:00Z is not before --until 2026-11-02T00:00:00Z\n"},
      {{"log", "--service", "pya"}, "towline: there never was a service 'pya'; did you mean 'pay'?\n"},
      {{"log", "--env", "dev", "--service", "web"}, "towline: there never was a service 'web' in dev\n"},
      {{"log", "--rev", "mian"}, "towline: there is no revision 'mian' in " + audited.repo + "\n"},
  };
  for (const Refusal& refusal : refusals) {
    const Ran ran = audited.ask(refusal.arguments);
    CAPTURE(refusal.arguments);
    CHECK(ran.exit_code == kWrongUse);
    CHECK(ran.err == refusal.sentence);
    CHECK(ran.out.empty());
  }
}

}  // namespace towline::cli
