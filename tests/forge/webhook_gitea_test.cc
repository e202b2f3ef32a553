#include <filesystem>
#include <iostream>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "base/crypto.h"
#include "base/files.h"
#include "base/json.h"
#include "forge/gitea/gitea.h"
#include "forge/webhook.h"
#include "support/paths.h"

namespace towline::forge {
namespace {

const Secret kSecret("s3cret");

HttpHeaders signed_headers(const std::string& event, const std::string& body) {
  return {{"X-Gitea-Delivery", "3813efda-ebd0-45cd-80c0-6470073f7edf"},
          {"X-Gitea-Event", event},
          {"X-Gitea-Signature", hmac_sha256_hex(kSecret.reveal(), body)}};
}

Event parsed(const std::string& event, const std::string& body) {
  const auto delivery = parse_gitea(signed_headers(event, body), body);
  if (!delivery) throw std::runtime_error(delivery.error().message);
  return delivery->event;
}

TEST_CASE("a body signed with one of the secrets verifies") {
  const std::string body = R"({"a":1})";

  CHECK(verify_gitea(signed_headers("push", body), body, {kSecret}));
  CHECK(verify_gitea(signed_headers("push", body), body, {Secret("new"), kSecret}));
  CHECK(verify_gitea({{"x-gitea-signature", hmac_sha256_hex("s3cret", body)}}, body, {kSecret}));
}

TEST_CASE("what is not signed with one of the secrets is refused") {
  const std::string body = R"({"a":1})";
  const std::string right = hmac_sha256_hex("s3cret", body);
  const std::string wrong_sentence = "the signature is wrong: set the same secret in Gitea's webhook and here";
  const std::string missing_sentence = "the signature is missing: set the same secret in Gitea's webhook and here";
  struct Row {
    const char* what;
    HttpHeaders headers;
    std::vector<Secret> secrets;
    std::string message;
  };
  const std::vector<Row> rows = {
      {"no header", {}, {kSecret}, missing_sentence},
      {"an empty header", {{"X-Gitea-Signature", ""}}, {kSecret}, missing_sentence},
      {"another forge's header", {{"X-Hub-Signature-256", "sha256=" + right}}, {kSecret}, missing_sentence},
      {"another secret", {{"X-Gitea-Signature", right}}, {Secret("other")}, wrong_sentence},
      {"no secrets", {{"X-Gitea-Signature", right}}, {}, wrong_sentence},
      {"an empty secret", {{"X-Gitea-Signature", hmac_sha256_hex("", body)}}, {Secret("")}, wrong_sentence},
      {"a part of it", {{"X-Gitea-Signature", right.substr(0, 32)}}, {kSecret}, wrong_sentence},
      {"with something after it", {{"X-Gitea-Signature", right + "0"}}, {kSecret}, wrong_sentence},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    const auto verified = verify_gitea(row.headers, body, row.secrets);
    REQUIRE_FALSE(verified);
    CHECK(verified.error().kind == ErrorKind::forbidden);
    CHECK(verified.error().message == row.message);
  }
}

TEST_CASE("any other body does not verify") {
  CHECK(rc::check("one changed byte is noticed", [](const std::string& body) {
    RC_PRE(!body.empty());
    const HttpHeaders headers = signed_headers("push", body);
    std::string changed = body;
    const auto at = *rc::gen::inRange<std::size_t>(0, body.size());
    changed[at] = static_cast<char>(changed[at] ^ 1);
    RC_ASSERT(verify_gitea(headers, body, {kSecret}));
    RC_ASSERT(!verify_gitea(headers, changed, {kSecret}));
  }));
}

TEST_CASE("events say where to look") {
  const std::string repository = R"("repository":{"full_name":"acme/infra"})";
  const std::string id(40, 'a');
  const std::string zeros(40, '0');

  const Event push = parsed("push", R"({"ref":"refs/heads/a/b","after":")" + id + "\"," + repository + "}");
  CHECK(push.kind == EventKind::push);
  CHECK(push.repo == RepoName{"acme", "infra"});
  CHECK(push.branch == "a/b");
  CHECK(push.commit.str() == id);
  CHECK(push.before.empty());

