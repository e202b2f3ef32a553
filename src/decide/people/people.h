#pragma once

#include <set>
#include <string>
#include <string_view>

#include "decide/snapshot.h"

namespace towline::decide {

/// Who may say what about one pull request. Logins are compared without case, as the forges do.
class People {
 public:
  explicit People(const PullSnapshot& snapshot);

  bool same(std::string_view a, std::string_view b) const;
  /// The bot itself, or another program ("renovate[bot]").
  bool is_bot(std::string_view login) const;
  bool is_writer(std::string_view login) const;
  /// Opened the pull request, or made or pushed one of its commits.
  bool wrote_it(std::string_view login) const;
  /// Someone beside the bot made one of the commits, or may have.
  bool others_committed() const;
  /// Why it is not known who pushed the head or a commit below it, and what to do: a clause; empty when it is known.
  /// Then nobody's approval counts, because it may be the pusher's: an e-mail in a commit proves nothing.
  std::string unknown_pushers() const;
  /// Whether the environment takes this person's approval, access and authorship aside.
  bool is_approver(const config::Environment& environment, std::string_view login) const;
  /// How many could approve for the environment: writers, no bots, not who wrote it.
  std::size_t possible_approvers(const config::Environment& environment) const;

 private:
  bool author_can_push() const;

  const PullSnapshot& snapshot_;
  std::string bot_;
  std::set<std::string> writers_;
  std::set<std::string> authors_;
};

}  // namespace towline::decide
