#include "decide/decide.h"
#include "decide/plain_text.h"

namespace towline::decide {
namespace {

constexpr std::size_t kLongestText = 300;

std::string number_of(PullNumber number) { return "#" + std::to_string(number.value); }

struct Describe {
  std::string operator()(const SetStatus& action) const {
    return "set status " + action.status.context + " of " + short_id(action.commit) + " to " +
           std::string(forge::to_string(action.status.state)) + ": " +
           single_line(action.status.description, kLongestText);
  }
  std::string operator()(const PublishReport& action) const {
    if (action.parts.empty()) return "post the report";
    return "edit the report in comment " + std::to_string(action.parts.front().id);
  }
  std::string operator()(const Reply& action) const { return "answer comment " + std::to_string(action.to); }
  std::string operator()(const RestoreComment& action) const {
    return "undo the edit of comment " + std::to_string(action.id);
  }
  std::string operator()(const Merge& action) const {
    return "merge " + short_id(action.head) + ": " + single_line(action.title, kLongestText);
  }
  std::string operator()(const RecordMergeCheck& action) const {
    return "record that merge " + short_id(action.merge_commit) +
           (action.check.as_evaluated ? " is as evaluated" : " differs from what was evaluated");
  }
  std::string operator()(const UpsertBump& action) const {
    const std::string title = single_line(action.title, kLongestText);
    if (!action.pull) return "open a pull request for " + action.branch + ": " + title;
    const std::string what = action.rewrite_branch ? "rewrite " + action.branch : "edit the description";
    return "update pull request " + number_of(*action.pull) + " (" + what + "): " + title;
  }
  std::string operator()(const ClosePull& action) const {
    return "close pull request " + number_of(action.number) + ": " + single_line(action.reason, kLongestText);
  }
};

}  // namespace

std::string describe(const Action& action) { return std::visit(Describe{}, action); }

}  // namespace towline::decide