  const std::string earlier(40, 'e');
  const Event moved = parsed("push", R"x({"ref":"refs/heads/a","before":")x" + earlier + R"x(","after":")x" + id +
                                         R"x(","sender":{"login":"alice"},)x" + repository + "}");
  CHECK(moved.before.str() == earlier);
  CHECK(moved.sender == "alice");
  const Event created = parsed(
      "push", R"x({"ref":"refs/heads/a","before":")x" + zeros + R"x(","after":")x" + id + R"x(",)x" + repository + "}");
  CHECK(created.before.empty());

  const Event gone = parsed("push", R"({"ref":"refs/heads/a","after":")" + zeros + "\"," + repository + "}");
  CHECK(gone.kind == EventKind::push);
  CHECK(gone.commit.empty());

  CHECK(parsed("push", R"({"ref":"refs/tags/v1","after":")" + id + "\"," + repository + "}").kind ==
        EventKind::ignored);

  const Event pull = parsed("pull_request", R"({"action":"synchronized","number":12,)" + repository + "}");
  CHECK(pull.kind == EventKind::pull);
  CHECK(pull.pull == PullNumber{12});

  const Event edited =
      parsed("issue_comment",
             R"({"action":"edited","is_pull":true,"issue":{"number":12},"sender":{"login":"bob"},)"
             R"("comment":{"id":345,"user":{"login":"alice"},"body":"thanks","created_at":"2026-11-23T23:22:40Z",)"
             R"("updated_at":"2026-11-23T23:22:41Z"},"changes":{"body":{"from":"/hold"}},)" +
                 repository + "}");
  CHECK(edited.kind == EventKind::comment);
  CHECK(edited.pull == PullNumber{12});
  CHECK(edited.sender == "bob");
  REQUIRE(edited.comment);
  CHECK(edited.comment->kind == CommentEvent::Kind::edited);
  CHECK(edited.comment->id == 345);
  CHECK(edited.comment->author == "alice");
  CHECK(edited.comment->body == "thanks");
  CHECK(edited.comment->before == "/hold");
  CHECK(edited.comment->updated - edited.comment->created == std::chrono::seconds(1));

  // A delivery that does not say whose comment it is, or when it was written, is evidence of nothing that was said.
  for (const std::string comment :
       {R"({"id":345})", R"({"id":345,"user":{"login":"alice"},"body":"/approve"})",
        R"({"id":345,"body":"/approve","created_at":"2026-11-23T23:22:40Z"})",
        R"({"user":{"login":"alice"},"body":"/approve","created_at":"2026-11-23T23:22:40Z"})", R"(["/approve"])"}) {
    INFO(comment);
    const Event bare =
        parsed("issue_comment", R"({"action":"created","is_pull":true,"issue":{"number":12},"comment":)" + comment +
                                    "," + repository + "}");
    CHECK(bare.kind == EventKind::comment);
    CHECK_FALSE(bare.comment);
  }

  const Event on_issue =
      parsed("issue_comment", R"({"action":"created","issue":{"number":3},"comment":{"id":4},)" + repository + "}");
  CHECK(on_issue.kind == EventKind::ignored);

  const Event review = parsed("pull_request_comment", R"({"action":"reviewed","number":12,)" + repository + "}");
  CHECK(review.kind == EventKind::review);

  const Event status = parsed("status", R"({"sha":")" + id + "\"," + repository + "}");
  CHECK(status.kind == EventKind::status);
  CHECK(status.commit.str() == id);

  CHECK(parsed("wiki", "{}").kind == EventKind::ignored);
}

