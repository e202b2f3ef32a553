#include "engine/merging.h"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "forge/gitea/gitea.h"
#include "forge/scripted_http.h"

namespace towline::engine {
namespace {

const CommitId kBase(std::string(40, 'b'));
const CommitId kMoved(std::string(40, 'c'));

HttpResponse tip(const CommitId& commit) {
  return test::answer(200, R"({"name":"main","commit":{"id":")" + commit.str() + "\"}}");
}
HttpResponse pull(int number, std::string_view state) {
  return test::answer(200, R"({"number":)" + std::to_string(number) + R"(,"state":")" + std::string(state) +
                               R"(","head":{"sha":")" + std::string(40, 'a') + R"("},"base":{"ref":"main"},"merged":)" +
                               (state == "closed" ? "true" : "false") + R"(,"merge_commit_sha":")" + kMoved.str() +
                               "\"}");
}

/// A repository on a Gitea whose answers are written down.
struct Scripted {
  std::shared_ptr<test::ScriptedHttp::Log> log = std::make_shared<test::ScriptedHttp::Log>();
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>(parse_time("2026-11-24T12:00:00Z").value());
  InfraRepository workspace{parts()};

  InfraRepository::Parts parts() const {
    InfraRepository::Parts parts;
    parts.repo = {"acme", "infra"};
    parts.forge = forge::make_gitea(std::make_unique<test::ScriptedHttp>(log));
    parts.clock = clock;
    return parts;
  }
  void will_answer(Result<HttpResponse> response) const { log->answers.push_back(std::move(response)); }
  Result<CommitId> merge(int number) {
    return merge_on_base(workspace, {}, {{PullNumber{number}, CommitId(std::string(40, 'a')), "", ""}, "main", kBase});
  }
};

TEST_CASE("a pull request that was evaluated on another base is not merged") {
  Scripted scripted;
  scripted.will_answer(tip(kMoved));
  const auto merged = scripted.merge(12);
  CHECK(merged.error().kind == ErrorKind::conflict);
  CHECK(
      merged.error().message ==
      "main of acme/infra moved from bbbbbbbb to cccccccc since pull request #12 was evaluated; it is evaluated again");
  CHECK(scripted.log->requests.size() == 1);
}

TEST_CASE("nothing is merged while a merge into the branch is unanswered and may still be carried out") {
  Scripted scripted;
  scripted.will_answer(tip(kBase));
  scripted.will_answer(test::answer(504, ""));
  REQUIRE(scripted.merge(12).error().kind == ErrorKind::timeout);

  scripted.will_answer(pull(12, "open"));
  const auto other = scripted.merge(13);
  CHECK(other.error().kind == ErrorKind::conflict);
  CHECK(other.error().message ==
        "the forge has not answered whether it merges pull request #12 into main; nothing else is merged until it has, "
        "or "
        "two minutes are over");
  CHECK(scripted.log->requests.size() == 3);

  SECTION("until that one is merged") {
    scripted.will_answer(pull(12, "closed"));
    scripted.will_answer(tip(kMoved));
    CHECK(scripted.merge(13).error().kind == ErrorKind::conflict);
    CHECK(scripted.log->requests.size() == 5);
    CHECK_FALSE(scripted.workspace.unanswered_merge("main"));
  }
  SECTION("or two minutes are over") {
    scripted.clock->advance(std::chrono::minutes(2) + std::chrono::seconds(1));
    scripted.will_answer(tip(kBase));
    scripted.will_answer(test::answer(200, ""));
    scripted.will_answer(pull(13, "closed"));
    CHECK(scripted.merge(13) == kMoved);
  }
}

}  // namespace
}  // namespace towline::engine
