// The queue's contract, for every implementation of Store.
#include "opened.h"

namespace towline::store {

namespace {

const std::string kPull = "pull:gitea/acme/infra#12";
const std::string kRepo = "repo:gitea/acme/infra";

}  // namespace

TEST_CASE("a delivery makes its keys due at the time it was received") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->take_in(delivery("d1", 10, {kPull, kRepo})) == IntakeResult::accepted);
  CHECK(store->queue_length() == 2);
  CHECK(store->next_due() == at(10));
  CHECK(store->claim(at(9), at(60)).value() == std::nullopt);
  CHECK(store->claim(at(10), at(60)).value()->key == kPull);
  CHECK(store->claim(at(10), at(60)).value()->key == kRepo);
  CHECK(store->claim(at(10), at(60)).value() == std::nullopt);
}

TEST_CASE("a delivery taken in twice changes nothing the second time") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->take_in(delivery("d1", 10, {kPull})) == IntakeResult::accepted);
  const auto claim = store->claim(at(10), at(60)).value();
  REQUIRE(store->finish(*claim, std::nullopt));
  CHECK(store->take_in(delivery("d1", 20, {kPull, kRepo})) == IntakeResult::duplicate);
  CHECK(store->queue_length() == 0);
}

TEST_CASE("the same delivery id from two sources is two deliveries") {
  const auto store = open(GENERATE("sqlite", "memory"));
  CHECK(store->take_in({"forge/a", "1", at(1), {}, {}, {}}) == IntakeResult::accepted);
  CHECK(store->take_in({"forge/b", "1", at(1), {}, {}, {}}) == IntakeResult::accepted);
}

TEST_CASE("a forgotten delivery is accepted again, a newer one is still a duplicate") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->take_in(delivery("old", 10, {})));
  REQUIRE(store->take_in(delivery("new", 20, {})));
  REQUIRE(store->forget_deliveries(at(20)));
  CHECK(store->take_in(delivery("old", 30, {})) == IntakeResult::accepted);
  CHECK(store->take_in(delivery("new", 30, {})) == IntakeResult::duplicate);
}

TEST_CASE("of several times a key is made due, the earliest wins") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->make_due({kPull}, at(30)));
  REQUIRE(store->make_due({kPull}, at(10)));
  REQUIRE(store->make_due({kPull}, at(20)));
  CHECK(store->queue_length() == 1);
  CHECK(store->next_due() == at(10));
}

TEST_CASE("the longest-due key is claimed first") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->make_due({"a"}, at(3)));
  REQUIRE(store->make_due({"b"}, at(1)));
  REQUIRE(store->make_due({"c"}, at(2)));
  CHECK(store->claim(at(5), at(60)).value()->key == "b");
  CHECK(store->claim(at(5), at(60)).value()->key == "c");
  CHECK(store->claim(at(5), at(60)).value()->key == "a");
}

TEST_CASE("a finished key is gone") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->make_due({kPull}, at(1)));
  const auto claim = store->claim(at(1), at(60)).value();
  REQUIRE(store->finish(*claim, std::nullopt));
  CHECK(store->queue_length() == 0);
  CHECK(store->next_due().value() == std::nullopt);
}

TEST_CASE("a key finished with a time to look again is due then") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->make_due({kPull}, at(1)));
  const auto claim = store->claim(at(1), at(60)).value();
  REQUIRE(store->finish(*claim, at(50)));
  CHECK(store->next_due() == at(50));
}

TEST_CASE("a key made due while it is held is due again once it is finished") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->make_due({kPull}, at(1)));
  const auto claim = store->claim(at(1), at(60)).value();
  REQUIRE(store->take_in(delivery("d1", 5, {kPull})));
  CHECK(store->claim(at(6), at(60)).value() == std::nullopt);
  REQUIRE(store->finish(*claim, at(50)));
  CHECK(store->next_due() == at(5));
  CHECK(store->claim(at(6), at(60)).value()->key == kPull);
}

