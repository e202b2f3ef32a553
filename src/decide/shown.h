#pragma once

#include <optional>
#include <string>

#include "decide/snapshot.h"

namespace towline::decide {

/// SHA-256 over everything about the change that a reviewer is shown: what rendering changes, what could not be read or
/// rendered, violations, and the content of every changed file that no diff shows in full. Neither head nor base are
/// part of it. Equal digests: who approved the one has seen the other.
std::string shown_digest(const evaluate::Evaluation& evaluation);

/// Whether every changed file is part of an application that rendered without problems, declares one, or is
/// documentation, and the configuration is untouched.
bool is_understood(const evaluate::Evaluation& evaluation);

/// Files that no in-cluster sync applies.
bool is_documentation(std::string_view path);

/// What was shown of that head to whoever spoke at that time: the last entry from strictly before that second, because
/// forges tell times to the second. nullptr: nothing was.
const Shown* shown_to(const PullSnapshot& snapshot, const CommitId& head, TimePoint time);

/// When the pull request last got another target branch.
std::optional<TimePoint> retargeted_at(const PullSnapshot& snapshot);
/// Whether a word from then was said before the pull request got its present target branch, or may have been.
bool said_before_retarget(const PullSnapshot& snapshot, TimePoint time);

/// Whether an approval of that commit, given at that time, holds now.
struct Binding {
  enum class State {
    holds,
    carried,  ///< over a push
    lapsed,   ///< it was given for this head, and something else would be merged now
    no,
  };
  State state = State::no;
  std::string why_not;  ///< a clause; empty when it holds
};
Binding bind_approval(const PullSnapshot& snapshot, const CommitId& approved, TimePoint time);

}  // namespace towline::decide
