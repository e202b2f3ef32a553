#pragma once

#include <string>
#include <vector>

#include "decide/commands/spoken.h"
#include "decide/decide.h"
#include "decide/people/people.h"

namespace towline::decide {

/// What people have said about approving, from reviews and comments.
struct Approvals {
  std::vector<Approval> counting;    ///< one a person, oldest first; by writers who did not write the change
  std::vector<std::string> against;  ///< logins of writers whose last word is "changes requested"
  std::vector<std::string> remarks;  ///< sentences: approvals that were given and do not count, and why
};
Approvals read_approvals(const PullSnapshot& snapshot, const People& people, const std::vector<SpokenCommand>& said);

}  // namespace towline::decide
