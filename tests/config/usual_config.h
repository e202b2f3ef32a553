#pragma once

#include <stdexcept>
#include <string_view>

#include "config/repository.h"

namespace towline::config::test {

/// A repository file that must be right.
inline RepoConfig config_of(std::string_view text) {
  auto read = parse_repo_config(".towline.yaml", text);
  if (!read) throw std::runtime_error(read.error().message);
  return *std::move(read);
}

/// dev (bump: merge, semver) and prod (from dev, one approval by anyone).
inline RepoConfig usual_config() {
  constexpr std::string_view kText = R"(version: 1
environments:
  dev:
    services: apps/dev/services/{service}
    images:
      - match: "ghcr.io/acme/*"
        select: {semver: ">=0.1"}
    bump: merge
  prod:
    services: apps/prod/services/{service}
    from: dev
    require:
      approvals: 1
)";
  return config_of(kText);
}

}  // namespace towline::config::test
