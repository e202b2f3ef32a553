#include "promote/people.h"

#include <algorithm>

#include "base/text.h"

namespace towline::promote {
namespace {

constexpr std::string_view kTeam = "team:";
constexpr std::string_view kBotSuffix = "[bot]";

}  // namespace

People::People(const PullSnapshot& snapshot) : snapshot_(snapshot), bot_(to_lower(snapshot.bot)) {
  for (const std::string& login : snapshot.writers) writers_.insert(to_lower(login));
  for (const std::string& login : snapshot.commit_authors) authors_.insert(to_lower(login));
  authors_.insert(to_lower(snapshot.pull.author));
}

bool People::same(std::string_view a, std::string_view b) const { return to_lower(a) == to_lower(b); }

bool People::is_bot(std::string_view login) const { return to_lower(login) == bot_ || login.ends_with(kBotSuffix); }

bool People::is_writer(std::string_view login) const { return writers_.contains(to_lower(login)); }

bool People::wrote_it(std::string_view login) const { return authors_.contains(to_lower(login)); }

bool People::pushers_are_known() const {
  if (snapshot_.heads.empty()) return true;
  for (const forge::HeadEvent& event : snapshot_.heads) {
    if (event.reopened) return false;
    // A commit's id is of all that is below it too.
    if (event.commit == snapshot_.pull.head) return true;
  }
  // The head is newer than what is told of it; the next look tells more.
  return false;
}

bool People::others_committed() const {
  return !pushers_are_known() || std::any_of(snapshot_.commit_authors.begin(), snapshot_.commit_authors.end(),
                                             [&](const std::string& login) { return to_lower(login) != bot_; });
}

bool People::is_approver(const Environment& environment, std::string_view login) const {
  if (environment.approvers.empty()) return true;
  return std::any_of(environment.approvers.begin(), environment.approvers.end(), [&](const std::string& approver) {
    if (!approver.starts_with(kTeam)) return same(approver, login);
    const auto team = snapshot_.teams.find(approver.substr(kTeam.size()));
    if (team == snapshot_.teams.end()) return false;
    return std::any_of(team->second.begin(), team->second.end(),
                       [&](const std::string& member) { return same(member, login); });
  });
}

std::size_t People::possible_approvers(const Environment& environment) const {
  return static_cast<std::size_t>(std::count_if(writers_.begin(), writers_.end(), [&](const std::string& login) {
    return !is_bot(login) && !wrote_it(login) && is_approver(environment, login);
  }));
}

}  // namespace towline::promote
