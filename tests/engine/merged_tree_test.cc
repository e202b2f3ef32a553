#include "engine/merged_tree.h"

#include <catch2/catch.hpp>

#include "git/fixture.h"

namespace towline::engine {
namespace {

using git::put;

/// A pull request whose head changes pay.yaml, evaluated on `base`.
struct Merged {
  git::Fixture fixture;
  std::unique_ptr<store::Store> store = store::make_memory_store();
  CommitId base = fixture.commit({}, {put("pay.yaml", "image: pay:1\n"), put("web.yaml", "image: web:1\n")});
  CommitId head = fixture.commit(base, {put("pay.yaml", "image: pay:2\n")});

  /// A merge of those parents with the tree of that commit, which says that it was evaluated on `base`.
  CommitId merge(const CommitId& onto, const CommitId& tree_of, const std::string& trailer = "Towline-Base: ") {
    const std::string text = trailer.empty() ? "" : "\n" + trailer + base.str() + "\n";
    const std::string raw = "tree " + fixture.repository.commit(tree_of)->tree.str() + "\nparent " + onto.str() +
                            "\nparent " + head.str() +
                            "\nauthor x <x@x> 1700000000 +0000\ncommitter x <x@x> 1700000000 +0000\n\nMerge\n" + text;
    return CommitId(fixture.git({"hash-object", "-t", "commit", "-w", "--stdin"}, raw).substr(0, 40));
  }

  decide::PullSnapshot snapshot(const CommitId& merge_commit, std::string merged_by = "Towline") const {
    decide::PullSnapshot snapshot;
    snapshot.forge = "gitea";
    snapshot.repo = {"acme", "infra"};
    snapshot.bot = "towline";
    snapshot.default_branch = "main";
    snapshot.pull.number = {7};
    snapshot.pull.open = false;
    snapshot.pull.merged = true;
    snapshot.pull.merged_by = std::move(merged_by);
    snapshot.pull.head = head;
    snapshot.pull.merge_commit = merge_commit;
    return snapshot;
  }

  std::optional<decide::MergeCheck> check(decide::PullSnapshot snapshot) const {
    REQUIRE(read_merge_check(*store, fixture.repository, snapshot));
    return snapshot.merge_check;
  }
};

}  // namespace

TEST_CASE("a merge with the tree that the evaluated commits make is as evaluated") {
  Merged merged;
  const auto check = merged.check(merged.snapshot(merged.merge(merged.base, merged.head)));
  REQUIRE(check);
  CHECK(check->as_evaluated);
  CHECK(check->difference.empty());
  CHECK_FALSE(check->recorded);
}

TEST_CASE("a merge onto a default branch that moved has what it moved by, too") {
  Merged merged;
  const CommitId moved = merged.fixture.commit(merged.base, {put("web.yaml", "image: web:2\n")});
  const CommitId both = merged.fixture.commit(moved, {put("pay.yaml", "image: pay:2\n")});
  const auto check = merged.check(merged.snapshot(merged.merge(moved, both)));
  REQUIRE(check);
  CHECK_FALSE(check->as_evaluated);
  CHECK(check->difference == "main moved from " + short_id(merged.base) + " to " + short_id(moved) +
                                 " just before the merge, so 1 file differs (web.yaml)");
}

TEST_CASE("a merge onto the evaluated commit that makes another tree differs") {
  Merged merged;
  CommitId other;
  std::string files;
  SECTION("another content") {
    other = merged.fixture.commit(merged.base, {put("pay.yaml", "image: pay:3\n")});
    files = "1 file differs (pay.yaml)";
  }
  SECTION("nothing of the change") {
    other = merged.base;
    files = "1 file differs (pay.yaml)";
  }
  SECTION("more than the change") {
    other = merged.fixture.commit(merged.head, {put("a", "1"), put("b", "1"), put("c", "1"), put("d", "1"),
                                                put("e", "1"), put("f", "1"), put("g", "1")});
    files = "7 files differ (a, b, c, d, e and 2 more)";
  }
  SECTION("a file less") {
    other = merged.fixture.commit(merged.head, {git::remove("web.yaml")});
    files = "1 file differs (web.yaml)";
  }
  const auto check = merged.check(merged.snapshot(merged.merge(merged.base, other)));
  REQUIRE(check);
  CHECK_FALSE(check->as_evaluated);
  CHECK(check->difference == files);
}

TEST_CASE("what it was evaluated on may be gone") {
  Merged merged;
  const CommitId merge = merged.merge(merged.base, merged.head, "Towline-Base: " + std::string(40, '1') + "\nX: ");
  const auto check = merged.check(merged.snapshot(merge));
  REQUIRE(check);
  CHECK_FALSE(check->as_evaluated);
  CHECK(check->difference == "the commit 11111111 it was evaluated on no longer exists");
}

TEST_CASE("what people merged, and what an earlier Towline merged, is not checked") {
  Merged merged;
  const CommitId merge = merged.merge(merged.base, merged.head);
  CHECK_FALSE(merged.check(merged.snapshot(merge, "alice")));
  CHECK_FALSE(merged.check(merged.snapshot(merged.merge(merged.base, merged.head, ""))));
  CHECK_FALSE(merged.check(merged.snapshot({})));
  auto open = merged.snapshot(merge);
  open.pull.merged = false;
  CHECK_FALSE(merged.check(open));
}

TEST_CASE("a check is made once, and its result kept") {
  Merged merged;
  const auto snapshot = merged.snapshot(merged.merge(merged.base, merged.head));
  const std::string key = "pull:gitea/acme/infra#7";
  CHECK_FALSE(is_merge_checked(*merged.store, key).value());
  SECTION("as evaluated") {
    REQUIRE(keep_merge_check(*merged.store, snapshot, {true, "", false}));
    CHECK(merged.check(snapshot)->as_evaluated);
  }
  SECTION("not as evaluated") {
    REQUIRE(keep_merge_check(*merged.store, snapshot, {false, "1 file differs (x)", false}));
    CHECK_FALSE(merged.check(snapshot)->as_evaluated);
    CHECK(merged.check(snapshot)->difference == "1 file differs (x)");
  }
  CHECK(merged.check(snapshot)->recorded);
  CHECK(is_merge_checked(*merged.store, key).value());
  CHECK_FALSE(is_merge_checked(*merged.store, "pull:gitea/acme/infra#8").value());
}

}  // namespace towline::engine
