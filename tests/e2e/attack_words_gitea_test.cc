// The attacks of attack_words_test.cc on a real Gitea, where any writer may edit and delete comments.
#include <catch2/catch.hpp>

#include "base/json.h"
#include "installation.h"
#include "support/eventually.h"
#include "world.h"

using namespace towline;
using namespace towline::test;

namespace {

constexpr std::string_view kBranch = "towline/prod/pay";

/// The pull request that promotes pay to prod on a real Gitea.
struct Promotion {
  RealGitea& gitea;
  Installation bot;
  PullNumber number;

  Promotion(RealGitea& on, const std::string& name) : gitea(on), bot(install(on, name)) {
    bot.push_image("ghcr.io/acme/pay", "1.5.0");
    REQUIRE(eventually([&] { return bot.find_pull(std::string(kBranch)).has_value(); }, kPatience));
    number = bot.find_pull(std::string(kBranch))->number;
    REQUIRE(reports("Waiting"));
  }

  std::string path(std::int64_t comment) const {
    return "/repos/" + bot.repo.str() + "/issues/comments/" + std::to_string(comment);
  }
  std::int64_t say(const std::string& login, const std::string& body) const {
    const auto id = gitea.comment(bot.repo, number, login, body);
    REQUIRE(id);
    return *id;
  }
  void edit(const std::string& login, std::int64_t comment, const std::string& body) const {
    REQUIRE(gitea.api(login, "PATCH", path(comment), {{"body", body}}));
  }
  void remove(const std::string& login, std::int64_t comment) const {
    HttpRequest request;
    request.method = "DELETE";
    request.path = "/api/v1" + path(comment);
    const auto answer = gitea.as(login).send(request);
    REQUIRE(answer);
    REQUIRE(answer->status == 204);
  }
  std::optional<forge::Comment> report() const {
    const auto comments = bot.as_bot()->comments(bot.repo, number);
    REQUIRE(comments);
    for (const forge::Comment& comment : *comments) {
      if (comment.author == "towline" && comment.body.find("<!-- towline:report") != std::string::npos) return comment;
    }
    return std::nullopt;
  }
  /// Waits until one of the bot's comments says it.
  bool says(std::string_view text) const {
    return eventually(
        [&] {
          const auto comments = bot.as_bot()->comments(bot.repo, number);
          return comments && std::any_of(comments->begin(), comments->end(), [&](const forge::Comment& comment) {
                   return comment.author == "towline" && comment.body.find(text) != std::string::npos;
                 });
        },
        kPatience);
  }
  bool reports(std::string_view text) const {
    return eventually([&] { return report() && report()->body.find(text) != std::string::npos; }, kPatience);
  }
  bool merged() const { return bot.is_merged(std::string(kBranch)); }
  /// Waits for whole seconds to pass, so that what is said next is said of the present head.
  static void pass_seconds() {
    REQUIRE(
        eventually([asked = SystemClock().now()] { return SystemClock().now() - asked > std::chrono::seconds(2); }));
  }
};

}  // namespace

TEST_CASE("with a real Gitea: a hold stays when somebody deletes or edits its comment") {
  RealGitea* gitea = RealGitea::shared();
  if (gitea == nullptr) return;
  const Promotion pull(*gitea, "attack-hold");
  Promotion::pass_seconds();
  const auto first = pull.say("alice", "/hold until the databse is migrated");
  REQUIRE(pull.reports("Held by alice"));
  pull.say("bob", "/approve");
  REQUIRE(pull.reports("Approved by bob"));

  pull.edit("alice", first, "/hold until the database is migrated");
  CHECK(pull.reports("Held by alice: until the database is migrated"));
  pull.edit("bob", first, "thanks");
  CHECK(pull.reports("bob edited the comment; the hold stays"));
  pull.remove("bob", first);
  CHECK(pull.reports("bob deleted the comment; the hold stays"));
  CHECK_FALSE(pull.merged());

  // Not even the loss of the database lifts it, nor lets the old approval count.
  Promotion lost = Promotion(*gitea, "attack-lost");
  Promotion::pass_seconds();
  const auto hold = lost.say("alice", "/hold");
  REQUIRE(lost.reports("Held by alice"));
  lost.remove("bob", hold);
  REQUIRE(lost.reports("bob deleted the comment"));
  lost.bot.stop();
  for (const char* file : {"towline.db", "towline.db-wal", "towline.db-shm"}) {
    std::filesystem::remove(lost.bot.directory.path() / "data" / file);
  }
  lost.bot.start();
  CHECK(lost.reports("someone deleted the comment; the hold stays"));
  lost.say("bob", "/approve");
  CHECK(lost.reports("Approved by bob"));
  CHECK_FALSE(lost.merged());
  lost.say("bob", "/unhold");
  CHECK(eventually([&] { return lost.merged(); }, kPatience));

  pull.say("bob", "/unhold");
  CHECK(eventually([&] { return pull.merged(); }, kPatience));
}

TEST_CASE("with a real Gitea: a comment that was edited into /approve while the bot was down does not count") {
  RealGitea* gitea = RealGitea::shared();
  if (gitea == nullptr) return;
  Promotion pull(*gitea, "attack-approve");
  Promotion::pass_seconds();
  pull.bot.stop();
  // Gitea tells times to the second: both in one second leave no trace.
  std::int64_t id = 0;
  REQUIRE(eventually(
      [&] {
        id = pull.say("alice", "looks fine");
        pull.edit("bob", id, "/approve");
        const auto comments = pull.bot.as_bot()->comments(pull.bot.repo, pull.number);
        return comments && !comments->back().edited;
      },
      kPatience));
  pull.bot.start();
  CHECK(pull.says("bob edited") == false);
  CHECK_FALSE(pull.merged());
  pull.say("alice", "/approve");
  CHECK(eventually([&] { return pull.merged(); }, kPatience));
}

TEST_CASE("with a real Gitea: the bot's report says again what it said when somebody edits or deletes it") {
  RealGitea* gitea = RealGitea::shared();
  if (gitea == nullptr) return;
  const Promotion pull(*gitea, "attack-report");
  const auto report = pull.report();
  REQUIRE(report);
  pull.edit("bob", report->id, "Nothing changes.");
  CHECK(pull.reports("bob edited this comment at "));
  CHECK(pull.report()->id == report->id);
  CHECK(pull.report()->body.find("1.5.0") != std::string::npos);
  pull.remove("bob", report->id);
  CHECK(pull.reports("bob deleted a comment of Towline at "));
}
