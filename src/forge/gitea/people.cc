#include "forge/gitea/people.h"

#include <utility>
#include <vector>

#include "base/text.h"
#include "forge/gitea/json.h"

namespace towline::forge {
namespace {

constexpr std::size_t kMostMembers = 5000;
constexpr std::size_t kMostTeams = 1000;

using Logins = std::set<std::string>;

struct Team {
  std::int64_t id = 0;
  std::string name;
  bool writes_code = false;
};

bool may_write(std::string_view access) { return access == "write" || access == "admin" || access == "owner"; }

Result<Logins> read_logins(const std::vector<Json>& users) {
  Logins logins;
  for (const Json& user : users) {
    TRY(std::string login, read_login(user));
    logins.insert(std::move(login));
  }
  return logins;
}

Team read_team(const Json& json) {
  Team team{json_integer(json, "/id"), json_string(json, "/name"), false};
  const auto units = json.find("units_map");
  const auto code = units != json.end() && units->is_object() ? units->find("repo.code") : json.end();
  // Old versions have no map: then the team's one permission holds for all units.
  const bool mapped = units != json.end() && units->is_object();
  team.writes_code = mapped ? code != units->end() && code->is_string() && may_write(code->get<std::string>())
                            : may_write(json_string(json, "/permission"));
  return team;
}

Result<Logins> members_of(const GiteaRest& rest, const Team& team, const std::string& organisation) {
  const Asked asked{"list the members of the team " + team.name + " of " + organisation,
                    "membership of that team and the scope read:organization"};
  TRY(const auto users, rest.pages("/teams/" + std::to_string(team.id) + "/members", "", kMostMembers, asked));
  return read_logins(users);
}

/// The teams that have the repository; none when its owner is a user.
Result<std::vector<Team>> teams_of(const GiteaRest& rest, const RepoName& repo, const std::string& right) {
  const auto list = rest.list(repo_path(repo) + "/teams", {"list the teams of " + repo.str(), right});
  if (!list) {
    // "405: repo is not owned by an organization"
    if (list.error().kind == ErrorKind::invalid) return std::vector<Team>{};
    return tl::unexpected<Error>(list.error());
  }
  std::vector<Team> teams;
  for (const Json& item : *list) {
    if (item.is_object()) teams.push_back(read_team(item));
  }
  return teams;
}

/// Whether the user may write; nothing when the bot may not ask.
Result<std::optional<bool>> ask_permission(const GiteaRest& rest, const RepoName& repo, const std::string& login) {
  const auto answer =
      rest.get(repo_path(repo) + "/collaborators/" + percent_encode(login) + "/permission",
               {"read the rights of " + login + " on " + repo.str(), "administrator rights on " + repo.str()});
  if (answer) return std::optional<bool>(may_write(json_string(*answer, "/permission")));
  if (answer.error().kind == ErrorKind::forbidden) return std::optional<bool>();
  if (answer.error().kind == ErrorKind::not_found) return std::optional<bool>(false);
  return tl::unexpected<Error>(answer.error());
}

struct Members {
  Logins write;
  Logins read_only;
  std::string hidden;  ///< a team without write access whose members cannot be seen
};

Result<Members> members_by_right(const GiteaRest& rest, const RepoName& repo, const std::vector<Team>& teams) {
  Members members;
  for (const Team& team : teams) {
    auto logins = members_of(rest, team, repo.owner);
    if (logins) {
      (team.writes_code ? members.write : members.read_only).merge(*logins);
      continue;
    }
    const ErrorKind kind = logins.error().kind;
    if (kind != ErrorKind::forbidden && kind != ErrorKind::not_found) return tl::unexpected<Error>(logins.error());
    if (!team.writes_code) members.hidden = team.name;
  }
  return members;
}

}  // namespace

Result<Logins> gitea_writers(const GiteaRest& rest, const RepoName& repo) {
  const std::string right = "read access to " + repo.str() + " and the scope read:repository";
  TRY(const auto users, rest.list(repo_path(repo) + "/assignees", {"list who may write to " + repo.str(), right}));
  TRY(const Logins assignees, read_logins(users));
  TRY(const std::vector<Team> teams, teams_of(rest, repo, right));
  bool all_write = true;
  for (const Team& team : teams) all_write = all_write && team.writes_code;
  if (all_write) return assignees;

  TRY(const Members members, members_by_right(rest, repo, teams));
  Logins writers;
  for (const std::string& login : assignees) {
    const bool doubtful = !members.hidden.empty() || members.read_only.contains(login);
    if (members.write.contains(login) || !doubtful) {
      writers.insert(login);
      continue;
    }
    TRY(const std::optional<bool> writes, ask_permission(rest, repo, login));
    if (!writes && !members.hidden.empty()) {
      return fail(ErrorKind::forbidden,
                  "Gitea does not tell who may write to " + repo.str() + ": the team " + members.hidden + " of " +
                      repo.owner +
                      " may only read, and the bot's account cannot see its members; make the account a "
                      "member of that team or an administrator of the repository");
    }
    if (writes.value_or(false)) writers.insert(login);
  }
  return writers;
}

Result<Logins> gitea_team_members(const GiteaRest& rest, const std::string& organisation, std::string_view team) {
  const std::string hidden = "there is no team " + std::string(team) + " in " + organisation +
                             " that the bot's account can see: make the account a member of it";
  const Asked asked{"look for the team " + std::string(team) + " of " + organisation,
                    "membership of that team and the scope read:organization"};
  const auto found =
      rest.pages("/orgs/" + percent_encode(organisation) + "/teams/search?include_desc=false&q=" + percent_encode(team),
                 "data", kMostTeams, asked);
  if (!found) {
    if (found.error().kind == ErrorKind::not_found) return fail(ErrorKind::not_found, hidden, found.error().detail);
    return tl::unexpected<Error>(found.error());
  }
  for (const Json& item : *found) {
    if (!item.is_object() || to_lower(json_string(item, "/name")) != to_lower(team)) continue;
    auto members = members_of(rest, read_team(item), organisation);
    const bool refused =
        !members && (members.error().kind == ErrorKind::forbidden || members.error().kind == ErrorKind::not_found);
    if (refused) return fail(ErrorKind::not_found, hidden, members.error().message);
    return members;
  }
  return fail(ErrorKind::not_found, hidden);
}

}  // namespace towline::forge
