#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "chatops/commands.h"
#include "promote/people.h"
#include "promote/snapshot.h"

namespace towline::promote {

/// A command of a comment that counts: never edited, not a bot's.
struct Said {
  std::string user;
  TimePoint at;
  std::int64_t comment = 0;
  chatops::Command command;
};

/// In the order they were said, whatever the order of the snapshot's comments.
std::vector<Said> said_commands(const PullSnapshot& snapshot, const People& people);

/// Writers' comments with commands that were edited afterwards and therefore count for nothing: sentences.
std::vector<std::string> edited_commands(const PullSnapshot& snapshot, const People& people);

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
Meant meant_by(const PullSnapshot& snapshot, const Said& said);

/// Whether the argument names a commit: 7 to 40 hex digits.
bool is_commit_prefix(std::string_view text);

}  // namespace towline::promote
