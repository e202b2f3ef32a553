#include "forge/gitea/heads.h"

#include <algorithm>
#include <set>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

namespace towline::forge {
namespace {

TimePoint second(int s) { return TimePoint(std::chrono::seconds{s}); }

CommitId commit(char letter) { return CommitId(std::string(40, letter)); }

HeadEntry push(int at, const std::string& letters) {
  HeadEntry entry{HeadEntry::Kind::push, second(at), {}};
  for (const char letter : letters) entry.commits.push_back(commit(letter));
  return entry;
}

HeadEntry force(int at, char before, char after) {
  return {HeadEntry::Kind::force_push, second(at), {commit(before), commit(after)}};
}

HeadEntry reopened(int at) { return {HeadEntry::Kind::reopened, second(at), {}}; }

HeadEntry retargeted(int at) { return {HeadEntry::Kind::retargeted, second(at), {}}; }

/// "a@0 ?@5 c@9": a from second 0, not known from 5, c from 9.
std::string told(const std::vector<HeadEntry>& entries) {
  std::string text;
  for (const HeadEvent& event : head_events_of(entries)) {
    if (!text.empty()) text += ' ';
    text += event.commit.empty() ? "?" : event.commit.str().substr(0, 1);
    text += '@' + std::to_string(event.at.time_since_epoch() / std::chrono::seconds{1});
  }
  return text;
}

TEST_CASE("the head's history is told as far as the timeline keeps it") {
  struct Row {
    const char* what;
    std::vector<HeadEntry> entries;
    const char* told;
  };
  const std::vector<Row> rows = {
      {"nothing", {}, ""},
      {"opened with two commits", {push(0, "ab")}, "b@0"},
      {"pushes", {push(0, "ab"), push(10, "c"), push(20, "de")}, "b@0 c@10 e@20"},
      {"a force push that left nothing of the opening", {push(9, "c"), force(9, 'b', 'c')}, "c@9"},
      {"a force push that kept the opening's first commit",
       {push(0, "a"), push(9, "c"), force(9, 'b', 'c')},
       "?@0 c@9"},
      {"a force push that took the second push away", {push(0, "ab"), push(9, "d"), force(9, 'c', 'd')}, "?@0 d@9"},
      {"a force push back to the opening's head", {push(0, "ab"), force(9, 'c', 'b')}, "?@0 b@9"},
      {"two force pushes in a row", {push(9, "c"), force(9, 'b', 'c'), push(19, "d"), force(19, 'c', 'd')}, "c@9 d@19"},
      {"pushes between two force pushes, taken away by the second",
       {push(9, "c"), force(9, 'b', 'c'), push(19, "e"), force(19, 'd', 'e')},
       "?@9 e@19"},
      {"a push in the second before a force push", {push(0, "a"), push(9, "c"), force(9, 'b', 'c')}, "?@0 c@9"},
      {"a Gitea before 1.26, which rewrites nothing",
       {push(0, "ab"), push(8, "c"), force(9, 'c', 'd'), push(20, "e")},
       "b@0 c@8 d@9 e@20"},
      {"pushes after a force push", {force(9, 'b', 'c'), push(20, "d")}, "c@9 d@20"},
      {"closed and reopened", {push(0, "a"), reopened(10)}, "a@0 ?@10"},
      {"pushed after it was reopened", {push(0, "a"), reopened(10), push(20, "c")}, "a@0 ?@10 c@20"},
      {"another target branch", {push(0, "a"), retargeted(10)}, "a@0 a@10"},
      {"another target branch, and Gitea's new entry of all commits", {retargeted(10), push(10, "ab")}, "?@10 b@10"},
      {"another target branch, and later forced", {push(0, "a"), retargeted(10), force(20, 'c', 'd')}, "?@0 ?@10 d@20"},
      {"reopened, and later forced", {push(0, "a"), reopened(10), force(20, 'c', 'd')}, "?@0 ?@10 d@20"},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(told(row.entries) == row.told);
  }
}

TEST_CASE("timeline items of other kinds or without what they need are left out") {
  const auto timeline = parse_json(R"([
    {"type": "comment", "body": "hi", "created_at": "2026-11-24T00:00:00Z"},
    {"type": "pull_push", "body": "not JSON", "created_at": "2026-11-24T00:00:01Z"},
    {"type": "pull_push", "body": "{\"commit_ids\": []}", "created_at": "2026-11-24T00:00:02Z"},
    {"type": "pull_push", "body": "{\"is_force_push\": true, \"commit_ids\": [\"aa\"]}"},
    {"type": "pull_push", "body": "{\"is_force_push\": false, \"commit_ids\": [\"aa\", \"bb\"]}",
     "created_at": "2026-11-24T00:00:03Z"},
    {"type": "reopen", "created_at": "2026-11-24T00:00:04Z"},
    {"type": "change_target_branch", "old_ref": "side", "new_ref": "main", "created_at": "2026-11-24T00:00:05Z"},
    null
  ])");
  REQUIRE(timeline);

