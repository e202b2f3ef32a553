#include "decide/people/people.h"

#include <algorithm>

#include "base/text.h"

namespace towline::decide {
namespace {

constexpr std::string_view kTeam = "team:";
constexpr std::string_view kBotSuffix = "[bot]";

}  // namespace

People::People(const PullSnapshot& snapshot) : snapshot_(snapshot), bot_(to_lower(snapshot.bot)) {
  for (const std::string& login : snapshot.writers) writers_.insert(to_lower(login));
  for (const std::string& login : snapshot.commit_authors) authors_.insert(to_lower(login));
  for (const std::string& login : snapshot.pushers) authors_.insert(to_lower(login));
  authors_.insert(to_lower(snapshot.pull.author));
}

bool People::same(std::string_view a, std::string_view b) const { return to_lower(a) == to_lower(b); }

bool People::is_bot(std::string_view login) const { return to_lower(login) == bot_ || login.ends_with(kBotSuffix); }

bool People::is_writer(std::string_view login) const { return writers_.contains(to_lower(login)); }

bool People::wrote_it(std::string_view login) const { return authors_.contains(to_lower(login)); }

bool People::author_can_push() const {
  const forge::PullRequest& pull = snapshot_.pull;
  return pull.from_fork ? same(pull.author, pull.fork_owner) : is_writer(pull.author) || same(pull.author, bot_);
}

std::string People::unknown_pushers() const {
  const std::string unknown = "the forge does not tell who pushed " + short_id(snapshot_.pull.head) + ", because ";
  const std::string remedy = "; whoever pushed it opens a new pull request from its branch";
  bool told = snapshot_.heads.empty();
  for (const forge::HeadEvent& event : snapshot_.heads) {
    if (event.reopened) {
      return unknown + "the pull request was closed and opened again; open a new one from its branch";
    }
    // A commit's id is of all that is below it too.
    told = event.commit == snapshot_.pull.head;
    if (told) break;
  }
  if (!told) return "the forge does not tell yet who pushed " + short_id(snapshot_.pull.head);
  if (snapshot_.pushes_recorded) return {};
  const auto& heads = snapshot_.heads;
  if (std::any_of(heads.begin(), heads.end(), [](const forge::HeadEvent& event) { return event.retargeted; })) {
    return unknown + "its target branch was changed" + remedy;
  }
  // The forge takes whoever opened it for the pusher of what was there by then.
  if (!author_can_push()) return unknown + snapshot_.pull.author + ", who opened it, cannot push there" + remedy;
  if (snapshot_.pull.from_fork) return {};
  const CommitId first = heads.empty() || heads.front().commit.empty() ? snapshot_.pull.head : heads.front().commit;
  return "Towline was not told who pushed " + short_id(first) +
         " before the pull request was opened; push it to a branch of a new name while Towline receives push "
         "webhooks, and open a new pull request from there";
}

bool People::others_committed() const {
  const auto is_other = [&](const std::string& login) { return to_lower(login) != bot_; };
  const auto any_other = [&](const auto& logins) { return std::any_of(logins.begin(), logins.end(), is_other); };
  return !unknown_pushers().empty() || any_other(snapshot_.commit_authors) || any_other(snapshot_.pushers);
}

bool People::is_approver(const config::Environment& environment, std::string_view login) const {
  if (environment.approvers.empty()) return true;
  return std::any_of(environment.approvers.begin(), environment.approvers.end(), [&](const std::string& approver) {
    if (!approver.starts_with(kTeam)) return same(approver, login);
    const auto team = snapshot_.teams.find(approver.substr(kTeam.size()));
    if (team == snapshot_.teams.end()) return false;
    return std::any_of(team->second.begin(), team->second.end(),
                       [&](const std::string& member) { return same(member, login); });
  });
}

std::size_t People::possible_approvers(const config::Environment& environment) const {
  return static_cast<std::size_t>(std::count_if(writers_.begin(), writers_.end(), [&](const std::string& login) {
    return !is_bot(login) && !wrote_it(login) && is_approver(environment, login);
  }));
}

}  // namespace towline::decide
