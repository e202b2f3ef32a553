#include <catch2/catch.hpp>

#include <memory>
#include <utility>

#include "base/clock.h"
#include "engine/infra_repository.h"

namespace towline::engine {
namespace {

TEST_CASE("a merge that keeps failing for a reason that may pass is told after a minute, and once more at each try") {
  const auto clock = std::make_shared<ManualClock>(parse_time("2026-11-24T12:00:00Z").value());
  InfraRepository::Parts parts;
  parts.clock = clock;
  InfraRepository workspace(std::move(parts));
  const PullNumber pull{12};
  const auto fail_again = [&](Duration later) {
    clock->advance(later);
    return workspace.note_failed_merge(pull, "main", "Gitea cannot merge it (405: Please try again later)");
  };

  // Given four failures within a minute, and a fifth
  for (int i = 0; i < 4; ++i) CHECK_FALSE(fail_again(std::chrono::seconds(2)));
  CHECK_FALSE(fail_again(std::chrono::seconds(2)));
  CHECK_FALSE(workspace.refusal(pull));

  CHECK(fail_again(std::chrono::minutes(1)));
  CHECK(
      workspace.refusal(pull) ==
      "it failed 6 times since 2026-11-24T12:00:02Z, the last time with: Gitea cannot merge it (405: Please try again "
      "later). If there is a tag named refs/heads/main, delete it: Gitea cannot merge then");
  CHECK_FALSE(workspace.refusal(PullNumber{13}));
  CHECK(fail_again(std::chrono::minutes(6)));

  // When somebody speaks about the pull request
  workspace.forget_refusal(pull);
  CHECK_FALSE(fail_again(std::chrono::seconds(1)));
  CHECK_FALSE(workspace.refusal(pull));
}

}  // namespace
}  // namespace towline::engine
