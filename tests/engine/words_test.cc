// What is recorded of what people say, and how the bot knows its own comments.
#include "engine/words.h"

#include <catch2/catch.hpp>

#include "base/crypto.h"
#include "decide/decide.h"
#include "decide/ledger.h"
#include "engine/own_comments.h"
#include "store/store.h"

namespace towline::engine {
namespace {

using decide::SeenWord;
using decide::Sight;

TimePoint at(std::string_view time) { return parse_time(time).value(); }
const TimePoint kSeen = at("2026-11-24T11:00:05Z");

forge::CommentEvent event(forge::CommentEvent::Kind kind, std::string body, std::string before = {}) {
  forge::CommentEvent made;
  made.kind = kind;
  made.id = 7;
  made.author = "alice";
  made.body = std::move(body);
  made.before = std::move(before);
  made.created = at("2026-11-24T11:00:00Z");
  made.updated = kind == forge::CommentEvent::Kind::created ? made.created : at("2026-11-24T11:00:03Z");
  made.head = CommitId(std::string(40, 'b'));
  return made;
}

std::vector<std::string> in_short(const std::vector<SeenWord>& words) {
  std::vector<std::string> all;
  for (const SeenWord& word : words) {
    std::string text = std::string(to_string(word.sight)) + " by '" + word.by + "'";
    for (const auto& command : word.commands) text += " /" + command.name + " " + command.arguments;
    all.push_back(text);
  }
  return all;
}

}  // namespace

TEST_CASE("a delivery about a comment tells what was said, what was said before, and who changed it") {
  using Kind = forge::CommentEvent::Kind;
  struct Case {
    forge::CommentEvent event;
    std::string sender;
    std::vector<std::string> words;
  };
  const std::vector<Case> cases = {
      {event(Kind::created, "/hold wait\nplease"), "alice", {"created by 'alice' /hold wait"}},
      {event(Kind::created, "thanks"), "alice", {}},
      {event(Kind::edited, "thanks", "/hold"), "bob", {"edited by 'bob'", "replaced by '' /hold "}},
      {event(Kind::edited, "/hold", "thanks"), "alice", {"edited by 'alice' /hold "}},
      {event(Kind::edited, "thanks", "/approve"), "alice", {"edited by 'alice'"}},
      {event(Kind::edited, "thank you", "thanks"), "alice", {}},
      {event(Kind::edited, "thank you", "thanks"), "bob", {"edited by 'bob'"}},
      {event(Kind::deleted, "/hold"), "bob", {"deleted by 'bob'", "edited by '' /hold "}},
      {event(Kind::deleted, "/approve"), "alice", {"deleted by 'alice'"}},
  };
  for (const Case& one : cases) {
    INFO(one.event.body + " " + one.sender);
    CHECK(in_short(words_of(one.event, one.sender, kSeen)) == one.words);
  }
}

TEST_CASE("a recorded word is read back as it was") {
  auto store = store::make_memory_store();
  for (const auto& [kind, body] : {std::pair{forge::CommentEvent::Kind::created, "/Hold \xe2\x82\xac \"x\"\n/approve"},
                                   std::pair{forge::CommentEvent::Kind::deleted, "/unapprove"}}) {
    const auto words = words_of(event(kind, body), "bob", kSeen);
    std::vector<store::Fact> facts;
    for (const SeenWord& word : words) facts.push_back(fact_of(std::string("pull:") + body, word));
    REQUIRE(store->append_facts(facts));
    CHECK(recorded_words(*store, std::string("pull:") + body).value() == words);
  }
  REQUIRE(store->append_facts({{"word", "pull:broken", "{\"sight\":\"dreamt\"}"}}));
  const auto broken = recorded_words(*store, "pull:broken");
  REQUIRE_FALSE(broken);
  CHECK(broken.error().kind == ErrorKind::internal);
}

namespace {

const TimePoint kStored = at("2026-11-24T11:00:00Z");
/// The sequence number of what is sealed that many milliseconds after kStored.
std::int64_t sequence_at(std::int64_t milliseconds) { return kStored.time_since_epoch().count() + milliseconds; }

/// One pull request whose comments are looked at again and again.
struct Looking {
  std::unique_ptr<store::Store> store = store::make_memory_store();
  Secret key{"key"};
  decide::Sealer sealer = sealer_for(key, "gitea", {"acme", "infra"}, {12});
  decide::PullSnapshot snapshot;
  OwnComments records{*store, "pull:gitea/acme/infra#12"};

  Looking() {
    snapshot.forge = "gitea";
    snapshot.repo = {"acme", "infra"};
    snapshot.bot = "towline";
    snapshot.pull.number = {12};
    snapshot.pull.head = CommitId(std::string(40, 'b'));
  }

  void look() {
    snapshot.words = recorded_words(*store, "pull:gitea/acme/infra#12").value();
    for (const SeenWord& word : words_found(snapshot, kSeen)) {
      REQUIRE(store->append_facts({fact_of("pull:gitea/acme/infra#12", word)}));
      snapshot.words.push_back(word);
    }
    REQUIRE(read_own_comments(*store, sealer, kSeen, snapshot));
  }