TEST_CASE("a time to look again that was asked for before the claim is not lost by it") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->make_due({kPull}, at(1)));
  const auto claim = store->claim(at(1), at(10)).value();
  REQUIRE(store->make_due({kPull}, at(100)));
  const auto after_lease = store->claim(at(10), at(60)).value();
  REQUIRE(store->finish(*after_lease, std::nullopt));
  CHECK(store->next_due() == at(100));
}

TEST_CASE("a failed key is due again later with one more attempt counted, until it is finished") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->make_due({kPull}, at(1)));
  const auto first = store->claim(at(1), at(60)).value();
  CHECK(first->attempts == 0);
  REQUIRE(store->retry(*first, at(5)));
  CHECK(store->claim(at(4), at(60)).value() == std::nullopt);
  const auto second = store->claim(at(5), at(60)).value();
  CHECK(second->attempts == 1);
  REQUIRE(store->retry(*second, at(9)));
  const auto third = store->claim(at(9), at(60)).value();
  CHECK(third->attempts == 2);
  REQUIRE(store->finish(*third, at(20)));
  CHECK(store->claim(at(20), at(60)).value()->attempts == 0);
}

TEST_CASE("a webhook brings the retry of a failed key forward") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->make_due({kPull}, at(1)));
  const auto claim = store->claim(at(1), at(60)).value();
  REQUIRE(store->retry(*claim, at(500)));
  REQUIRE(store->take_in(delivery("d1", 5, {kPull})));
  CHECK(store->next_due() == at(5));
}

TEST_CASE("a released key is back as if it had never been claimed") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->make_due({kPull}, at(1)));
  const auto claim = store->claim(at(1), at(60)).value();
  REQUIRE(store->retry(*claim, at(2)));
  const auto again = store->claim(at(3), at(60)).value();
  REQUIRE(store->release(*again));
  CHECK(store->next_due() == at(2));
  CHECK(store->claim(at(3), at(60)).value()->attempts == 1);
}

TEST_CASE("a held key can be claimed by another once its lease has run out") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->make_due({kPull}, at(1)));
  REQUIRE(store->claim(at(1), at(60)).value());
  CHECK(store->next_due() == at(60));
  CHECK(store->claim(at(59), at(120)).value() == std::nullopt);
  CHECK(store->claim(at(60), at(120)).value()->key == kPull);
}

TEST_CASE("who has lost the lease can neither finish, retry nor release the key") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->make_due({kPull}, at(1)));
  const auto lost = store->claim(at(1), at(60)).value();
  const auto held = store->claim(at(60), at(120)).value();
  REQUIRE(store->finish(*lost, std::nullopt));
  REQUIRE(store->finish(*lost, at(61)));
  REQUIRE(store->retry(*lost, at(61)));
  REQUIRE(store->release(*lost));
  CHECK(store->next_due() == at(120));
  CHECK(store->claim(at(61), at(120)).value() == std::nullopt);
  REQUIRE(store->finish(*held, std::nullopt));
  CHECK(store->queue_length() == 0);
}

TEST_CASE("a lost lease stays lost when the key was finished and made due anew") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->make_due({kPull}, at(1)));
  const auto lost = store->claim(at(1), at(60)).value();
  const auto second = store->claim(at(60), at(120)).value();
  REQUIRE(store->finish(*second, std::nullopt));
  REQUIRE(store->make_due({kPull}, at(70)));
  const auto third = store->claim(at(70), at(130)).value();
  REQUIRE(store->finish(*lost, std::nullopt));
  CHECK(store->next_due() == at(130));
  REQUIRE(store->finish(*third, std::nullopt));
  CHECK(store->queue_length() == 0);
}

TEST_CASE("releasing everything gives every held key back at its own time") {
  const auto store = open(GENERATE("sqlite", "memory"));
  REQUIRE(store->make_due({"a", "b"}, at(1)));
  REQUIRE(store->claim(at(1), at(60)).value());
  REQUIRE(store->claim(at(2), at(60)).value());
  REQUIRE(store->release_all());
  CHECK(store->next_due() == at(1));
  CHECK(store->claim(at(2), at(60)).value()->key == "a");
  CHECK(store->claim(at(2), at(60)).value()->key == "b");
}

}  // namespace towline::store
