// What Store remembers beside the queue, for every implementation.
#include "opened.h"

namespace towline::store {

namespace {

Intake push(std::string id, int seconds, std::string tag, std::string digest) {
  return {
      "registry/ci", std::move(id), at(seconds), {}, {{"ghcr.io/acme/pay", std::move(tag), std::move(digest)}}, {}, {}};
}

AuditRecord merge(std::string id, int seconds, std::string why) {
  return {std::move(id), at(seconds), "towline", "merge", "gitea/acme/infra", "12",
          "prod",        "pay",       "abc",     "def",   std::move(why)};
}

std::vector<std::string> ids(const Result<std::vector<AuditRecord>>& records) {
  std::vector<std::string> result;
  for (const AuditRecord& record : records.value()) result.push_back(record.id);
  return result;
}

}  // namespace

TEST_CASE("a pushed image is remembered with its digest and when it was seen") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->take_in(push("1", 10, "1.5.0", "sha256:aa")));
  const auto images = store->seen_images().value();
  REQUIRE(images.size() == 1);
  CHECK(images[0].name == "ghcr.io/acme/pay");
  CHECK(images[0].tag == "1.5.0");
  CHECK(images[0].digest == "sha256:aa");
  CHECK(images[0].seen == at(10));
}

TEST_CASE("a tag that moves has its newest digest and the time of the move") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->take_in(push("1", 10, "latest", "sha256:aa")));
  REQUIRE(store->take_in(push("2", 20, "latest", "sha256:bb")));
  const auto images = store->seen_images().value();
  REQUIRE(images.size() == 1);
  CHECK(images[0].digest == "sha256:bb");
  CHECK(images[0].seen == at(20));
}

TEST_CASE("a push of the same digest, or of none, keeps digest and time") {
  const auto store = open(GENERATE("sqlite", "memory"));
  const std::string digest = GENERATE("sha256:aa", "");
  REQUIRE(store->take_in(push("1", 10, "1.5.0", "sha256:aa")));
  REQUIRE(store->take_in(push("2", 20, "1.5.0", digest)));
  const auto images = store->seen_images().value();
  REQUIRE(images.size() == 1);
  CHECK(images[0].digest == "sha256:aa");
  CHECK(images[0].seen == at(10));
}

TEST_CASE("a digest told later is taken") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->take_in(push("1", 10, "1.5.0", "")));
  REQUIRE(store->take_in(push("2", 20, "1.5.0", "sha256:aa")));
  CHECK(store->seen_images().value()[0].digest == "sha256:aa");
  CHECK(store->seen_images().value()[0].seen == at(20));
}

TEST_CASE("seen images are sorted by name, then tag") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->take_in({"r", "1", at(1), {}, {{"b", "1", ""}, {"a", "2", ""}, {"a", "1", ""}}, {}}));
  const auto images = store->seen_images().value();
  REQUIRE(images.size() == 3);
  CHECK(images[0].name + images[0].tag == "a1");
  CHECK(images[1].name + images[1].tag == "a2");
  CHECK(images[2].name + images[2].tag == "b1");
}

TEST_CASE("edited comments are remembered per pull request, each once") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->take_in({"f", "1", at(1), {}, {}, {{"pull:a", "7"}, {"pull:b", "9"}}}));
  REQUIRE(store->take_in({"f", "2", at(2), {}, {}, {{"pull:a", "7"}, {"pull:a", "8"}}}));
  CHECK(store->edited_comments("pull:a") == std::vector<std::string>{"7", "8"});
  CHECK(store->edited_comments("pull:b") == std::vector<std::string>{"9"});
  CHECK(store->edited_comments("pull:c") == std::vector<std::string>{});
}

TEST_CASE("what was announced waits until its registry was asked, and is kept when it is announced anew meanwhile") {
  const auto store = open(GENERATE("sqlite", "memory"));
  Intake intake{"registry/ci", "d1", at(10), {}, {}, {}, {{"ghcr.io/acme/pay", "1.5.0", "sha256:a"}}};
  REQUIRE(store->take_in(intake));
  CHECK(store->seen_images()->empty());
  const auto announced = store->announced_images().value();
  REQUIRE(announced.size() == 1);
  CHECK(announced[0].tag == "1.5.0");
  CHECK(announced[0].digest == "sha256:a");
  CHECK(announced[0].received == at(10));

  intake.delivery = "d2";
  intake.received = at(20);
  REQUIRE(store->take_in(intake));
  REQUIRE(store->learn_images({{"ghcr.io/acme/pay", "1.5.0", "sha256:b", at(20)}}, announced));
  CHECK(store->announced_images()->size() == 1);
  REQUIRE(store->learn_images({}, store->announced_images().value()));
  CHECK(store->announced_images()->empty());
  CHECK(store->seen_images()->at(0).digest == "sha256:b");
}