  const auto entries = read_head_entries(timeline->get<std::vector<Json>>());

  REQUIRE(entries.size() == 3);
  CHECK(entries[0].kind == HeadEntry::Kind::push);
  CHECK(entries[0].commits == std::vector{CommitId("aa"), CommitId("bb")});
  CHECK(entries[0].at == *parse_time("2026-11-24T00:00:03Z"));
  CHECK(entries[1].kind == HeadEntry::Kind::reopened);
  CHECK(entries[2].kind == HeadEntry::Kind::retargeted);
  CHECK(entries[2].at == *parse_time("2026-11-24T00:00:05Z"));

  const auto events = head_events_of(entries);
  REQUIRE(events.size() == 3);
  CHECK(events[1].reopened);
  CHECK_FALSE(events[1].retargeted);
  CHECK(events[2].retargeted);
  CHECK_FALSE(events[2].reopened);
}

/// A pull request as Gitea keeps it (services/pull/comment.go), with what really happened beside it.
class ModelPull {
 public:
  explicit ModelPull(int first_commits) {
    grow(first_commits);
    write_push(line(head_));
    heads_.push_back({now_, head_});
  }

  void wait(int seconds) { now_ += seconds; }

  void push_commits(int count) {
    const std::size_t before = line(head_).size();
    grow(count);
    const std::vector<int> all = line(head_);
    write_push({all.begin() + static_cast<std::ptrdiff_t>(before), all.end()});
    heads_.push_back({now_, head_});
  }

  /// The new head is an earlier commit of any line, or grows from there.
  void force_to(std::size_t any, int count) {
    const int before = head_;
    head_ = static_cast<int>(any % (parents_.size() + 1)) - 1;
    grow(head_ < 0 && count == 0 ? 1 : count);
    const std::vector<int> all = line(head_);
    if (std::find(all.begin(), all.end(), before) != all.end()) {  // not forced, after all
      head_ = before;
      return;
    }
    const std::set<int> kept(all.begin(), all.end());
    std::set<int> known;
    for (Entry& entry : entries_) {
      if (entry.forced) continue;
      std::erase_if(entry.commits, [&](int id) { return !kept.contains(id); });
      known.insert(entry.commits.begin(), entry.commits.end());
    }
    std::erase_if(entries_, [](const Entry& entry) { return !entry.forced && entry.commits.empty(); });
    std::vector<int> fresh;
    std::copy_if(all.begin(), all.end(), std::back_inserter(fresh), [&](int id) { return !known.contains(id); });
    if (!fresh.empty()) write_push(fresh);
    entries_.push_back({now_, true, {before, head_}});
    heads_.push_back({now_, head_});
  }

  std::vector<HeadEntry> entries() const {
    std::vector<HeadEntry> result;
    for (const Entry& entry : entries_) {
      HeadEntry one{entry.forced ? HeadEntry::Kind::force_push : HeadEntry::Kind::push, second(entry.at), {}};
      for (const int id : entry.commits) one.commits.push_back(name(id));
      result.push_back(std::move(one));
    }
    return result;
  }

  CommitId head() const { return name(head_); }
  int now() const { return now_; }

  /// The heads that it had at any moment of that second.
  std::set<CommitId> heads_in(int at) const {
    std::set<CommitId> result;
    for (std::size_t i = 0; i < heads_.size(); ++i) {
      const bool began = heads_[i].first <= at;
      const bool lasted = i + 1 == heads_.size() || heads_[i + 1].first >= at;
      if (began && lasted) result.insert(name(heads_[i].second));
    }
    return result;
  }