  void write(std::int64_t id, std::string_view text, std::int64_t milliseconds, bool recorded = true) {
    const std::int64_t sequence = sequence_at(milliseconds);
    const std::string body = sealer.sealed(text, sequence);
    put(id, body);
    if (recorded) REQUIRE(records.remember(id, {sequence, sha256_hex(body), {1, 0, {}}}));
  }

  void put(std::int64_t id, std::string_view body, Duration later = {}) {
    std::erase_if(snapshot.comments, [&](const auto& comment) { return comment.id == id; });
    forge::Comment comment;
    comment.id = id;
    comment.author = "towline";
    comment.body = body;
    comment.created = kStored;
    comment.updated = kStored + later;
    comment.edited = later > Duration{};
    snapshot.comments.push_back(comment);
  }

  std::size_t count(Sight sight) const {
    return static_cast<std::size_t>(std::count_if(snapshot.words.begin(), snapshot.words.end(),
                                                  [&](const SeenWord& word) { return word.sight == sight; }));
  }
};

std::string report(std::string_view text) { return std::string(text) + "\n" + decide::report_marker({1, "abc", {}}); }

}  // namespace

TEST_CASE("what restrains and is found by looking is recorded once, a review with what became of it") {
  Looking looking;
  forge::Comment hold;
  hold.id = 7;
  hold.author = "alice";
  hold.body = "/hold";
  hold.created = hold.updated = at("2026-11-24T11:00:00Z");
  looking.snapshot.comments = {hold};
  looking.snapshot.reviews = {{3, "bob", forge::ReviewState::changes_requested, {}, hold.created}};
  looking.look();
  looking.look();
  CHECK(looking.snapshot.words.size() == 2);
  looking.snapshot.reviews[0].state = forge::ReviewState::dismissed;
  looking.look();
  looking.look();
  CHECK(looking.snapshot.words.size() == 3);
  CHECK(looking.count(Sight::dismissal) == 1);
}

TEST_CASE("the bot knows its own text, also one whose record did not reach the store") {
  Looking looking;
  looking.write(1, report("first"), 10);
  looking.look();
  CHECK(looking.snapshot.foreign.empty());
  looking.write(1, report("second"), 11, false);
  looking.look();
  CHECK(looking.snapshot.foreign.empty());
  CHECK(looking.count(Sight::foreign_edit) == 0);
}

TEST_CASE(
    "somebody else's text is noticed: another one, an older one of the bot, one sealed for another pull request") {
  const decide::Sealer other = sealer_for(Secret("key"), "gitea", {"acme", "infra"}, {13});
  const decide::Sealer right = sealer_for(Secret("key"), "gitea", {"acme", "infra"}, {12});
  for (const std::string& body :
       {std::string("Nothing changes."), right.sealed(report("older"), sequence_at(9)),
        right.sealed(report("of the same time"), sequence_at(10)), other.sealed(report("new"), sequence_at(99))}) {
    INFO(body);
    Looking looking;
    looking.write(1, report("first"), 10);
    looking.look();
    looking.put(1, body);
    looking.look();
    looking.look();
    CHECK(looking.snapshot.foreign == std::set<std::int64_t>{1});
    CHECK(looking.count(Sight::foreign_edit) == 1);
    CHECK(looking.count(Sight::lost) == 0);
  }
}

TEST_CASE("the bot's text from before its records were lost is protected again from the first look on") {
  Looking looking;
  looking.write(1, report("first"), 10, false);
  looking.write(2, "answer\n" + decide::reply_marker(5), 11, false);
  looking.look();
  CHECK(looking.snapshot.own.at(1).part == 1);
  CHECK(looking.snapshot.own.at(2).reply_to == 5);
  looking.put(2, "Nothing.");
  looking.look();
  CHECK(looking.snapshot.foreign == std::set<std::int64_t>{2});
  CHECK(looking.snapshot.own.at(2).body == "answer\n" + decide::reply_marker(5) + "\n");
}

TEST_CASE("one sealed comment of the bot in the place of another is a foreign text") {
  Looking looking;
  looking.write(1, report("first"), 10);
  looking.write(2, "answer\n" + decide::reply_marker(5), 11, false);
  looking.look();
  const std::string answer = looking.snapshot.comments.back().body;
  looking.put(1, answer);
  looking.look();
  CHECK(looking.snapshot.foreign == std::set<std::int64_t>{1});
}

TEST_CASE("what somebody else says with the bot's account is left alone") {
  Looking looking;
  looking.put(3, "a plan of another tool");
  looking.look();
  looking.look();
  CHECK(looking.snapshot.foreign.empty());
  CHECK(looking.count(Sight::lost) == 0);
}

TEST_CASE("a comment of the bot that is gone is noticed once, unless the bot deleted it") {
  Looking looking;
  looking.write(1, report("first"), 10);
  looking.look();
  looking.snapshot.comments.clear();
  SECTION("somebody") {
    looking.look();
    looking.look();
    CHECK(looking.count(Sight::foreign_deletion) == 1);
  }
  SECTION("the bot") {
    SeenWord deletion{Sight::deleted, 1, "towline", "towline", kSeen, kSeen, {}, {}, {}};
    REQUIRE(looking.store->append_facts({fact_of("pull:gitea/acme/infra#12", deletion)}));
    looking.look();
    CHECK(looking.count(Sight::foreign_deletion) == 0);
  }
}

TEST_CASE("a store that knows nothing takes the ledger of an authentic report, and else the records are lost") {
  const auto ledger_of_hold = [] {
    return base64_encode(R"([{"kind":"hold","user":"alice","id":7,"at":"2026-11-24T11:00:00Z","why":"wait"}])");
  };
  Looking looking;
  const std::string body = report("first\n" + decide::ledger_marker(ledger_of_hold()));
  SECTION("authentic") {
    looking.write(1, body, 10, false);
    looking.look();
    looking.look();
    CHECK(looking.count(Sight::ledger) == 1);
    CHECK(looking.count(Sight::lost) == 0);
  }
  SECTION("not authentic") {
    looking.put(1, body);
    looking.look();
    CHECK(looking.count(Sight::ledger) == 0);
    CHECK(looking.count(Sight::lost) == 1);
    CHECK(looking.snapshot.foreign == std::set<std::int64_t>{1});
    // It stays lost when the report is mended.
    looking.write(1, report("mended"), 11);
    looking.look();
    CHECK(looking.count(Sight::lost) == 1);
  }
  SECTION("deleted, the answers are there") {
    looking.write(2, "answer\n" + decide::reply_marker(5), 10, false);
    looking.look();
    CHECK(looking.count(Sight::lost) == 1);
  }
  SECTION("deleted, the statuses are there") {
    looking.snapshot.page_url = "http://towline.example/pulls/12";
    looking.snapshot.statuses = {{"towline/merge", forge::StatusState::pending, "", looking.snapshot.page_url}};
    looking.look();
    CHECK(looking.count(Sight::lost) == 1);
  }
  SECTION("statuses of another pull request with the same head") {
    looking.snapshot.page_url = "http://towline.example/pulls/12";
    looking.snapshot.statuses = {{"towline/merge", forge::StatusState::pending, "", "http://towline.example/pulls/9"}};
    looking.look();
    CHECK(looking.count(Sight::lost) == 0);
  }
  SECTION("never looked at before") {
    looking.look();
    CHECK(looking.count(Sight::lost) == 0);
  }
  SECTION("a report of an earlier version, and a store that knows the pull request") {
    REQUIRE(looking.store->put("page", "pull:gitea/acme/infra#12", "<html>"));
    looking.put(1, report("unsealed"));
    looking.look();
    CHECK(looking.count(Sight::lost) == 0);
    CHECK(looking.snapshot.foreign.empty());
  }
}

TEST_CASE("an authentic report that was put back long after it was sealed proves nothing when the records are lost") {
  Looking looking;
  const std::string body = looking.sealer.sealed(report("every gate is open"), sequence_at(0));
  struct Case {
    std::chrono::seconds later;
    bool proves;
  };
  const Case one = GENERATE(Case{std::chrono::seconds(0), true}, Case{std::chrono::seconds(60), true},
                            Case{std::chrono::seconds(61), false}, Case{std::chrono::hours(24), false});
  INFO(one.later.count());
  looking.put(1, body, one.later);
  looking.look();
  looking.look();
  CHECK(looking.count(Sight::lost) == (one.proves ? 0 : 1));
  CHECK(looking.count(Sight::foreign_edit) == (one.proves ? 0 : 1));
  CHECK(looking.snapshot.foreign.contains(1) == !one.proves);
}

TEST_CASE("an older report that was put back still restrains") {
  Looking looking;
  const auto ledger = base64_encode(R"([{"kind":"hold","user":"alice","id":7,"at":"2026-11-24T11:00:00Z","why":""}])");
  looking.put(1, looking.sealer.sealed(report("held\n" + decide::ledger_marker(ledger)), sequence_at(0)),
              std::chrono::minutes(2));
  looking.look();
  CHECK(looking.count(Sight::ledger) == 1);
  CHECK(looking.count(Sight::lost) == 1);
}

TEST_CASE("a report newer than an old copy of the store counts only when it was sealed as it was stored") {
  Looking looking;
  looking.write(1, report("first"), 0);
  looking.look();
  looking.put(1, looking.sealer.sealed(report("second"), sequence_at(10)), std::chrono::minutes(2));
  looking.look();
  CHECK(looking.snapshot.foreign == std::set<std::int64_t>{1});
  CHECK(looking.count(Sight::foreign_edit) == 1);
}

}  // namespace towline::engine
