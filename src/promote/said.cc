#include "promote/said.h"

#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "promote/shown.h"

namespace towline::promote {
namespace {

constexpr std::size_t kShortestPrefix = 7;
constexpr std::size_t kCommitDigits = 40;

auto second_of(TimePoint time) { return std::chrono::floor<std::chrono::seconds>(time); }

std::vector<const forge::Comment*> in_order(const PullSnapshot& snapshot) {
  std::vector<const forge::Comment*> comments;
  for (const forge::Comment& comment : snapshot.comments) comments.push_back(&comment);
  std::sort(comments.begin(), comments.end(), [](const forge::Comment* a, const forge::Comment* b) {
    return std::tie(a->created, a->id) < std::tie(b->created, b->id);
  });
  return comments;
}

bool is_command_of_weight(const chatops::Command& command) {
  using chatops::CommandKind;
  return command.kind != CommandKind::help && command.kind != CommandKind::unknown;
}

}  // namespace

bool was_edited(const PullSnapshot& snapshot, const forge::Comment& comment) {
  return comment.edited || snapshot.edited_comments.contains(comment.id);
}

std::vector<Said> said_commands(const PullSnapshot& snapshot, const People& people) {
  std::vector<Said> said;
  for (const forge::Comment* comment : in_order(snapshot)) {
    if (people.is_bot(comment->author) || was_edited(snapshot, *comment)) continue;
    for (chatops::Command& command : chatops::parse_commands(comment->body)) {
      said.push_back({comment->author, comment->created, comment->id, std::move(command)});
    }
  }
  return said;
}

std::vector<std::string> edited_commands(const PullSnapshot& snapshot, const People& people) {
  std::vector<std::string> sentences;
  for (const forge::Comment* comment : in_order(snapshot)) {
    if (!was_edited(snapshot, *comment) || people.is_bot(comment->author) || !people.is_writer(comment->author)) {
      continue;
    }
    for (const chatops::Command& command : chatops::parse_commands(comment->body)) {
      if (!is_command_of_weight(command)) continue;
      sentences.push_back("/" + std::string(to_lower(command.name)) + " by " + comment->author +
                          " does not count because the comment was edited: say it in a new one.");
    }
  }
  return sentences;
}

std::optional<CommitId> head_seen_at(const std::vector<forge::HeadEvent>& heads, TimePoint time) {
  std::optional<CommitId> seen;
  for (const forge::HeadEvent& event : heads) {
    if (second_of(event.at) >= second_of(time)) break;
    seen = event.commit;
  }
  return seen;
}

Holds holds_for_head(const PullSnapshot& snapshot, const CommitId& said_of, TimePoint at) {
  if (said_of.empty()) return Holds::no;
  if (said_of == snapshot.pull.head) return Holds::yes;
  return bind_approval(snapshot, said_of, at).state == Binding::State::carried ? Holds::carried : Holds::no;
}

bool is_commit_prefix(std::string_view text) {
  return text.size() >= kShortestPrefix && text.size() <= kCommitDigits &&
         text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

Meant meant_by(const PullSnapshot& snapshot, const Said& said) {
  if (snapshot.heads.empty()) {
    return {Holds::no, {}, "the forge does not tell when commits were pushed; a review names its commit and counts"};
  }
  if (said_before_retarget(snapshot, said.at)) {
    return {Holds::no,
            {},
            "it was said before the target branch was changed to " + snapshot.pull.base_branch + "; say it again"};
  }
  const auto seen = head_seen_at(snapshot.heads, said.at);
  if (!seen || seen->empty()) return {Holds::no, {}, "it cannot be told which commit it was said of; say it again"};
  const std::string& named = said.command.arguments;
  if (!named.empty() && !is_commit_prefix(named)) {
    return {Holds::no, *seen, "what follows it must be the first 7 or more digits of a commit, or nothing"};
  }
  if (!seen->str().starts_with(to_lower(named))) {
    return {Holds::no, *seen, "it names another commit than the head at that time, " + short_id(*seen)};
  }
  const Holds holds = holds_for_head(snapshot, *seen, said.at);
  if (holds != Holds::no) return {holds, *seen, {}};
  return {
      Holds::no, *seen,
      "it was said of " + short_id(*seen) + ", before the present head " + short_id(snapshot.pull.head) + " was there"};
}

}  // namespace towline::promote
