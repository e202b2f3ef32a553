#include "forge/kinds.h"

#include <algorithm>

#include "forge/gitea/gitea.h"

namespace towline::forge {
namespace {

constexpr Kind kKinds[] = {
    // Gitea took 3 MB, but a comment of a third of that is already slow to show.
    {"gitea", "gitea is for Forgejo too", 65'536, 1'000'000,
     "has the scopes write:repository, write:issue, read:user and read:organization",
     "pushes, pull requests, reviews, comments and statuses", connect_gitea, verify_gitea, parse_gitea},
};

}  // namespace

std::span<const Kind> kinds() { return kKinds; }

const Kind* find_kind(std::string_view name) {
  const auto found =
      std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& kind) { return kind.name == name; });
  return found == std::end(kKinds) ? nullptr : &*found;
}

}  // namespace towline::forge
