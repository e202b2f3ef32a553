#include <catch2/catch.hpp>

#include "forge/forge.h"
#include "forge/gitea/gitea.h"
#include "forge/scripted_http.h"

namespace towline::forge {
namespace {

using test::answer;
using test::ScriptedHttp;
using Logins = std::set<std::string>;

struct Script {
  std::shared_ptr<ScriptedHttp::Log> log = std::make_shared<ScriptedHttp::Log>();
  std::unique_ptr<Forge> gitea = make_gitea(std::make_unique<ScriptedHttp>(log));
  explicit Script(std::vector<HttpResponse> answers) {
    for (HttpResponse& response : answers) log->answers.emplace_back(std::move(response));
  }
};

const RepoName kRepo{"acme", "infra"};
const HttpResponse kAssignees =
    answer(200, R"([{"login":"alice"},{"login":"bob"},{"login":"carol"},{"login":"towline"}])");
const char* const kWritersTeam = R"({"id":1,"name":"writers","permission":"write","units_map":{"repo.code":"write"}})";
const char* const kReadersTeam = R"({"id":2,"name":"readers","permission":"none",
                                     "units_map":{"repo.code":"read","repo.issues":"write"}})";

HttpResponse teams(const std::string& list) { return answer(200, "[" + list + "]"); }

TEST_CASE("of a user's repository, everyone who can be assigned may write") {
  const Script script({kAssignees, answer(405, R"({"message":"repo is not owned by an organization"})")});

  CHECK(script.gitea->writers(kRepo) == Logins{"alice", "bob", "carol", "towline"});
}

TEST_CASE("where every team may write, everyone who can be assigned may write") {
  const Script script({kAssignees, teams(kWritersTeam)});

  CHECK(script.gitea->writers(kRepo) == Logins{"alice", "bob", "carol", "towline"});
}

TEST_CASE("members of a team that may only read are taken out, unless another team lets them write") {
  const Script script({kAssignees, teams(std::string(kWritersTeam) + "," + kReadersTeam),
                       answer(200, R"([{"login":"alice"},{"login":"towline"}])", {{"X-Total-Count", "2"}}),
                       answer(200, R"([{"login":"alice"},{"login":"carol"}])", {{"X-Total-Count", "2"}}),
                       answer(403, R"({"message":"Only admins can query all permissions"})")});

  // bob is in neither team: he is a collaborator with write access.
  CHECK(script.gitea->writers(kRepo) == Logins{"alice", "bob", "towline"});
  CHECK(script.log->requests.back().path == "/api/v1/repos/acme/infra/collaborators/carol/permission");
}

TEST_CASE("one in doubt is looked up where the bot may ask") {
  const Script script({kAssignees, teams(kReadersTeam),
                       answer(200, R"([{"login":"bob"},{"login":"carol"}])", {{"X-Total-Count", "2"}}),
                       answer(200, R"({"permission":"write"})"), answer(200, R"({"permission":"read"})")});

  CHECK(script.gitea->writers(kRepo) == Logins{"alice", "bob", "towline"});
}

TEST_CASE("a reading team whose members are hidden makes it impossible to say, and the error says what helps") {
  const Script script({kAssignees, teams(kReadersTeam), answer(403, R"({"message":"Must be a team member"})"),
                       answer(403, R"({"message":"Only admins can query all permissions"})")});

  const auto writers = script.gitea->writers(kRepo);

  REQUIRE_FALSE(writers);
  CHECK(writers.error().kind == ErrorKind::forbidden);
  CHECK(
      writers.error().message ==
      "Gitea does not tell who may write to acme/infra: the team readers of acme may only read, and the bot's account "
      "cannot see its members; make the account a member of that team or an administrator of the repository");
}

TEST_CASE("a passing fault while looking for writers is not taken for an answer") {
  const Script script({kAssignees, answer(502, "")});

  const auto writers = script.gitea->writers(kRepo);

  REQUIRE_FALSE(writers);
  CHECK(writers.error().kind == ErrorKind::unavailable);
}

TEST_CASE("a team is found by its whole name, whatever its case") {
  const Script script({answer(200, R"({"ok":true,"data":[{"id":7,"name":"payments-eu"},{"id":8,"name":"Payments"}]})",
                              {{"X-Total-Count", "2"}}),
                       answer(200, R"([{"login":"alice"}])", {{"X-Total-Count", "1"}})});

  CHECK(script.gitea->team_members(kRepo, "payments") == Logins{"alice"});
  CHECK(script.log->requests.back().path == "/api/v1/teams/8/members?limit=50&page=1");
}

TEST_CASE("a team whose members are hidden is like one that does not exist") {
  const Script script({answer(200, R"({"ok":true,"data":[{"id":8,"name":"payments"}]})", {{"X-Total-Count", "1"}}),
                       answer(403, R"({"message":"Must be a team member"})")});

  const auto members = script.gitea->team_members(kRepo, "payments");

  REQUIRE_FALSE(members);
  CHECK(members.error().kind == ErrorKind::not_found);
  CHECK(members.error().message ==
        "there is no team payments in acme that the bot's account can see: make the account a member of it");
}

}  // namespace
}  // namespace towline::forge
