#include "decide/people/render_permission.h"

namespace towline::decide {
namespace {

/// Where it comes from that it is not rendered as it is: the end of "it ..."; "" when it is.
std::string why_needed(const PullSnapshot& snapshot, const People& people) {
  const forge::PullRequest& pull = snapshot.pull;
  if (pull.from_fork) return "comes from a fork";
  if (pull.merged || people.same(pull.author, snapshot.bot) || people.is_writer(pull.author)) return "";
  return "is by " + pull.author + ", who has no write access";
}

/// Why that one does not count: the end of "/ok-to-test by carol does not count: ..."; "" when it does.
std::string why_not(const PullSnapshot& snapshot, const People& people, const SpokenCommand& said) {
  if (people.same(said.user, snapshot.pull.author)) return "nobody says it of their own pull request";
  const Meant meant = meant_by(snapshot, said);
  return meant.holds == Holds::yes ? "" : meant.holds == Holds::no ? meant.why_not : "it was said of an earlier head";
}

}  // namespace

RenderPermission render_permission(const PullSnapshot& snapshot, const People& people,
                                   const std::vector<SpokenCommand>& said) {
  RenderPermission leave;
  const std::string reason = why_needed(snapshot, people);
  if (reason.empty()) return leave;
  leave.needed = true;
  leave.given = false;
  for (const SpokenCommand& command : said) {
    // A writer's alone is worth a remark: others get the answer that it takes write access.
    if (command.command.kind != chatops::CommandKind::ok_to_test || !people.is_writer(command.user)) continue;
    const std::string problem = why_not(snapshot, people, command);
    if (!problem.empty()) {
      leave.remarks.push_back("/ok-to-test by " + command.user + " does not count: " + problem + ".");
    } else if (!leave.given) {
      leave.given = true;
      leave.by = command.user;
    }
  }
  leave.why_not = "Not rendered: it " + reason + ". Someone with write access other than " + snapshot.pull.author +
                  " must comment /ok-to-test on " + short_id(snapshot.pull.head) + ".";
  return leave;
}

RenderPermission render_permission(const PullSnapshot& snapshot) {
  const People people(snapshot);
  return render_permission(snapshot, people, spoken_commands(snapshot, people));
}

}  // namespace towline::decide
