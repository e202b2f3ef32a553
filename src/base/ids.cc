#include "base/ids.h"

#include <algorithm>

#include "base/text.h"

namespace towline {
namespace {

constexpr std::size_t kMaxNameBytes = 255;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

// "." and ".." are letters of a name by the character rule, and directories to everything that builds a path of it.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes && text != "." && text != ".." &&
         std::all_of(text.begin(), text.end(), is_name_character);
}

}  // namespace

Result<RepoName> RepoName::parse(std::string_view text) {
  const auto parts = split(text, '/');
  if (parts.size() != 2 || !is_name(parts[0]) || !is_name(parts[1])) {
    return fail(ErrorKind::invalid,
                "'" + printable_utf8(ellipsize(text, 200)) +
                    "' is not a repository; write owner/name with letters, digits, '.', '_' and '-'");
  }
  return RepoName{std::string(parts[0]), std::string(parts[1])};
}

}  // namespace towline
