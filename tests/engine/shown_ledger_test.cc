#include "engine/shown_ledger.h"

#include <catch2/catch.hpp>

#include "base/crypto.h"
#include "decide/shown.h"

namespace towline::engine {
namespace {

using decide::Shown;

CommitId commit(char digit) { return CommitId(std::string(40, digit)); }
TimePoint second(int s) { return TimePoint(std::chrono::seconds(1'000'000 + s)); }

decide::PullSnapshot pull_at(char head, std::string unseen = "") {
  decide::PullSnapshot snapshot;
  snapshot.forge = "gitea";
  snapshot.repo = {"acme", "infra"};
  snapshot.bot = "towline";
  snapshot.pull.number = {7};
  snapshot.pull.base_branch = "main";
  snapshot.pull.head = commit(head);
  evaluate::Evaluation evaluation;
  evaluation.head = commit(head);
  evaluation.base = commit('a');
  if (!unseen.empty()) evaluation.unseen = {std::move(unseen)};
  snapshot.evaluation = std::move(evaluation);
  return snapshot;
}

forge::Comment by_bot(std::int64_t id, std::string body, int updated) {
  forge::Comment comment;
  comment.id = id;
  comment.author = "Towline";
  comment.body = std::move(body);
  comment.created = second(0);
  comment.updated = second(updated);
  return comment;
}

struct Fixture {
  std::unique_ptr<store::Store> store = store::make_memory_store();
  ShownLedger ledger{Secret("key"), *store};

