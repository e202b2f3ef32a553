#include <catch2/catch.hpp>

#include "decide/report_digest.h"
#include "fixture.h"

namespace towline::decide {
namespace {

std::vector<PublishReport> published(const PullSnapshot& snapshot) {
  return actions_of<PublishReport>(decide_heard(snapshot, at(kNow)).plan);
}

forge::Comment part(std::int64_t id, const ReportMark& mark, std::string author = "towline") {
  return comment(id, std::move(author), "2026-11-24T10:01:00Z", "text\n" + report_marker(mark));
}

/// A pull request whose report of three parts is there and says what it should.
PullSnapshot reported() {
  PullSnapshot snapshot = bots_pull();
  const std::string digest = published(snapshot).at(0).digest;
  snapshot.comments = {part(1, {1, digest, {"a1", "b2"}}), part(2, {2, "a1", {}}), part(3, {3, "b2", {}})};
  return snapshot;
}

std::vector<std::int64_t> ids(const PublishReport& report) {
  std::vector<std::int64_t> all;
  for (const PublishReport::Present& present : report.parts) all.push_back(present.id);
  return all;
}

}  // namespace

TEST_CASE("a report whose parts are all there is not published again") { CHECK(published(reported()).empty()); }

TEST_CASE("a report with something wrong about a part is published again, in the comments that are there") {
  struct Case {
    std::string name;
    std::vector<forge::Comment> comments;
    std::vector<std::int64_t> parts;
    std::vector<std::int64_t> left_over;
  };
  const std::vector<forge::Comment> all = reported().comments;
  const std::string digest = find_report_mark(all[0].body).value().digest;
  const Case cases[] = {
      {"the last is missing", {all[0], all[1]}, {1, 2}, {}},
      {"one in the middle is missing", {all[0], all[2]}, {1, 3}, {}},
      {"the first is missing", {all[1], all[2]}, {2, 3}, {}},
      {"one says something else", {all[0], part(2, {2, "ff", {}}), all[2]}, {1, 2, 3}, {}},
      {"there is one too many", {all[0], all[1], all[2], part(4, {4, "c3", {}})}, {1, 2, 3, 4}, {}},
      {"one is there twice", {all[0], all[1], all[2], part(9, {2, "a1", {}})}, {1, 2, 3}, {9}},
      {"one is there twice, the younger first",
       {part(9, {1, digest, {"a1", "b2"}}), all[0], all[1], all[2]},
       {1, 2, 3},
       {9}},
      {"someone else's copy is none", {all[0], all[1], part(9, {3, "b2", {}}, "mallory")}, {1, 2}, {}},
  };
  for (const Case& test : cases) {
    DYNAMIC_SECTION(test.name) {
      PullSnapshot snapshot = reported();
      snapshot.comments = test.comments;
      const auto reports = published(snapshot);
      REQUIRE(reports.size() == 1);
      CHECK(ids(reports[0]) == test.parts);
      CHECK(reports[0].left_over == test.left_over);
      CHECK_FALSE(reports[0].interim);
    }
  }
}

TEST_CASE("an answer that quotes a marker is no part of the report") {
  PullSnapshot snapshot = reported();
  snapshot.comments.push_back(comment(9, "towline", "2026-11-24T10:02:00Z",
                                      "`" + report_marker({2, "a1", {}}) + "` is nothing\n\n" + reply_marker(5)));
  CHECK(published(snapshot).empty());
}

TEST_CASE("the report changes with what is hidden, with dangers, and with what a resource was") {
  const auto digest_of = [](const PullSnapshot& snapshot) { return published(snapshot).at(0).digest; };
  PullSnapshot snapshot = bots_pull();
  diff::Change change;
  change.fields = {{"spec.replicas", "1", "2", ""}};
  diff::Diff& diff = snapshot.evaluation->applications[0].diff;
  diff.changes = {change};
  const std::string before = digest_of(snapshot);
  SECTION("hidden") { diff.changes[0].fields[0].hidden_by = "a rule"; }
  SECTION("dangers") { diff.dangers = {{{}, "deletes it"}}; }
  SECTION("was") { diff.changes[0].was = manifest::ResourceKey{"", "ConfigMap", "pay", "old"}; }
  SECTION("role") { diff.changes[0].role = "CRD"; }
  CHECK(digest_of(snapshot) != before);
}

}  // namespace towline::decide
