#include <algorithm>
#include <catch2/catch.hpp>
#include <mutex>

#include "decide/decide.h"
#include "world.h"

using namespace towline;
using namespace towline::test;

namespace {

constexpr std::string_view kFile = "apps/prod/services/pay/settings.yaml";

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// ConfigMaps of about 20 KB each.
std::string settings(int count, std::string_view word = "value") {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings-" + std::to_string(i) + "}\ndata:\n";
    for (int line = 0; line < 500; ++line) {
      text += "  key-" + std::to_string(line) + ": a " + std::string(word) + " that is of some length\n";
    }
    text += "---\n";
  }
  return text;
}

void commit(Town& town, const std::string& text) {
  town.clock->advance(std::chrono::seconds(2));
  REQUIRE(town.sandbox->commit(kInfra, "settings", {{std::string(kFile), text}}, "bob", "Settings"));
}

PullNumber open_settings(World& world, int count) {
  commit(world.town(), settings(count));
  const auto number = world.town().sandbox->open_pull(kInfra, "bob", "settings", "Settings", "");
  REQUIRE(number);
  world.settle();
  return *number;
}

/// The part numbers of the bot's report comments, in the order in which they stand there.
std::vector<std::size_t> parts_on(const Town& town, PullNumber number) {
  std::vector<std::size_t> parts;
  for (const auto& comment : town.bot_comments(number)) {
    if (const auto mark = decide::find_report_mark(comment.body)) parts.push_back(mark->part);
  }
  return parts;
}

/// carol's pull request from her fork.
PullNumber open_fork(World& world) {
  Town& town = world.town();
  town.clock->advance(std::chrono::seconds(2));
  REQUIRE(town.sandbox->commit_to_fork(kInfra, "patch", {{std::string(kFile), settings(1)}}, "carol", "Patch"));
  const auto number = town.sandbox->open_pull(kInfra, "carol", "carol:patch", "Patch", "");
  REQUIRE(number);
  world.settle();
  return *number;
}

void check_not_rendered(const Town& town, PullNumber number) {
  const auto comments = town.bot_comments(number);
  REQUIRE_FALSE(comments.empty());
  CHECK(contains(comments.front().body,
                 "**Blocked**: Not rendered: it comes from a fork. Someone with write access "
                 "other than carol must comment /ok-to-test"));
  CHECK_FALSE(contains(comments.front().body, "settings-0"));
  for (const char* context : {"towline/policy", "towline/merge"}) {
    const auto status = town.status(town.pull_on("patch").head, context);
    REQUIRE(status);
    CHECK(status->state == forge::StatusState::pending);
    CHECK(contains(status->description, "Not rendered"));
  }
}

}  // namespace

TEST_CASE("a long report is posted in parts, which are edited in place, and deleted when it gets shorter") {
  World world;
  Town& town = world.town();
  const PullNumber number = open_settings(world, 6);
  CHECK(parts_on(town, number) == std::vector<std::size_t>{1, 2, 3});
  const auto before = town.bot_comments(number);

  commit(town, settings(6, "word"));
  world.settle();
  const auto edited = town.bot_comments(number);
  REQUIRE(edited.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(edited[i].id == before[i].id);
    CHECK(edited[i].body != before[i].body);
  }

  commit(town, settings(1, "word"));
  world.settle();
  CHECK(parts_on(town, number) == std::vector<std::size_t>{1});
}

TEST_CASE("a new base updates the report without a new comment, and leaves a part that says the same as it was") {
  World world;
  Town& town = world.town();
  const PullNumber number = open_settings(world, 6);
  const auto before = town.bot_comments(number);
  town.clock->advance(std::chrono::seconds(2));
  REQUIRE(town.sandbox->commit(kInfra, "main", {{"docs/notes.txt", "hello\n"}}, "alice", "Notes"));
  world.settle();
  const auto after = town.bot_comments(number);
  REQUIRE(after.size() == before.size());
  CHECK_FALSE(after[1].edited);
  CHECK_FALSE(after[2].edited);
}

TEST_CASE("a part that somebody deleted is there again after the next look, and no part is there twice") {
  World world;
  Town& town = world.town();
  const PullNumber number = open_settings(world, 6);
  REQUIRE(town.as_bot()->delete_comment(kInfra, town.bot_comments(number)[1].id));
  town.say(number, "alice", "looks long");
  world.settle();
  CHECK(parts_on(town, number) == std::vector<std::size_t>{1, 2, 3});
}

TEST_CASE("parts come out right although any one call about them fails once") {
  struct Fault {
    std::string_view method;
    int nth;
    bool after;
  };
  for (const Fault& fault :
       {Fault{"POST", 1, false}, Fault{"POST", 2, false}, Fault{"POST", 3, false}, Fault{"POST", 1, true},
        Fault{"POST", 2, true}, Fault{"POST", 3, true}, Fault{"PATCH", 1, false}, Fault{"PATCH", 1, true},
        Fault{"DELETE", 1, false}, Fault{"DELETE", 1, true}, Fault{"DELETE", 2, true}}) {
    DYNAMIC_SECTION(fault.method << " number " << fault.nth << (fault.after ? " after it took effect" : "")) {
      World world;
      Town& town = world.town();
      std::mutex mutex;
      int seen = 0;
      town.sandbox->set_fault_hook([&](std::string_view request) -> std::optional<forge::Sandbox::Fault> {
        const std::lock_guard lock(mutex);
        if (!request.starts_with(fault.method) || !contains(request, "/comments")) return std::nullopt;
        if (++seen != fault.nth) return std::nullopt;
        return forge::Sandbox::Fault{500, R"({"message":"internal"})", fault.after, false};
      });
      const PullNumber number = open_settings(world, 6);
      commit(town, settings(1, "word"));
      world.settle();
      CHECK(seen >= fault.nth);
      CHECK(parts_on(town, number) == std::vector<std::size_t>{1});
      town.sandbox->set_fault_hook({});
      commit(town, settings(6, "word"));
      world.settle();
      CHECK(parts_on(town, number) == std::vector<std::size_t>{1, 2, 3});
    }
  }
}

