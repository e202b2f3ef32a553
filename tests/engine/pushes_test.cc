#include "engine/pushes.h"

#include <catch2/catch.hpp>

#include "base/files.h"

namespace towline::engine {
namespace {

const RepoName kRepo{"acme", "infra"};

/// A default branch at `base`, and a branch with the commits `one` and `two` on top of it.
struct Fixture {
  TemporaryDirectory directory = *TemporaryDirectory::create("towline-pushes");
  git::Repository mirror = *git::Repository::init_bare(directory.path() / "mirror.git", "main");
  std::unique_ptr<store::Store> store = store::make_memory_store();
  CommitId root = commit({}, "root");
  CommitId base = commit(root, "base");
  CommitId one = commit(base, "one");
  CommitId two = commit(one, "two");

  CommitId commit(const CommitId& parent, const std::string& name) {
    return *mirror.write_commit({parent, {{name + ".yaml", "a: 1\n"}}, {"x", "x@example.com", TimePoint{}}, name});
  }

  void push(const CommitId& before, const CommitId& after, std::string sender, const RepoName& repo = kRepo) {
    forge::Event event;
    event.kind = forge::EventKind::push;
    event.repo = repo;
    event.branch = "branch";
    event.before = before;
    event.commit = after;
    event.sender = std::move(sender);
    REQUIRE(store->append_facts(push_facts("gitea", event)));
  }

  decide::PullSnapshot pull(bool from_fork = false) const {
    decide::PullSnapshot snapshot;
    snapshot.forge = "gitea";
    snapshot.repo = kRepo;
    snapshot.pull.head = two;
    snapshot.pull.from_fork = from_fork;
    return snapshot;
  }

  decide::PullSnapshot read(bool from_fork = false) {
    decide::PullSnapshot snapshot = pull(from_fork);
    REQUIRE(read_pushes(*store, mirror, base, snapshot));
    return snapshot;
  }
};

using Logins = std::set<std::string>;

}  // namespace

TEST_CASE("pushes are recorded when deliveries tell each down to the default branch, or to a new branch") {
  Fixture fixture;
  SECTION("a new branch") { fixture.push({}, fixture.one, "alice"); }
  SECTION("a branch that was at the default branch's tip") { fixture.push(fixture.base, fixture.one, "alice"); }
  SECTION("a branch that was at an earlier commit of it") { fixture.push(fixture.root, fixture.one, "alice"); }
  fixture.push(fixture.one, fixture.two, "bob");
  const auto snapshot = fixture.read();
  CHECK(snapshot.pushes_recorded);
  CHECK(snapshot.pushers == Logins{"alice", "bob"});
}

TEST_CASE("a push that no delivery told leaves the rest unknown, and those that are known still pushed") {
  Fixture fixture;
  CHECK_FALSE(fixture.read().pushes_recorded);
  SECTION("the first") { fixture.push(fixture.one, fixture.two, "alice"); }
  SECTION("the last") { fixture.push({}, fixture.one, "alice"); }
  SECTION("one in between") { fixture.push(CommitId(std::string(40, '1')), fixture.two, "alice"); }
  const auto snapshot = fixture.read();
  CHECK_FALSE(snapshot.pushes_recorded);
  CHECK(snapshot.pushers == Logins{"alice"});
}

TEST_CASE("what was pushed after the pull request was opened need not be recorded") {
  Fixture fixture;
  decide::PullSnapshot snapshot = fixture.pull();
  snapshot.heads = {{fixture.one, TimePoint{}}, {fixture.two, TimePoint{}}};
  REQUIRE(read_pushes(*fixture.store, fixture.mirror, fixture.base, snapshot));
  CHECK_FALSE(snapshot.pushes_recorded);
  fixture.push(fixture.base, fixture.one, "alice");
  REQUIRE(read_pushes(*fixture.store, fixture.mirror, fixture.base, snapshot));
  CHECK(snapshot.pushes_recorded);
  CHECK(snapshot.pushers == Logins{"alice"});
  // A timeline that does not tell the head at which it begins
  snapshot.heads.front().commit = CommitId();
  REQUIRE(read_pushes(*fixture.store, fixture.mirror, fixture.base, snapshot));
  CHECK_FALSE(snapshot.pushes_recorded);
}

TEST_CASE("a branch made at a commit that was in the repository before does not hide who pushed that") {
  Fixture fixture;
  REQUIRE(fixture.store->append_facts({push_fact("gitea", kRepo, fixture.two, fixture.two, "mallory")}));
  CHECK_FALSE(fixture.read().pushes_recorded);
  REQUIRE(fixture.store->append_facts({push_fact("gitea", kRepo, fixture.base, fixture.two, "bob")}));
  CHECK(fixture.read().pushes_recorded);
  CHECK(fixture.read().pushers == Logins{"bob", "mallory"});
}

TEST_CASE("who pushed what a forced push replaced is followed too") {
  Fixture fixture;
  const CommitId replaced(std::string(40, '1'));
  fixture.push(replaced, fixture.two, "alice");
  fixture.push({}, replaced, "carol");
  const auto snapshot = fixture.read();
  CHECK(snapshot.pushes_recorded);
  CHECK(snapshot.pushers == Logins{"alice", "carol"});
}

TEST_CASE("a commit that two people pushed was pushed by both") {
  Fixture fixture;
  fixture.push({}, fixture.two, "alice");
  fixture.push(fixture.base, fixture.two, "bob");
  CHECK(fixture.read().pushers == Logins{"alice", "bob"});
}

TEST_CASE("pushes in a circle lead nowhere") {
  Fixture fixture;
  fixture.push(fixture.two, fixture.two, "alice");
  CHECK_FALSE(fixture.read().pushes_recorded);
}

TEST_CASE("a push to another repository, or in a fork, says nothing") {
  Fixture fixture;
  fixture.push({}, fixture.two, "alice", {"acme", "other"});
  CHECK_FALSE(fixture.read().pushes_recorded);
  CHECK(fixture.read().pushers.empty());
  fixture.push({}, fixture.two, "alice");
  CHECK_FALSE(fixture.read(true).pushes_recorded);
}

TEST_CASE("deliveries that tell no pusher or no commit are no evidence") {
  forge::Event event;
  event.kind = forge::EventKind::push;
  event.repo = kRepo;
  event.sender = "alice";
  CHECK(push_facts("gitea", event).empty());
  event.commit = CommitId(std::string(40, '1'));
  CHECK(push_facts("gitea", event).size() == 1);
  event.sender = "";
  CHECK(push_facts("gitea", event).empty());
  event.sender = "alice";
  event.kind = forge::EventKind::status;
  CHECK(push_facts("gitea", event).empty());
}

}  // namespace towline::engine
