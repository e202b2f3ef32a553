#include "chatops/commands.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/text.h"
#include "chatops/markdown.h"

namespace towline::chatops {
namespace {

constexpr std::size_t kMaxCommentBytes = 64u << 10;
constexpr std::size_t kMaxCommands = 10;

/// The part of an oversized comment that is read: whole lines only, so that no command is cut in half.
std::string_view bounded(std::string_view comment) {
  if (comment.size() <= kMaxCommentBytes) return comment;
  const std::size_t end = comment.substr(0, kMaxCommentBytes).rfind('\n');
  return end == std::string_view::npos ? std::string_view{} : comment.substr(0, end);
}

bool is_name_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_'; }

/// "/usr/bin", "/ hold" and "/2" are no commands: a command is a slash and a word alone.
std::optional<Command> command_of(std::string_view line) {
  if (line.size() < 2 || line.front() != '/' || std::isalpha(static_cast<unsigned char>(line[1])) == 0) {
    return std::nullopt;
  }
  const std::string_view text = line.substr(1);
  const auto end = std::find_if_not(text.begin(), text.end(), is_name_character);
  if (end != text.end() && *end != ' ') return std::nullopt;
  const auto length = static_cast<std::size_t>(end - text.begin());
  Command command;
  command.name = std::string(text.substr(0, length));
  command.kind = kind_of(command.name);
  command.arguments = std::string(trim(text.substr(length)));
  return command;
}

}  // namespace

const std::vector<CommandSpec>& command_table() {
  static const std::vector<CommandSpec> kTable = {
      {CommandKind::approve, "approve", "", "approve this pull request at its current head"},
      {CommandKind::unapprove, "unapprove", "", "withdraw your approval"},
      {CommandKind::hold, "hold", "[reason]", "block merging until /unhold"},
      {CommandKind::unhold, "unhold", "", "lift the hold"},
      {CommandKind::merge, "merge", "", "merge once all gates pass"},
      {CommandKind::promote, "promote", "[environment]", "open the pull request for the next environment"},
      {CommandKind::ok_to_test, "ok-to-test", "", "allow this commit of an outside pull request to be rendered"},
      {CommandKind::help, "help", "", "list the commands"},
  };
  return kTable;
}

CommandKind kind_of(std::string_view name) {
  const std::string lower = to_lower(name);
  const auto& table = command_table();
  const auto spec = std::find_if(table.begin(), table.end(), [&](const CommandSpec& s) { return s.name == lower; });
  return spec == table.end() ? CommandKind::unknown : spec->kind;
}

std::vector<Command> parse_commands(std::string_view comment) {
  std::vector<Command> commands;
  for (const std::string& line : first_level_lines(bounded(comment))) {
    if (commands.size() == kMaxCommands) break;
    if (auto command = command_of(line)) commands.push_back(*std::move(command));
  }
  return commands;
}

std::string suggestion(const Command& unknown) {
  std::vector<std::string> names;
  for (const CommandSpec& spec : command_table()) names.emplace_back(spec.name);
  const std::string name = nearest(to_lower(unknown.name), names);
  return name.empty() ? "" : "Did you mean /" + name + "?";
}

}  // namespace towline::chatops
