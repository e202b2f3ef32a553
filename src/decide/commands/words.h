#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "chatops/commands.h"

namespace towline::decide {

/// How Towline learned of a text or a review. The names are stored.
enum class Sight {
  created,           ///< a signed delivery of the comment's creation
  edited,            ///< a later text of the comment, from a signed delivery or found by looking
  replaced,          ///< the text before an edit, from the signed delivery of the edit
  looked,            ///< a comment that was never edited, found by looking
  deleted,           ///< a signed delivery of the comment's deletion
  review,            ///< a review that requests changes, found by looking
  dismissal,         ///< the same review later, dismissed or replaced on the forge
  ledger,            ///< a restraint that the bot's own report carried when the store had lost it
  lost,              ///< the store knows nothing of the pull request, and its report cannot be authenticated
  foreign_edit,      ///< somebody else's text in a comment of the bot, undone since
  foreign_deletion,  ///< somebody else deleted a comment of the bot
};
std::string_view to_string(Sight sight);

/// What was said in a comment or a review, as Towline saw it once. Recorded when first seen, never changed.
struct SeenWord {
  Sight sight = Sight::looked;
  std::int64_t id = 0;      ///< of the comment or the review
  std::string author;       ///< login of the comment's or the review's author
  std::string by;           ///< login of who created, edited or deleted it; empty when unknown
  TimePoint at;             ///< the forge's time of that event; `lost`: when Towline noticed
  TimePoint seen;           ///< when Towline saw it first
  std::string body_sha256;  ///< of the whole text
  CommitId head;            ///< the pull request's head then; empty when unknown
  std::vector<chatops::Command> commands;
  bool operator==(const SeenWord&) const = default;
};

/// Commands that keep something from merging. They count however they are seen, and end only by a new word.
bool restrains(chatops::CommandKind kind);
/// Commands that let something happen. They count only as created, from a signed delivery.
bool permits(chatops::CommandKind kind);
/// Whether one of the commands restrains.
bool any_restrains(const std::vector<chatops::Command>& commands);

}  // namespace towline::decide
