#include "decide/commands/words.h"

#include <algorithm>

namespace towline::decide {

using chatops::CommandKind;

std::string_view to_string(Sight sight) {
  switch (sight) {
    case Sight::created:
      return "created";
    case Sight::edited:
      return "edited";
    case Sight::replaced:
      return "replaced";
    case Sight::looked:
      return "looked";
    case Sight::deleted:
      return "deleted";
    case Sight::review:
      return "review";
    case Sight::dismissal:
      return "dismissal";
    case Sight::ledger:
      return "ledger";
    case Sight::lost:
      return "lost";
    case Sight::foreign_edit:
      return "foreign-edit";
    case Sight::foreign_deletion:
      return "foreign-deletion";
  }
  return "";
}

bool restrains(CommandKind kind) { return kind == CommandKind::hold || kind == CommandKind::unapprove; }

bool permits(CommandKind kind) { return !restrains(kind) && kind != CommandKind::help && kind != CommandKind::unknown; }

bool any_restrains(const std::vector<chatops::Command>& commands) {
  return std::any_of(commands.begin(), commands.end(),
                     [](const chatops::Command& command) { return restrains(command.kind); });
}

}  // namespace towline::decide
