// What people said, took back, edited and deleted: what of it counts.
#include <catch2/catch.hpp>

#include "base/crypto.h"
#include "decide/ledger.h"
#include "fixture.h"

namespace towline::decide {
namespace {

SeenWord word(Sight sight, const forge::Comment& comment, std::string time = {}) {
  SeenWord made;
  made.sight = sight;
  made.id = comment.id;
  made.author = comment.author;
  made.at = time.empty() ? comment.created : at(time);
  made.seen = made.at;
  made.body_sha256 = sha256_hex(comment.body);
  made.commands = chatops::parse_commands(comment.body);
  return made;
}

SeenWord by(SeenWord made, std::string login) {
  made.by = std::move(login);
  return made;
}

forge::Comment edited(forge::Comment made, std::string body, std::string time) {
  made.body = std::move(body);
  made.updated = at(time);
  made.edited = true;
  return made;
}

const forge::Comment kHold = comment(1, "bob", "2026-11-24T11:00:00Z", "/hold wait for the database");
const forge::Comment kUnhold = comment(2, "carol", "2026-11-24T11:10:00Z", "/unhold");
const forge::Comment kApprove = comment(3, "alice", "2026-11-24T11:20:00Z", "/approve");
const forge::Comment kUnapprove = comment(4, "alice", "2026-11-24T11:30:00Z", "/unapprove");
const forge::Comment kThanks = comment(5, "alice", "2026-11-24T11:00:00Z", "thanks");

struct Story {
  std::string name;
  std::vector<forge::Comment> comments;
  std::vector<SeenWord> words;
  std::vector<forge::Review> reviews = {};
};

PullSnapshot told(const Story& story) {
  PullSnapshot snapshot = bots_pull();
  snapshot.comments = story.comments;
  snapshot.words = story.words;
  snapshot.reviews = story.reviews;
  restore_vanished_reviews(snapshot);
  return snapshot;
}

const std::string kLifts = " Anyone with write access can comment /unhold.";

}  // namespace

TEST_CASE("a hold stays whatever becomes of its comment") {
  struct Case {
    Story story;
    std::string reason;
  };
  const forge::Comment now_thanks = edited(kHold, "thanks", "2026-11-24T11:05:00Z");
  const forge::Comment typo = edited(kHold, "/hold wait for the database!", "2026-11-24T11:05:00Z");
  const forge::Comment edited_in = edited(kThanks, "/hold", "2026-11-24T11:05:00Z");
  const std::string held = "Held by bob: wait for the database";
  const std::vector<Case> cases = {
      {{"delivered and there", {kHold}, {word(Sight::created, kHold)}}, held + "." + kLifts},
      {{"found by looking", {kHold}, {}}, held + "." + kLifts},
      {{"deleted by bob", {}, {word(Sight::created, kHold), by(word(Sight::deleted, kHold), "bob")}},
       held + " (bob deleted the comment; the hold stays)." + kLifts},
      {{"deleted, nobody knows by whom", {}, {word(Sight::looked, kHold)}},
       held + " (someone deleted the comment; the hold stays)." + kLifts},
      {{"edited by mallory",
        {now_thanks},
        {word(Sight::created, kHold), by(word(Sight::edited, now_thanks, "2026-11-24T11:05:00Z"), "mallory")}},
       held + " (mallory edited the comment; the hold stays)." + kLifts},
      {{"its creation was not delivered, its edit was",
        {now_thanks},
        {word(Sight::replaced, kHold, "2026-11-24T11:05:00Z")}},
       held + " (someone edited the comment; the hold stays)." + kLifts},
      {{"a typo of it corrected", {typo}, {word(Sight::created, kHold)}},
       "Held by bob: wait for the database!." + kLifts},
      {{"edited in", {edited_in}, {}}, "Held by alice." + kLifts},
      {{"edited in after /unhold",
        {edited(kThanks, "/hold", "2026-11-24T11:15:00Z"), kUnhold},
        {word(Sight::created, kUnhold)}},
       "Held by alice." + kLifts},
      {{"edited in within the second of /unhold",
        {edited(kThanks, "/hold", "2026-11-24T11:10:00Z"), kUnhold},
        {word(Sight::created, kUnhold)}},
       "Held by alice." + kLifts},
      {{"from the ledger", {}, {word(Sight::ledger, kHold)}},
       held + " (someone deleted the comment; the hold stays)." + kLifts},
      {{"/unhold was found by looking", {kHold, kUnhold}, {word(Sight::created, kHold)}}, held + "." + kLifts},
      {{"/unhold was deleted", {kHold}, {word(Sight::created, kHold), word(Sight::created, kUnhold)}},
       held + "." + kLifts},
      {{"/unhold was edited in",
        {kHold, edited(kThanks, "/unhold", "2026-11-24T11:05:00Z")},
        {word(Sight::created, kHold), word(Sight::created, kThanks)}},
       held + "." + kLifts},
  };
  for (const Case& one : cases) {
    INFO(one.story.name);
    const PullDecision decision = decide_pull(told(one.story), at(kNow));
    CHECK(gate(decision, "hold").state == GateState::closed);
    CHECK(gate(decision, "hold").reason == one.reason);
    CHECK(actions_of<Merge>(decision.plan).empty());
  }
}

TEST_CASE("a hold ends by a new /unhold, also when its comment is gone") {
  const std::vector<Story> stories = {
      {"there", {kHold, kUnhold}, {word(Sight::created, kHold), word(Sight::created, kUnhold)}},
      {"deleted", {kUnhold}, {word(Sight::created, kHold), word(Sight::created, kUnhold)}},
      {"in the ledger alone", {kUnhold}, {word(Sight::ledger, kHold), word(Sight::created, kUnhold)}},
      {"the text before an edit is one that was known",
       {edited(kHold, "thanks", "2026-11-24T11:20:00Z"), kUnhold},
       {word(Sight::created, kHold), word(Sight::created, kUnhold),
        word(Sight::replaced, kHold, "2026-11-24T11:20:00Z")}},
  };
  for (const Story& story : stories) {
    INFO(story.name);
    CHECK(gate(decide_pull(told(story), at(kNow)), "hold").state == GateState::open);
  }
}

TEST_CASE("an approval counts only as it was created, from a signed delivery, and while it is there") {
  struct Case {
    Story story;
    bool approved;
  };
  const forge::Comment quick = comment(3, "alice", "2026-11-24T11:20:00Z", "looks fine");
  SeenWord other = word(Sight::created, kApprove);
  other.author = "carol";
  const std::vector<Case> cases = {
      {{"delivered", {kApprove}, {word(Sight::created, kApprove)}}, true},
      {{"found by looking", {kApprove}, {}}, false},
      {{"found by looking, and recorded so", {kApprove}, {word(Sight::looked, kApprove)}}, false},
      {{"edited in within its second, the webhook of the edit lost", {kApprove}, {word(Sight::created, quick)}}, false},
      {{"edited in", {edited(quick, "/approve", "2026-11-24T11:25:00Z")}, {word(Sight::created, quick)}}, false},
      {{"edited in, and the edit was delivered",
        {edited(quick, "/approve", "2026-11-24T11:25:00Z")},
        {word(Sight::edited, kApprove, "2026-11-24T11:25:00Z")}},
       false},
      {{"the delivery was of another author's comment", {kApprove}, {other}}, false},
      {{"deleted", {}, {word(Sight::created, kApprove)}}, false},
      {{"taken back", {kApprove, kUnapprove}, {word(Sight::created, kApprove), word(Sight::created, kUnapprove)}},
       false},
      {{"taken back, and that comment deleted",
        {kApprove},
        {word(Sight::created, kApprove), word(Sight::created, kUnapprove)}},
       false},
      {{"taken back, and that comment edited",
        {kApprove, edited(kUnapprove, "thanks", "2026-11-24T11:31:00Z")},
        {word(Sight::created, kApprove), word(Sight::created, kUnapprove)}},
       false},
      {{"a review", {}, {}, {review(1, "alice", forge::ReviewState::approved, 'b', "2026-11-24T11:20:00Z")}}, true},
      {{"a review, taken back in a comment that is deleted",
        {},
        {word(Sight::created, kUnapprove)},
        {review(1, "alice", forge::ReviewState::approved, 'b', "2026-11-24T11:20:00Z")}},
       false},
  };
  for (const Case& one : cases) {
    INFO(one.story.name);
    const PullDecision decision = decide_pull(told(one.story), at(kNow));
    CHECK((gate(decision, "approvals").state == GateState::open) == one.approved);
    CHECK(actions_of<Merge>(decision.plan).empty() != one.approved);
  }
}

TEST_CASE("commands of one comment count in the order in which they stand there") {
  struct Case {
    std::string body;
    bool held;
  };
  for (const Case& one : {Case{"/hold\n/unhold", false}, Case{"/unhold\n/hold", true}}) {
    INFO(one.body);
    const forge::Comment both = comment(1, "bob", "2026-11-24T11:00:00Z", one.body);
    const PullSnapshot snapshot = told({"", {both}, {word(Sight::created, both)}});
    CHECK((gate(decide_pull(snapshot, at(kNow)), "hold").state == GateState::closed) == one.held);
  }
}

TEST_CASE("the report tells of an /unapprove whose comment is gone") {
  const PullSnapshot snapshot =
      told({"", {}, {word(Sight::created, kUnapprove), by(word(Sight::deleted, kUnapprove), "bob")}});
  CHECK(decide_pull(snapshot, at(kNow)).conclusion.notes ==
        std::vector<std::string>{"bob deleted the comment in which alice said /unapprove; it still counts."});
}

TEST_CASE("requested changes stay when the review vanishes, and end when it was dismissed or followed by an approval") {
  SeenWord objection;
  objection.sight = Sight::review;
  objection.id = 9;
  objection.author = "alice";
  objection.at = at("2026-11-24T11:00:00Z");
  objection.head = commit('b');
  PullSnapshot snapshot = told({"", {}, {objection}});
  PullDecision decision = decide_pull(snapshot, at(kNow));
  CHECK(gate(decision, "approvals").state == GateState::closed);
  CHECK(decision.conclusion.notes ==
        std::vector<std::string>{"The review in which alice requested changes is gone; it still counts until "
                                 "alice approves."});
  SECTION("dismissed before it vanished") {
    SeenWord dismissal = objection;
    dismissal.sight = Sight::dismissal;
    snapshot = told({"", {}, {objection, dismissal}});
    CHECK(gate(decide_pull(snapshot, at(kNow)), "approvals").state == GateState::waiting);
  }
  SECTION("approved since") {
    snapshot =
        told({"", {}, {objection}, {review(10, "alice", forge::ReviewState::approved, 'b', "2026-11-24T11:30:00Z")}});
    CHECK(gate(decide_pull(snapshot, at(kNow)), "approvals").reason == "Approved by alice.");
  }
}

TEST_CASE("what permits and was found by looking is answered once its webhook had a minute to arrive") {
  struct Case {
    std::string body;
    std::string answer;
  };
  const std::string lost =
      "Towline did not receive the webhook for this comment, so it cannot tell whether it was "
      "edited. Please repeat ";
  for (const Case& one :
       {Case{"/approve", lost + "`/approve` in a new comment. A review that approves counts without a "
                                "webhook."},
        Case{"/unhold", lost + "`/unhold` in a new comment."}, Case{"/merge", lost + "`/merge` in a new comment."},
        Case{"/ok-to-test", lost + "`/ok-to-test` in a new comment."}}) {
    INFO(one.body);
    PullSnapshot snapshot = told({"", {comment(1, "alice", "2026-11-24T11:59:30Z", one.body)}, {}});
    const Plan early = decide_pull(snapshot, at(kNow)).plan;
    CHECK(actions_of<Reply>(early).empty());
    CHECK(early.look_again == at("2026-11-24T12:00:30Z"));
    const auto replies = actions_of<Reply>(decide_pull(snapshot, at("2026-11-24T12:00:30Z")).plan);
    REQUIRE(replies.size() == 1);
    CHECK(replies[0].body == one.answer + "\n\n" + reply_marker(1) + "\n");
    snapshot.words = {word(Sight::created, snapshot.comments[0])};
    for (const Reply& reply : actions_of<Reply>(decide_pull(snapshot, at("2026-11-24T12:00:30Z")).plan)) {
      CHECK(reply.body.find("webhook") == std::string::npos);
    }
  }
}

TEST_CASE("after the records were lost nothing said before counts, and a writer other than the author must speak") {
  SeenWord lost;
  lost.sight = Sight::lost;
  lost.at = at("2026-11-24T11:30:00Z");
  const auto approval = [](std::string login, const std::string& time) {
    return review(1, std::move(login), forge::ReviewState::approved, 'b', time);
  };
  PullSnapshot snapshot = told({"", {}, {lost}, {approval("alice", "2026-11-24T11:00:00Z")}});
  snapshot.pull.author = "bob";
  PullDecision decision = decide_pull(snapshot, at(kNow));
  CHECK(gate(decision, "hold").reason ==
        "Towline lost its records of this pull request, and its report was edited or deleted meanwhile, so it cannot "
        "tell whether someone holds it. Someone with write access other than bob must comment /unhold; an approval "
        "alone does not end this.");
  CHECK(decision.conclusion.approvals.empty());
  for (const std::string author : {"bob", "mallory", "towline"}) {
    INFO(author);
    const forge::Comment unhold = comment(2, author, "2026-11-24T11:40:00Z", "/unhold");
    snapshot.comments = {unhold};
    snapshot.words = {lost, word(Sight::created, unhold)};
    CHECK(gate(decide_pull(snapshot, at(kNow)), "hold").state == GateState::closed);
  }
  SECTION("/unhold") {
    const forge::Comment unhold = comment(2, "carol", "2026-11-24T11:40:00Z", "/unhold");
    snapshot.comments = {unhold};
    snapshot.words = {lost, word(Sight::created, unhold)};
    decision = decide_pull(snapshot, at(kNow));
    CHECK(gate(decision, "hold").state == GateState::open);
    CHECK(decision.conclusion.approvals.empty());
  }
  SECTION("an approval counts, and leaves the hold that may be there") {
    snapshot.comments.clear();
    snapshot.reviews = {approval("alice", "2026-11-24T11:40:00Z")};
    decision = decide_pull(snapshot, at(kNow));
    CHECK(gate(decision, "hold").state == GateState::closed);
    CHECK(decision.conclusion.approvals.size() == 1);
    const forge::Comment approve = comment(2, "alice", "2026-11-24T11:40:00Z", "/approve");
    snapshot.comments = {approve};
    snapshot.words = {lost, word(Sight::created, approve)};
    CHECK(gate(decide_pull(snapshot, at(kNow)), "hold").state == GateState::closed);
  }
}

TEST_CASE("the ledger carries what restrains, and nothing else") {
  const auto objection = review(7, "carol", forge::ReviewState::changes_requested, 'b', "2026-11-24T11:20:00Z");
  const PullSnapshot snapshot = told(
      {"", {kHold, kApprove, kUnapprove}, {word(Sight::created, kHold), word(Sight::created, kApprove)}, {objection}});
  const std::string ledger = decide_pull(snapshot, at(kNow)).conclusion.ledger;
  const auto words = read_ledger(ledger);
  REQUIRE(words);
  REQUIRE(words->size() == 3);
  CHECK((*words)[0].sight == Sight::ledger);
  CHECK((*words)[0].id == 1);
  CHECK((*words)[0].author == "bob");
  CHECK((*words)[0].commands ==
        std::vector<chatops::Command>{{chatops::CommandKind::hold, "hold", "wait for the database"}});
  CHECK((*words)[1].commands[0].kind == chatops::CommandKind::unapprove);
  CHECK((*words)[2].sight == Sight::review);
  CHECK((*words)[2].id == 7);

  // With nothing but the ledger, the same restrains.
  const PullDecision decision = decide_pull(told({"", {}, *words}), at(kNow));
  CHECK(gate(decision, "hold").state == GateState::closed);
  CHECK(gate(decision, "approvals").state == GateState::closed);
  CHECK(decision.conclusion.ledger == ledger);

  CHECK(decide_pull(told({"", {kHold, kUnhold}, {word(Sight::created, kUnhold)}}), at(kNow)).conclusion.ledger.empty());
  const std::string report = "text\n" + ledger_marker(ledger) + "\n" + report_marker({1, "abc", {}});
  CHECK(find_ledger(report) == ledger);
  CHECK(find_report_mark(report) == ReportMark{1, "abc", {}});
  CHECK(ledger_marker("").empty());
  for (const std::string quoted : {"text <!-- towline:ledger abc -->\n", "<!-- towline:ledger abc -->\ntext\n",
                                   "<!-- towline:ledger abc -->\n<!-- towline:shown x -->\n"}) {
    CHECK(find_ledger(quoted + report_marker({1, "abc", {}})).empty());
  }
}

TEST_CASE("a ledger that would be too large says that the records are lost, which restrains more") {
  PullSnapshot snapshot = bots_pull();
  for (int i = 0; i < 100; ++i) {
    const std::string login = "user" + std::to_string(i);
    snapshot.writers.insert(login);
    snapshot.comments.push_back(comment(i + 1, login, "2026-11-24T11:00:00Z", "/unapprove"));
  }
  const auto words = read_ledger(decide_pull(snapshot, at(kNow)).conclusion.ledger);
  REQUIRE(words);
  REQUIRE(words->size() == 1);
  CHECK((*words)[0].sight == Sight::lost);
  CHECK((*words)[0].at == at("2026-11-24T11:00:00Z"));
}

TEST_CASE("a ledger that cannot be read is told from one that is empty") {
  CHECK(read_ledger("")->empty());
  for (const std::string text :
       {"{}", "[1]", "[{}]", R"([{"kind":"approve","user":"a","id":1,"at":"2026-11-24T11:00:00Z"}])"}) {
    INFO(text);
    CHECK_FALSE(read_ledger(base64_encode(text)));
  }
  CHECK_FALSE(read_ledger("***"));
}

}  // namespace towline::decide
