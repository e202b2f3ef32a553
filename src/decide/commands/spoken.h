#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "chatops/commands.h"
#include "decide/people/people.h"
#include "decide/snapshot.h"

namespace towline::decide {

/// What became of a comment after something was said in it.
enum class Fate { stands, edited, deleted };

/// A command that counts; never a bot's.
struct SpokenCommand {
  std::string user;
  TimePoint at;
  std::int64_t comment = 0;
  chatops::Command command;
  Fate fate = Fate::stands;     ///< `edited`: the comment no longer says it
  std::string changed_by = {};  ///< login of who edited or deleted the comment; empty when unknown
  bool edited_in = false;       ///< it was not in the comment when that was created
  std::size_t position = 0;     ///< among the commands of its comment
};

/// The commands that count, in the order they were said, whatever the order of the snapshot's comments.
/// What restrains (restrains()) counts however it was seen, also when the comment was edited or deleted since.
/// What permits (permits()) counts while the comment is there, unedited, and its creation came in a signed delivery.
std::vector<SpokenCommand> spoken_commands(const PullSnapshot& snapshot, const People& people);

/// Permitting commands of unedited comments whose creation no signed delivery told, in the order they were said.
std::vector<SpokenCommand> unheard_commands(const PullSnapshot& snapshot, const People& people);

/// Writers' permitting commands that do not count because the comment was edited: sentences.
std::vector<std::string> edited_commands(const PullSnapshot& snapshot, const People& people);

/// Puts the recorded reviews that request changes and that the forge no longer lists back among the reviews.
void restore_vanished_reviews(PullSnapshot& snapshot);

/// When Towline lost its records of the pull request without being able to authenticate its report (Sight::lost).
/// It is answered by a new /unhold of a writer who did not open the pull request. An approval does not answer it:
/// whoever approves need not know that somebody held it.
struct Loss {
  std::optional<TimePoint> at;
  bool answered = false;
};
Loss find_loss(const PullSnapshot& snapshot, const People& people, const std::vector<SpokenCommand>& said);

bool was_edited(const PullSnapshot& snapshot, const forge::Comment& comment);

/// The head that whoever spoke at that time can have seen: the last one from strictly before that second, because the
/// forge tells heads to the second. nullopt when that cannot be told; also for what was said in the second of the first
/// event, which need not be the pull request's opening: Gitea drops earlier events at a force push.
std::optional<CommitId> head_seen_at(const std::vector<forge::HeadEvent>& heads, TimePoint time);

/// Whether what was said of a commit at that time holds for the present head.
enum class Holds { no, yes, carried };
Holds holds_for_head(const PullSnapshot& snapshot, const CommitId& said_of, TimePoint at);

/// What an approving or merging command was said of, and whether that holds.
struct Meant {
  Holds holds = Holds::no;
  CommitId commit;
  std::string why_not;  ///< the end of "alice's /approve does not count: ..."
};
Meant meant_by(const PullSnapshot& snapshot, const SpokenCommand& said);

/// Whether the argument names a commit: 7 to 40 hex digits.
bool is_commit_prefix(std::string_view text);

}  // namespace towline::decide