TEST_CASE("a delivery that cannot be read is refused without repeating it") {
  struct Row {
    const char* what;
    HttpHeaders headers;
    std::string body;
    const char* message;
  };
  const std::vector<Row> rows = {
      {"no event", {}, "{}", "the delivery has no usable X-Gitea-Event header: it is not one of Gitea's"},
      {"a long event",
       {{"X-Gitea-Event", std::string(65, 'x')}},
       "{}",
       "the delivery has no usable X-Gitea-Event header: it is not one of Gitea's"},
      {"broken JSON", {{"X-Gitea-Event", "push"}}, "{secret", "the delivery's body is not a JSON object"},
      {"a list", {{"X-Gitea-Event", "push"}}, "[]", "the delivery's body is not a JSON object"},
      {"deep JSON", {{"X-Gitea-Event", "push"}}, std::string(200'000, '['), "the delivery's body is not a JSON object"},
      {"no repository", {{"X-Gitea-Event", "push"}}, "{}", "the delivery does not name a repository"},
      {"a repository that is a path",
       {{"X-Gitea-Event", "push"}},
       R"({"repository":{"full_name":"../../etc/passwd"}})",
       "the delivery does not name a repository"},
      {"no number",
       {{"X-Gitea-Event", "pull_request"}},
       R"({"repository":{"full_name":"acme/infra"}})",
       "the delivery of a pull_request event does not say what it is about"},
      {"a status of no commit",
       {{"X-Gitea-Event", "status"}},
       R"({"sha":"main","repository":{"full_name":"acme/infra"}})",
       "the delivery of a status event does not say what it is about"},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    const auto delivery = parse_gitea(row.headers, row.body);
    REQUIRE_FALSE(delivery);
    CHECK(delivery.error().kind == ErrorKind::invalid);
    CHECK(delivery.error().message == row.message);
    CHECK(delivery.error().detail.empty());
  }
}

TEST_CASE("a delivery without a usable id has one made of its content") {
  const auto id = [](const HttpHeaders& headers, const std::string& body) { return parse_gitea(headers, body)->id; };
  const HttpHeaders plain = {{"X-Gitea-Event", "wiki"}};
  const HttpHeaders tidy = {{"X-Gitea-Event", "wiki"}, {"X-Gitea-Delivery", "one"}};
  const HttpHeaders blank = {{"X-Gitea-Event", "wiki"}, {"X-Gitea-Delivery", "a b\n"}};
  const HttpHeaders large = {{"X-Gitea-Event", "wiki"}, {"X-Gitea-Delivery", std::string(129, 'x')}};

  CHECK(id(tidy, "{}") == "one");
  CHECK(id(plain, "{}") == "sha256:" + sha256_hex("wiki\n{}"));
  CHECK(id(plain, "{} ") != id(plain, "{}"));
  CHECK(id(blank, "{}") == id(plain, "{}"));
  CHECK(id(large, "{}") == id(plain, "{}"));
}

TEST_CASE("any bytes are read or refused, never more") {
  CHECK(rc::check("parse_gitea gives an answer", [](const std::string& body) {
    const auto delivery = parse_gitea({{"X-Gitea-Event", "issue_comment"}}, body);
    RC_ASSERT(delivery || delivery.error().kind == ErrorKind::invalid);
  }));
}

/// What Gitea 1.26 really sent, with what it means.
struct Recorded {
  const char* file;
  EventKind kind;
  std::int64_t pull;  // 0: none
};
const std::vector<Recorded> kRecorded = {
    {"01-push.json", EventKind::push, 0},
    {"02-pull_request.opened.json", EventKind::pull, 1},
    {"03-push.json", EventKind::push, 0},
    {"04-pull_request_comment.created.json", EventKind::comment, 1},
    {"05-status.json", EventKind::status, 0},
    {"06-pull_request_review_approved.reviewed.json", EventKind::review, 1},
    {"07-pull_request.closed.json", EventKind::pull, 1},
    {"11-pull_request_label.label_updated.json", EventKind::pull, 2},
    {"12-pull_request_review_rejected.reviewed.json", EventKind::review, 2},
    {"14-pull_request_sync.synchronized.json", EventKind::pull, 2},
    {"16-pull_request_comment.edited.json", EventKind::comment, 2},
    {"17-pull_request_comment.deleted.json", EventKind::comment, 2},
    {"20-pull_request.reopened.json", EventKind::pull, 2},
};

HttpHeaders recorded_headers(const Json& headers, const std::string& body) {
  HttpHeaders result;
  for (const auto& [name, value] : headers.items()) {
    // The body was formatted anew, so that its signature has to be too.
    const bool signature = name == "X-Gitea-Signature";
    result.emplace_back(name, signature ? hmac_sha256_hex(kSecret.reveal(), body) : value.get<std::string>());
  }
  return result;
}

TEST_CASE("recorded deliveries of Gitea are verified and understood") {
  const std::filesystem::path folder = std::filesystem::path(towline::test::source_dir()) / "../shared/payloads/gitea";
  if (!std::filesystem::exists(folder)) {
    std::cerr << "\nSKIPPED: the recorded deliveries of Gitea, which are not at " << folder << "\n";
    return;
  }
  for (const Recorded& row : kRecorded) {
    INFO(row.file);
    const auto file = read_file(folder / row.file);
    REQUIRE(file);
    const auto recorded = parse_json(*file);
    REQUIRE(recorded);
    const std::string body = dump_json((*recorded)["body"]);
    const HttpHeaders headers = recorded_headers((*recorded)["headers"], body);

    CHECK(verify_gitea(headers, body, {kSecret}));
    const auto delivery = parse_gitea(headers, body);
    REQUIRE(delivery);
    CHECK(delivery->id == json_string(*recorded, "/headers/X-Gitea-Delivery"));
    CHECK(delivery->event.kind == row.kind);
    CHECK(delivery->event.repo == RepoName{"acme", "infra"});
    CHECK(delivery->event.pull.value_or(PullNumber{0}).value == row.pull);
  }
}

TEST_CASE("recorded comments say who wrote what, who changed it, and what it was before") {
  const std::filesystem::path folder = std::filesystem::path(test::source_dir()) / "../shared/payloads/gitea";
  if (!std::filesystem::exists(folder)) {
    std::cerr << "\nSKIPPED: the recorded comments of Gitea, which are not at " << folder << "\n";
    return;
  }
  struct Row {
    const char* file;
    CommentEvent::Kind kind;
    const char* body;
    const char* before;
  };
  const std::vector<Row> rows = {
      {"04-pull_request_comment.created.json", CommentEvent::Kind::created, "/towline approve", ""},
      {"15-pull_request_comment.created.json", CommentEvent::Kind::created, "/hold waiting", ""},
      {"16-pull_request_comment.edited.json", CommentEvent::Kind::edited, "/approve", "/hold waiting"},
      {"17-pull_request_comment.deleted.json", CommentEvent::Kind::deleted, "/approve", ""},
  };
  for (const Row& row : rows) {
    INFO(row.file);
    const auto recorded = parse_json(read_file(folder / row.file).value()).value();
    const std::string body = dump_json(recorded["body"]);
    const auto delivery = parse_gitea(recorded_headers(recorded["headers"], body), body);
    REQUIRE(delivery);
    const auto& comment = delivery->event.comment;
    REQUIRE(comment);
    CHECK(comment->kind == row.kind);
    CHECK(comment->id == json_integer(recorded["body"], "/comment/id"));
    CHECK(comment->author == "alice");
    CHECK(delivery->event.sender == "alice");
    CHECK(comment->body == row.body);
    CHECK(comment->before == row.before);
    CHECK(format_time(comment->created) == json_string(recorded["body"], "/comment/created_at"));
    CHECK(comment->head.str() == json_string(recorded["body"], "/pull_request/head/sha"));
  }
}

}  // namespace
}  // namespace towline::forge
