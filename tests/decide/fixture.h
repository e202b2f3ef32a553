#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "decide/decide.h"

namespace towline::decide {

/// 2026-11-24T12:00:00Z, a Tuesday.
inline constexpr std::string_view kNow = "2026-11-24T12:00:00Z";
TimePoint at(std::string_view time);
/// 40 digits made of one.
CommitId commit(char digit);
image::Digest digest(char digit);
image::ImageName name(std::string_view text);
/// As image::parse_version; "" is no version.
image::Version version(std::string_view text);
evaluate::ImageChange change(std::string_view image, std::string_view from, std::string_view to);

/// dev (bump: merge, semver), prod (from dev, one approval by anyone) and what it says in `more`, as a file.
config::RepoConfig config(std::string_view text);
/// The configuration most tests use.
config::RepoConfig usual_config();

/// The report has shown the snapshot's evaluation since that time, and nothing before.
PullSnapshot shown(PullSnapshot snapshot, std::string_view since = "2026-11-24T10:00:00Z");

/// bob's pull request #7 to main: head 'b' pushed at 10:00, affects application pay in prod with one passed check;
/// alice, bob and carol can write. The report was there from the second of the push on.
PullSnapshot peoples_pull();
/// The bot's pull request #12 that promotes pay 1.4.2 -> 1.5.0 to prod, head 'b' pushed at 10:00.
PullSnapshot bots_pull();

forge::Comment comment(std::int64_t id, std::string author, std::string time, std::string body);
forge::Review review(std::int64_t id, std::string author, forge::ReviewState state, char head, std::string time);

/// The same once the webhook of each comment's creation has arrived.
PullSnapshot heard(PullSnapshot snapshot);
/// decide_pull() of that.
PullDecision decide_heard(const PullSnapshot& snapshot, TimePoint now);

const Gate& gate(const PullDecision& decision, std::string_view name);
/// Every gate but `but` is open.
bool others_open(const PullDecision& decision, std::string_view but);

template <class Kind>
std::vector<Kind> actions_of(const Plan& plan) {
  std::vector<Kind> found;
  for (const Action& action : plan.actions) {
    if (const auto* one = std::get_if<Kind>(&action)) found.push_back(*one);
  }
  return found;
}

/// What each action would be called, in order: for comparing whole plans.
std::vector<std::string> described(const Plan& plan);

/// The snapshot after the plan was carried out on the forge.
PullSnapshot after(PullSnapshot snapshot, const Plan& plan);
RepoSnapshot after(RepoSnapshot snapshot, const Plan& plan);

}  // namespace towline::decide
