#include "decide/snapshot.h"

#include "base/text.h"

namespace towline::decide {
namespace {

constexpr std::string_view kBranchPrefix = "towline";

}  // namespace

std::string bump_branch(std::string_view environment, std::string_view service) {
  return std::string(kBranchPrefix) + "/" + std::string(environment) + "/" + std::string(service);
}

std::optional<BumpTarget> parse_bump_branch(std::string_view branch) {
  const auto parts = split(branch, '/');
  if (parts.size() != 3 || parts[0] != kBranchPrefix || parts[1].empty() || parts[2].empty()) return std::nullopt;
  return BumpTarget{std::string(parts[1]), std::string(parts[2])};
}

}  // namespace towline::decide
