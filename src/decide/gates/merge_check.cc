#include "decide/gates/merge_check.h"

#include <algorithm>

#include "decide/plain_text.h"

namespace towline::decide {
namespace {

constexpr std::size_t kLongestDescription = 140;
/// The comment that warns answers none.
constexpr std::int64_t kNoComment = 0;

bool has_warned(const PullView& view) {
  const auto& comments = view.snapshot.comments;
  return std::any_of(comments.begin(), comments.end(), [&](const forge::Comment& comment) {
    return view.people.same(comment.author, view.snapshot.bot) && find_reply_target(comment.body) == kNoComment;
  });
}

void add_status(const PullView& view, const CommitId& commit, const std::string& sentence,
                std::vector<Action>& actions) {
  if (commit.empty()) return;
  const std::string description = single_line(sentence, kLongestDescription);
  actions.emplace_back(
      SetStatus{commit, {"towline/merge", forge::StatusState::failure, description, view.snapshot.page_url}});
}

}  // namespace

std::string difference_sentence(const MergeCheck& check) {
  return "The merged tree is not the one that was evaluated and approved: " + check.difference + ".";
}

std::vector<Action> merge_check_actions(const PullView& view) {
  const PullSnapshot& snapshot = view.snapshot;
  std::vector<Action> actions;
  if (!snapshot.merge_check || snapshot.merge_check->recorded) return actions;
  const MergeCheck& check = *snapshot.merge_check;
  if (!check.as_evaluated) {
    const std::string sentence = difference_sentence(check);
    add_status(view, snapshot.pull.merge_commit, sentence, actions);
    add_status(view, snapshot.pull.head, sentence, actions);
    if (!has_warned(view)) {
      const std::string body =
          "**The merged tree is not the one that was evaluated and approved:** " + code_span(check.difference) +
          "\n\nCompare the merge commit with what the report showed, and revert it if the difference is not wanted.";
      actions.emplace_back(Reply{kNoComment, body + "\n\n" + reply_marker(kNoComment) + "\n"});
    }
  }
  actions.emplace_back(RecordMergeCheck{snapshot.pull.merge_commit, check});
  return actions;
}

}  // namespace towline::decide