 private:
  struct Entry {
    int at;
    bool forced;
    std::vector<int> commits;
  };
  static CommitId name(int id) { return CommitId("commit-" + std::to_string(id)); }
  void grow(int count) {
    for (int i = 0; i < count; ++i) {
      parents_.push_back(head_);
      head_ = static_cast<int>(parents_.size()) - 1;
    }
  }
  /// From the first commit after the base to this one.
  std::vector<int> line(int id) const {
    std::vector<int> result;
    for (; id >= 0; id = parents_[static_cast<std::size_t>(id)]) result.insert(result.begin(), id);
    return result;
  }
  void write_push(std::vector<int> commits) { entries_.push_back({now_, false, std::move(commits)}); }

  int now_ = 0;
  int head_ = -1;  // the base
  std::vector<int> parents_;
  std::vector<Entry> entries_;
  std::vector<std::pair<int, int>> heads_;
};

ModelPull any_pull() {
  ModelPull pull(*rc::gen::inRange(1, 4));
  const int steps = *rc::gen::inRange(0, 12);
  for (int i = 0; i < steps; ++i) {
    pull.wait(*rc::gen::element(0, 1, 2, 10));
    if (*rc::gen::arbitrary<bool>()) {
      pull.push_commits(*rc::gen::inRange(1, 4));
    } else {
      pull.force_to(*rc::gen::arbitrary<std::size_t>(), *rc::gen::inRange(0, 3));
    }
  }
  return pull;
}

TEST_CASE("no head is ever told that was not the head") {
  CHECK(rc::check("claimed heads were heads", [] {
    const ModelPull pull = any_pull();
    const auto events = head_events_of(pull.entries());
    for (int at = 0; at <= pull.now(); ++at) {
      const auto later = std::find_if(events.begin(), events.end(), [&](const auto& e) { return e.at > second(at); });
      if (later == events.begin()) continue;
      const CommitId claimed = std::prev(later)->commit;
      RC_ASSERT(claimed.empty() || pull.heads_in(at).contains(claimed));
    }
  }));
}

TEST_CASE("the present head is always told") {
  CHECK(rc::check("the last event is the head", [] {
    const ModelPull pull = any_pull();
    const auto events = head_events_of(pull.entries());
    RC_ASSERT(!events.empty());
    RC_ASSERT(events.back().commit == pull.head());
  }));
}

TEST_CASE("pushes are read from the activity feed, and what has no before starts at itself") {
  const std::string a(40, 'a');
  const std::string b(40, 'b');
  const auto item = [&](const std::string& type, const std::string& ref, const std::string& range) {
    const Json content = {{"HeadCommit", {{"Sha1", b}}}, {"CompareURL", range}};
    return Json{{"op_type", type},
                {"act_user", {{"login", "alice"}}},
                {"ref_name", ref},
                {"content", range == "none" ? "" : dump_json(content)}};
  };
  const std::string rq = "refs/heads/rq/1";
  const auto one = [&](const Json& feed_item) { return read_recent_pushes({feed_item}); };
  const auto pushes = one(item("commit_repo", rq, "acme/infra/compare/" + a + "..." + b));
  REQUIRE(pushes.size() == 1);
  CHECK(pushes[0].branch == "rq/1");
  CHECK(pushes[0].before == CommitId(a));
  CHECK(pushes[0].after == CommitId(b));
  CHECK(pushes[0].sender == "alice");
  // A branch made at a commit that is there, an empty repository's first, and nonsense
  for (const std::string& range : {"acme/infra/compare/main..." + b, std::string(), b + "..." + b, a + "..." + a}) {
    INFO(range);
    REQUIRE(one(item("commit_repo", rq, range)).size() == 1);
    CHECK(one(item("commit_repo", rq, range))[0].before == CommitId(b));
  }
  // The creation of a branch, a tag, a deletion, and no push
  CHECK(one(item("commit_repo", rq, "none")).empty());
  CHECK(one(item("push_tag", "refs/tags/1", "x")).empty());
  CHECK(one(item("delete_branch", rq, "none")).empty());
  CHECK(one(Json()).empty());
}

}  // namespace
}  // namespace towline::forge
