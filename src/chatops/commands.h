#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace towline::chatops {

enum class CommandKind { approve, unapprove, hold, unhold, merge, promote, ok_to_test, help, unknown };

/// A row of the one table that parsing, /help and the documentation come from.
struct CommandSpec {
  CommandKind kind;
  std::string_view name;       ///< "hold"
  std::string_view arguments;  ///< "[reason]"
  std::string_view summary;
};
const std::vector<CommandSpec>& command_table();

struct Command {
  CommandKind kind = CommandKind::unknown;
  std::string name;       ///< as written, without the slash
  std::string arguments;  ///< rest of the line, trimmed
  bool operator==(const Command&) const = default;
};

/// The command of that name, with or without capitals; `unknown` when there is none.
CommandKind kind_of(std::string_view name);

/// Commands of a comment's own first-level lines: not inside fenced or indented code, quotes (with their lazy
/// continuation lines), HTML comments or <details>; at most 10 a comment. A line whose first word looks like a command
/// ("/aprove") but is none is `unknown`; paths such as "/usr/bin" are not commands.
std::vector<Command> parse_commands(std::string_view comment);

/// "Did you mean /approve?" for an unknown command, or "".
std::string suggestion(const Command& unknown);

}  // namespace towline::chatops