TEST_CASE("what two events say differently of a tag waits both, in the order in which they came") {
  const auto store = open(GENERATE("sqlite", "memory"));
  const std::string name = "ghcr.io/acme/pay";
  const auto announce = [&](const std::string& delivery, const std::string& digest) {
    REQUIRE(store->take_in({"registry/ci", delivery, at(10), {}, {}, {}, {{name, "1.5.0", digest}}}));
  };
  const auto digests = [&] {
    std::vector<std::string> all;
    const auto rows = store->announced_images().value();
    for (const auto& row : rows) all.push_back(row.digest);
    return all;
  };
  announce("d1", "sha256:b");
  announce("d2", "sha256:a");
  announce("d3", "");
  CHECK(digests() == std::vector<std::string>{"sha256:b", "sha256:a", ""});
  announce("d4", "sha256:b");
  CHECK(digests() == std::vector<std::string>{"sha256:a", "", "sha256:b"});
  REQUIRE(store->learn_images({}, {store->announced_images()->front()}));
  CHECK(digests() == std::vector<std::string>{"", "sha256:b"});
}

TEST_CASE("a digest that takes the place of another is in the decision log, one that is told late is not") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->take_in(push("d1", 10, "1.5.0", "")));
  REQUIRE(store->take_in(push("d2", 20, "1.5.0", "sha256:a")));
  REQUIRE(store->take_in(push("d3", 30, "1.5.0", "sha256:a")));
  REQUIRE(store->take_in(push("d4", 40, "1.5.0", "")));
  CHECK(store->audit(std::nullopt, std::nullopt)->empty());

  REQUIRE(store->take_in(push("d5", 50, "1.5.0", "sha256:b")));
  REQUIRE(store->take_in(push("d5", 50, "1.5.0", "sha256:b")));
  const auto records = store->audit(std::nullopt, std::nullopt).value();
  REQUIRE(records.size() == 1);
  CHECK(records[0].action == "supersede-digest");
  CHECK(records[0].at == at(50));
  CHECK(records[0].why ==
        "an event said that ghcr.io/acme/pay:1.5.0 is sha256:a; a later one says sha256:b, which counts");
}

TEST_CASE(
    "a digest that a tag had before does not count again when an event names it, and that is in the decision log") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->take_in(push("d1", 10, "1.5.0", "sha256:a")));
  REQUIRE(store->take_in(push("d2", 20, "1.5.0", "sha256:b")));
  REQUIRE(store->take_in(push("d3", 30, "1.5.0", "sha256:c")));
  for (const std::string digest : {"sha256:a", "sha256:b"}) {
    REQUIRE(store->take_in(push("copy-" + digest, 40, "1.5.0", digest)));
    CHECK(store->seen_images()->at(0).digest == "sha256:c");
    CHECK(store->seen_images()->at(0).seen == at(30));
  }
  const auto records = store->audit(at(40), std::nullopt).value();
  REQUIRE(records.size() == 2);
  CHECK(records[0].action == "ignore-old-digest");
  CHECK(records[0].actor == "registry/ci");
  CHECK(records[0].why ==
        "an event said that ghcr.io/acme/pay:1.5.0 is sha256:a, which it was before it became sha256:c. It is ignored, "
        "because a copy of an old event says the same. If the tag did move back, configure the registry as kind 'oci', "
        "so that Towline polls it");
}

TEST_CASE("a digest that a tag had before counts again when its registry or the operator says so") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->learn_images({{"ghcr.io/acme/pay", "1.5.0", "sha256:a", at(10)}}, {}));
  REQUIRE(store->learn_images({{"ghcr.io/acme/pay", "1.5.0", "sha256:b", at(20)}}, {}));
  REQUIRE(store->take_in(push("copy", 30, "1.5.0", "sha256:a")));
  CHECK(store->seen_images()->at(0).digest == "sha256:b");

  REQUIRE(store->learn_images({{"ghcr.io/acme/pay", "1.5.0", "sha256:a", at(40)}}, {}));
  CHECK(store->seen_images()->at(0).digest == "sha256:a");
  REQUIRE(store->take_in(push("copy of b", 50, "1.5.0", "sha256:b")));
  CHECK(store->seen_images()->at(0).digest == "sha256:a");

  Intake by_hand = push("by hand", 60, "1.5.0", "sha256:b");
  by_hand.by_operator = true;
  REQUIRE(store->take_in(by_hand));
  CHECK(store->seen_images()->at(0).digest == "sha256:b");
  CHECK(store->seen_images()->at(0).seen == at(60));
}

