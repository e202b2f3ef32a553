#include <algorithm>
#include <cctype>
#include <memory>
#include <string>
#include <vector>

#include <re2/re2.h>

#include "gotemplate/functions.h"

// Go's regular expressions are those of RE2.
namespace towline::gotemplate {
namespace {

constexpr std::size_t kMaxText = 1u << 20;
constexpr std::size_t kMatchBytesOfAStep = 64;

std::size_t program_size(const RE2& compiled) { return static_cast<std::size_t>(std::max(compiled.ProgramSize(), 1)); }

Result<std::unique_ptr<RE2>> expression(GoArguments a) {
  constexpr std::size_t kStepsOfAnExpression = 10;
  constexpr std::size_t kInstructionsOfAStep = 4;
  TRY(const std::string text, text_argument(a, 0));
  CHECK_OK(a.take(kStepsOfAnExpression + text.size() / kInstructionsOfAStep));
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  auto compiled = std::make_unique<RE2>(text, options);
  if (!compiled->ok()) return fail(ErrorKind::invalid, "error parsing regexp: " + compiled->error());
  CHECK_OK(a.take(program_size(*compiled) / kInstructionsOfAStep));
  return compiled;
}

/// One search in that many bytes. RE2 may run every instruction of the program at every byte.
Result<void> take_match(GoArguments a, const RE2& compiled, std::size_t bytes) {
  constexpr std::size_t kInstructionsOfAStep = 64;
  return a.take(1 + bytes * program_size(compiled) / kInstructionsOfAStep);
}

/// All searches of RE2::GlobalReplace, and what it writes.
Result<void> take_replacing(GoArguments a, const RE2& compiled, const std::string& text, std::size_t rewrite_bytes) {
  re2::StringPiece found;
  for (std::size_t at = 0; at <= text.size();) {
    // This search and the one of GlobalReplace.
    CHECK_OK(take_match(a, compiled, 2 * (text.size() - at)));
    if (!compiled.Match(text, at, text.size(), RE2::UNANCHORED, &found, 1)) return {};
    CHECK_OK(a.take(rewrite_bytes / kMatchBytesOfAStep));
    const auto start = static_cast<std::size_t>(found.data() - text.data());
    at = start + std::max<std::size_t>(found.size(), 1);
  }
  return {};
}

Result<GoValue> regex_match(GoArguments a) {
  TRY(const auto compiled, expression(a));
  TRY(const std::string text, text_argument(a, 1));
  CHECK_OK(take_match(a, *compiled, text.size()));
  return RE2::PartialMatch(text, *compiled);
}

Result<GoValue> regex_find(GoArguments a) {
  TRY(const auto compiled, expression(a));
  TRY(const std::string text, text_argument(a, 1));
  CHECK_OK(take_match(a, *compiled, text.size()));
  re2::StringPiece found;
  if (!compiled->Match(text, 0, text.size(), RE2::UNANCHORED, &found, 1)) return "";
  return found.as_string();
}

/// Go writes groups as $1 and ${name}; RE2 wants \1.
Result<GoValue> regex_replace(GoArguments a, bool literal) {
  TRY(const auto compiled, expression(a));
  TRY(std::string text, text_argument(a, 1));
  TRY(const std::string with, text_argument(a, 2));
  std::string rewrite;
  for (std::size_t at = 0; at < with.size(); ++at) {
    if (with[at] == '\\') rewrite += '\\';
    if (with[at] != '$' || literal) {
      rewrite += with[at];
      continue;
    }
    static const RE2 kGroup(R"(\$(?:\{(\w+)\}|(\w+)))");
    re2::StringPiece parts[3];
    if (with.compare(at, 2, "$$") == 0) {
      rewrite += '$';
      ++at;
      continue;
    }
    if (!kGroup.Match(with, at, with.size(), RE2::ANCHOR_START, parts, 3)) {
      rewrite += '$';
      continue;
    }
    const std::string name = (parts[1].data() != nullptr ? parts[1] : parts[2]).as_string();
    const auto named = compiled->NamedCapturingGroups().find(name);
    const bool is_number = name.size() == 1 && std::isdigit(static_cast<unsigned char>(name[0])) != 0;
    const int group = is_number ? name[0] - '0' : named == compiled->NamedCapturingGroups().end() ? -1 : named->second;
    if (group > 9) return fail(ErrorKind::invalid, "more than nine groups are not supported");
    if (group >= 0 && group <= compiled->NumberOfCapturingGroups()) rewrite += "\\" + std::to_string(group);
    at += parts[0].size() - 1;
  }
  if ((text.size() + 1) * (with.size() + text.size() + 1) > kMaxText * 16)
    return fail(ErrorKind::invalid, "the text is too long to replace in");
  CHECK_OK(take_replacing(a, *compiled, text, with.size() + text.size()));
  RE2::GlobalReplace(&text, *compiled, rewrite);
  return text;
}
Result<GoValue> regex_replace_all(GoArguments a) { return regex_replace(a, false); }
Result<GoValue> regex_replace_literal(GoArguments a) { return regex_replace(a, true); }

/// The matches, or what stands between them, at most `count` when it is not negative.
Result<GoValue> regex_parts(GoArguments a, bool between) {
  TRY(const auto compiled, expression(a));
  TRY(const std::string text, text_argument(a, 1));
  TRY(const std::int64_t count, integer_argument(a, 2));
  std::vector<std::string> parts;
  std::size_t at = 0;
  std::size_t begin = 0;
  re2::StringPiece found;
  const auto most = count < 0 ? text.size() + 2 : static_cast<std::size_t>(count);
  if (most == 0) return text_list({});
  while (parts.size() + (between ? 1 : 0) < most && at <= text.size()) {
    CHECK_OK(take_match(a, *compiled, text.size() - at));
    if (!compiled->Match(text, at, text.size(), RE2::UNANCHORED, &found, 1)) break;
    const auto start = static_cast<std::size_t>(found.data() - text.data());
    if (!between) {
      parts.push_back(found.as_string());
    } else if (!found.empty() || (start > begin && start < text.size())) {
      parts.push_back(text.substr(begin, start - begin));
      begin = start + found.size();
    }
    at = start + std::max<std::size_t>(found.size(), 1);
  }
  if (between) parts.push_back(text.substr(begin));
  return text_list(parts);
}
Result<GoValue> regex_find_all(GoArguments a) { return regex_parts(a, false); }
Result<GoValue> regex_split(GoArguments a) { return regex_parts(a, true); }

}  // namespace

std::span<const GoFunction> go_regex_functions() {
  static constexpr GoFunction kTable[] = {
      {"regexMatch", 2, 2, regex_match},
      {"mustRegexMatch", 2, 2, regex_match},
      {"regexFind", 2, 2, regex_find},
      {"mustRegexFind", 2, 2, regex_find},
      {"regexFindAll", 3, 3, regex_find_all},
      {"mustRegexFindAll", 3, 3, regex_find_all},
      {"regexSplit", 3, 3, regex_split},
      {"mustRegexSplit", 3, 3, regex_split},
      {"regexReplaceAll", 3, 3, regex_replace_all},
      {"mustRegexReplaceAll", 3, 3, regex_replace_all},
      {"regexReplaceAllLiteral", 3, 3, regex_replace_literal},
      {"mustRegexReplaceAllLiteral", 3, 3, regex_replace_literal},
  };
  return kTable;
}

}  // namespace towline::gotemplate
