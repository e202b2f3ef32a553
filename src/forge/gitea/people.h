#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "forge/gitea/rest.h"

namespace towline::forge {

/// Logins that may push to the repository, as far as an account without administrator rights can tell.
///
/// Gitea keeps `…/collaborators/{user}/permission` for administrators. `…/assignees` is open to the bot and
/// gives everyone with write access, but in an organisation also the members of teams that may only read pull
/// requests. So those teams' members are taken out again, unless a team that may write has them too; one who
/// is in doubt is looked up, and counts as a reader when that is refused. Error forbidden: such a team's
/// members cannot be seen either; the sentence says what right would help.
Result<std::set<std::string>> gitea_writers(const GiteaRest& rest, const RepoName& repo);

/// Members of a team of the organisation. Error not_found: no such team, or the bot may not see it.
Result<std::set<std::string>> gitea_team_members(const GiteaRest& rest, const std::string& organisation,
                                                 std::string_view team);

}  // namespace towline::forge