  /// The report as the bot would post it for that snapshot.
  std::string report(const decide::PullSnapshot& snapshot, const decide::ReportMark& mark = {1, "d1", {}}) const {
    std::string body = "the report\n" + ledger.entry(snapshot) + "\n" + decide::report_marker(mark);
    ledger.seal(snapshot, body);
    return body;
  }
  std::vector<Shown> read(decide::PullSnapshot snapshot, std::vector<forge::Comment> comments) const {
    snapshot.comments = std::move(comments);
    REQUIRE(ledger.read(snapshot));
    return snapshot.shown;
  }
};

Shown of(const decide::PullSnapshot& snapshot, int since) {
  return {snapshot.pull.head, snapshot.evaluation->base, decide::shown_digest(*snapshot.evaluation), second(since)};
}

Shown nothing(char head, int since) { return {commit(head), {}, "", second(since)}; }

}  // namespace

TEST_CASE("what a report shows is known from when the comment got its text, and stays known") {
  const Fixture fixture;
  const auto first = pull_at('b');
  const auto body = fixture.report(first);
  CHECK(fixture.read(first, {}).empty());
  CHECK(fixture.read(first, {by_bot(1, body, 10)}) == std::vector{of(first, 10)});
  // A later edit that shows the same is no news
  CHECK(fixture.read(first, {by_bot(1, body, 20)}) == std::vector{of(first, 10)});
  // Another change is, and the first is not forgotten
  const auto second_one = pull_at('b', "something else");
  const std::vector both = {of(first, 10), of(second_one, 30)};
  CHECK(fixture.read(second_one, {by_bot(1, fixture.report(second_one), 30)}) == both);
  CHECK(fixture.read(second_one, {}) == both);
  // What was shown before is shown again
  CHECK(fixture.read(first, {by_bot(1, body, 40)}) == std::vector{of(first, 10), of(second_one, 30), of(first, 40)});
}

TEST_CASE("with the store lost the report tells what was shown before it") {
  Fixture fixture;
  auto snapshot = pull_at('b', "something else");
  snapshot.shown = {of(pull_at('b'), 10)};
  const auto body = fixture.report(snapshot);
  snapshot.shown.clear();
  CHECK(fixture.read(snapshot, {by_bot(1, body, 30)}) == std::vector{of(pull_at('b'), 10), of(snapshot, 30)});
}

TEST_CASE("a report carries the latest eight entries, and what is older needs the store") {
  Fixture fixture;
  auto snapshot = pull_at('b', "last");
  for (int i = 0; i < 10; ++i) snapshot.shown.push_back(of(pull_at('b', std::to_string(i)), i));
  const auto body = fixture.report(snapshot);
  const auto read = fixture.read(snapshot, {by_bot(1, body, 30)});
  REQUIRE(read.size() == 9);
  CHECK(read.front() == of(pull_at('b', "2"), 2));
  CHECK(read.back() == of(snapshot, 30));
}

TEST_CASE("a report that somebody else wrote or edited shows nothing that can be relied on") {
  const Fixture fixture;
  const auto snapshot = pull_at('b');
  const auto body = fixture.report(snapshot);
  const auto edited = [&](std::string_view from, std::string_view to) {
    std::string text = body;
    return text.replace(text.find(from), from.size(), to);
  };
  const std::vector<std::string> bodies = {
      edited("the report", "Nothing changes"),
      edited(commit('b').str(), commit('c').str()),
      edited("mac=", "mac=0"),
      "the report\n" + decide::report_marker({1, "d1", {}}),
      "the report\n<!-- towline:shown mac=" + std::string(64, '0') + " -->\n" + decide::report_marker({1, "d1", {}}),
  };
  for (const std::string& text : bodies) {
    const Fixture fresh;
    INFO(text);
    CHECK(fresh.read(snapshot, {by_bot(1, text, 10)}) == std::vector{nothing('b', 10)});
  }
  // And after it was restored what it shows counts anew
  CHECK(fixture.read(snapshot, {by_bot(1, body, 10)}).size() == 1);
  CHECK(fixture.read(snapshot, {by_bot(1, bodies[0], 20)}).size() == 2);
  CHECK(fixture.read(snapshot, {by_bot(1, body, 30)}) ==
        std::vector{of(snapshot, 10), nothing('b', 20), of(snapshot, 30)});
}

TEST_CASE("a report of another pull request, target branch or installation proves nothing") {
  const auto snapshot = pull_at('b');
  auto other = snapshot;
  std::string key = "key";
  SECTION("another number") { other.pull.number = {8}; }
  SECTION("another repository") { other.repo.name = "other"; }
  SECTION("another target branch") { other.pull.base_branch = "release"; }
  SECTION("another key") { key = "other"; }
  const Fixture fixture;
  const ShownLedger writer(Secret(key), *fixture.store);
  std::string body = writer.entry(other) + "\n" + decide::report_marker({1, "d1", {}});
  writer.seal(other, body);
  CHECK(fixture.read(snapshot, {by_bot(1, body, 10)}) == std::vector{nothing('b', 10)});
}

TEST_CASE("only the bot's first report comment tells what was shown") {
  const Fixture fixture;
  const auto snapshot = pull_at('b');
  auto foreign = by_bot(1, fixture.report(snapshot), 10);
  foreign.author = "mallory";
  CHECK(fixture.read(snapshot, {foreign}).empty());
  // A later copy of an earlier text does not
  const auto other = pull_at('b', "something else");
  CHECK(fixture.read(other, {by_bot(3, fixture.report(snapshot), 30), by_bot(2, fixture.report(other), 20)}) ==
        std::vector{of(other, 20)});
  CHECK(fixture.read(other, {by_bot(4, "words\n" + decide::reply_marker(1), 40)}).size() == 1);
}

TEST_CASE("while it is being rendered a report shows nothing") {
  const Fixture fixture;
  auto snapshot = pull_at('b');
  snapshot.evaluation.reset();
  CHECK(fixture.read(snapshot, {by_bot(1, fixture.report(snapshot), 10)}) == std::vector{nothing('b', 10)});
  auto stale = pull_at('b');
  stale.evaluation->head = commit('c');
  const Fixture fresh;
  CHECK(fresh.read(stale, {by_bot(1, fresh.report(stale), 10)}) == std::vector{nothing('b', 10)});
}

TEST_CASE("a report of several comments counts when all of them are as the bot wrote them") {
  const auto snapshot = pull_at('b');
  const std::string text = "the second part";
  const std::string digest = sha256_hex(text).substr(0, 16);
  const std::string part = text + "\n" + decide::report_marker({2, digest, {}});
  const auto with = [&](const std::vector<forge::Comment>& more) {
    const Fixture fixture;
    std::vector<forge::Comment> comments = {by_bot(1, fixture.report(snapshot, {1, "d1", {digest}}), 10)};
    comments.insert(comments.end(), more.begin(), more.end());
    return fixture.read(snapshot, comments);
  };
  // Visible since the last of them was there
  CHECK(with({by_bot(2, part, 20)}) == std::vector{of(snapshot, 20)});
  CHECK(with({}) == std::vector{nothing('b', 10)});
  CHECK(with({by_bot(2, "no changes\n" + decide::report_marker({2, digest, {}}), 20)}) ==
        std::vector{nothing('b', 20)});
}

}  // namespace towline::engine
