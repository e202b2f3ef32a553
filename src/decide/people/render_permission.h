#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "decide/commands/spoken.h"
#include "decide/people/people.h"
#include "decide/snapshot.h"

namespace towline::decide {

/// Whether what is at the pull request's head may be rendered. Rendering runs programs on what it is given, so a head
/// that came from a fork, or whose author cannot write, waits until someone with write access who is not its author has
/// said /ok-to-test of that very head: strictly after the second in which it became the head. A later push waits again.
struct RenderPermission {
  bool needed = false;
  bool given = true;                 ///< or not needed
  std::string by;                    ///< who said it
  std::string why_not;               ///< a sentence: what is missing and who can supply it
  std::vector<std::string> remarks;  ///< sentences: what was said and does not count, and why
};
RenderPermission render_permission(const PullSnapshot& snapshot, const People& people,
                                   const std::vector<SpokenCommand>& said);
RenderPermission render_permission(const PullSnapshot& snapshot);

}  // namespace towline::decide