TEST_CASE("a digest that is learnt late is no move of its tag, another one is, and has its own time of building") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->take_in(push("d1", 10, "1.5.0", "")));
  REQUIRE(store->learn_images({{"ghcr.io/acme/pay", "1.5.0", "sha256:a", at(20), at(5), "asked in vain"}}, {}));
  auto row = store->seen_images()->at(0);
  CHECK(row.digest == "sha256:a");
  CHECK(row.seen == at(10));
  CHECK(row.created == at(5));
  CHECK(row.unchecked == "asked in vain");
  REQUIRE(store->learn_images({{"ghcr.io/acme/pay", "1.5.0", "", at(25)}}, {}));
  row = store->seen_images()->at(0);
  CHECK(row.digest == "sha256:a");
  CHECK(row.created == at(5));
  CHECK(row.unchecked.empty());
  REQUIRE(store->learn_images({{"ghcr.io/acme/pay", "1.5.0", "sha256:b", at(30)}}, {}));
  row = store->seen_images()->at(0);
  CHECK(row.seen == at(30));
  CHECK_FALSE(row.created);
}

TEST_CASE("an observation is what was last put under its kind and key") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->put("config", "repo:a", "one"));
  REQUIRE(store->put("config", "repo:b", ""));
  REQUIRE(store->put("page", "repo:a", "three"));
  REQUIRE(store->put("config", "repo:a", "two"));
  CHECK(store->get("config", "repo:a").value() == "two");
  CHECK(store->get("config", "repo:b").value() == "");
  CHECK(store->get("page", "repo:a").value() == "three");
  CHECK(store->get("page", "repo:b").value() == std::nullopt);
}

TEST_CASE("an observation keeps every byte") {
  const auto store = open(GENERATE("sqlite", "memory"));
  const std::string bytes("a\0b\xff\n\xe2\x82\xac", 8);
  REQUIRE(store->put("page", "k", bytes));
  CHECK(store->get("page", "k").value() == bytes);
}

TEST_CASE("facts stay as they were first appended, each once, in that order") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->append_facts({{"shown", "pull:1", "two"}, {"shown", "pull:1", "one"}, {"shown", "pull:2", "three"}}));
  REQUIRE(store->append_facts({{"shown", "pull:1", "two"}, {"push", "pull:1", "four"}}));
  CHECK(store->facts("shown", "pull:1").value() == std::vector<std::string>{"two", "one"});
  CHECK(store->facts("push", "pull:1").value() == std::vector<std::string>{"four"});
  CHECK(store->facts("push", "pull:2").value().empty());
}

TEST_CASE("a delivery's facts are taken in with it, and not with a duplicate") {
  const auto store = open(GENERATE("sqlite", "memory"));
  Intake intake = delivery("1", 10, {});
  intake.facts = {{"push", "c1", "alice"}};
  REQUIRE(store->take_in(intake));
  intake.facts = {{"push", "c1", "bob"}};
  REQUIRE(store->take_in(intake).value() == IntakeResult::duplicate);
  CHECK(store->facts("push", "c1").value() == std::vector<std::string>{"alice"});
}

TEST_CASE("the decision log keeps every field") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->append_audit(merge("m1", 10, "approved by alice")));
  const auto records = store->audit(std::nullopt, std::nullopt).value();
  REQUIRE(records.size() == 1);
  const AuditRecord& record = records[0];
  CHECK(record.id == "m1");
  CHECK(record.at == at(10));
  CHECK(record.actor == "towline");
  CHECK(record.action == "merge");
  CHECK(record.repo == "gitea/acme/infra");
  CHECK(record.pull == "12");
  CHECK(record.environment == "prod");
  CHECK(record.service == "pay");
  CHECK(record.from_commit == "abc");
  CHECK(record.to_commit == "def");
  CHECK(record.why == "approved by alice");
}

TEST_CASE("a record written again under its id leaves the first") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->append_audit(merge("m1", 10, "first")));
  REQUIRE(store->append_audit(merge("m1", 20, "second")));
  const auto records = store->audit(std::nullopt, std::nullopt).value();
  REQUIRE(records.size() == 1);
  CHECK(records[0].why == "first");
}

TEST_CASE("the decision log is read oldest first, from since on and before until") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->append_audit(merge("c", 30, "")));
  REQUIRE(store->append_audit(merge("a", 10, "")));
  REQUIRE(store->append_audit(merge("b2", 20, "")));
  REQUIRE(store->append_audit(merge("b1", 20, "")));
  CHECK(ids(store->audit(std::nullopt, std::nullopt)) == std::vector<std::string>{"a", "b2", "b1", "c"});
  CHECK(ids(store->audit(at(20), std::nullopt)) == std::vector<std::string>{"b2", "b1", "c"});
  CHECK(ids(store->audit(std::nullopt, at(20))) == std::vector<std::string>{"a"});
  CHECK(ids(store->audit(at(10), at(30))) == std::vector<std::string>{"a", "b2", "b1"});
}

}  // namespace towline::store