TEST_CASE("a pull request from a fork is rendered once a writer must comment /ok-to-test on its head, and not before") {
  World world;
  Town& town = world.town();
  const PullNumber number = open_fork(world);
  check_not_rendered(town, number);

  town.say(number, "carol", "/ok-to-test");
  world.settle();
  check_not_rendered(town, number);

  const auto harmless = town.say(number, "bob", "looks fine");
  town.clock->advance(std::chrono::seconds(2));
  REQUIRE(town.sandbox->edit_comment(kInfra, harmless, "/ok-to-test"));
  world.settle();
  check_not_rendered(town, number);

  town.say(number, "bob", "/ok-to-test");
  world.settle();
  const auto comments = town.bot_comments(number);
  CHECK(contains(comments.front().body, "settings-0"));
  CHECK(contains(comments.front().body, "bob said /ok-to-test of this head"));
  CHECK(town.status(town.pull_on("patch").head, "towline/policy")->state == forge::StatusState::success);
}

TEST_CASE("/ok-to-test does not hold for what is pushed after it, nor for what is pushed in its second") {
  World world;
  Town& town = world.town();
  const PullNumber number = open_fork(world);
  town.say(number, "bob", "/ok-to-test");
  REQUIRE(town.sandbox->commit_to_fork(kInfra, "patch", {{std::string(kFile), settings(1, "other")}}, "carol", "More"));
  world.settle();
  check_not_rendered(town, number);
  town.clock->advance(std::chrono::seconds(2));
  REQUIRE(town.sandbox->commit_to_fork(kInfra, "patch", {{std::string(kFile), settings(1, "third")}}, "carol", "More"));
  REQUIRE(town.sandbox->comment(kInfra, number, "alice", "/ok-to-test"));
  world.settle();
  check_not_rendered(town, number);
  town.say(number, "alice", "/ok-to-test");
  world.settle();
  CHECK(contains(town.bot_comments(number).front().body, "alice said /ok-to-test of this head"));
}

TEST_CASE("a rendering that takes long is told on the pull request, and its result takes that place") {
  struct Seen {
    std::string comment;
    std::optional<forge::CommitStatus> policy;
    std::optional<forge::CommitStatus> merge;
  };
  std::vector<Seen> seen;
  World* world = nullptr;
  World made(
      sample_files(),
      [&](std::string_view point) {
        if (point != "observed" || world == nullptr) return;
        const Town& town = world->town();
        for (const auto& pull : town.pulls()) {
          const auto comments = town.bot_comments(pull.number);
          if (comments.empty()) continue;
          seen.push_back({comments.front().body, town.status(pull.head, "towline/policy"),
                          town.status(pull.head, "towline/merge")});
        }
      },
      Duration(0));
  world = &made;
  const PullNumber number = open_settings(made, 1);
  REQUIRE_FALSE(seen.empty());
  CHECK(seen.front().comment.starts_with("**Waiting**: Rendering"));
  for (const auto& status : {seen.front().policy, seen.front().merge}) {
    REQUIRE(status);
    CHECK(status->state == forge::StatusState::pending);
    CHECK(contains(status->description, "Rendering"));
  }
  const auto comments = made.town().bot_comments(number);
  REQUIRE(comments.size() == 1);
  CHECK_FALSE(contains(comments.front().body, "Rendering"));
  CHECK(contains(comments.front().body, "settings-0"));
  CHECK_FALSE(
      contains(made.town().status(made.town().pull_on("settings").head, "towline/merge")->description, "Rendering"));
}

TEST_CASE("what was rendered before is rendered again without telling it") {
  std::vector<std::string> told;
  World* world = nullptr;
  World made(
      sample_files(),
      [&](std::string_view point) {
        if (point != "acting:publish-report" || world == nullptr) return;
        told.emplace_back(point);
      },
      Duration(0));
  world = &made;
  commit(made.town(), "kind: [\n");  // cannot be parsed: such results are not kept
  const auto number = made.town().sandbox->open_pull(kInfra, "bob", "settings", "Settings", "");
  REQUIRE(number);
  made.settle();
  CHECK(told.size() == 2);
  REQUIRE(made.engine().reconcile(engine::pull_key("sandbox", kInfra, *number)));
  CHECK(told.size() == 2);
}

TEST_CASE("while a new head is rendered the parts of the old report stay where they are") {
  World made(sample_files(), {}, Duration(0));
  const PullNumber number = open_settings(made, 6);
  const auto before = made.town().bot_comments(number);
  commit(made.town(), settings(6, "word"));
  made.settle();
  const auto after = made.town().bot_comments(number);
  REQUIRE(after.size() == before.size());
  for (std::size_t i = 0; i < after.size(); ++i) CHECK(after[i].id == before[i].id);
}
