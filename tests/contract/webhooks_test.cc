#include <algorithm>

#include <catch2/catch.hpp>

#include "contract/under_test.h"
#include "contract/webhook_receiver.h"
#include "forge/gitea/gitea.h"
#include "forge/webhook.h"
#include "support/eventually.h"

namespace towline::test {
namespace {

using forge::CommentEvent;
using forge::Event;
using forge::EventKind;

const std::vector<Secret> kSecrets = {Secret("the next secret"), Secret("s3cret")};

/// Whether a delivery with this event has come. Every delivery must verify and be readable.
template <class Matches>
bool received(const WebhookReceiver& receiver, Matches matches) {
  const auto posts = receiver.posts();
  return std::any_of(posts.begin(), posts.end(), [&](const auto& post) {
    expect(forge::verify_gitea(post.headers, post.body, kSecrets));
    return matches(expect(forge::parse_gitea(post.headers, post.body)).event);
  });
}

TEMPLATE_TEST_CASE("what people do arrives as signed deliveries", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  WebhookReceiver receiver;
  expect(stage->forge.add_webhook(stage->repo, receiver.url(), Secret("s3cret")));
  const auto about = [&](EventKind kind, PullNumber pull) {
    return [=, repo = stage->repo](const Event& event) {
      return event.kind == kind && event.repo == repo && event.pull == pull;
    };
  };

  const CommitId head = stage->bump("change", "1.5.0", "alice");
  CHECK(eventually([&] {
    return received(receiver, [&](const Event& event) {
      return event.kind == EventKind::push && event.branch == "change" && event.commit == head;
    });
  }));

  const auto pull = expect(stage->forge.open_pull(stage->repo, "alice", "change", "Change", ""));
  CHECK(eventually([&] { return received(receiver, about(EventKind::pull, pull)); }));

  const auto comment = expect(stage->forge.comment(stage->repo, pull, "bob", "/hold"));
  CHECK(eventually([&] { return received(receiver, about(EventKind::comment, pull)); }));

  const auto told = [&](CommentEvent::Kind kind, const std::string& body, const std::string& before) {
    return eventually([&] {
      return received(receiver, [&](const Event& event) {
        const auto& change = event.comment;
        return change && change->kind == kind && change->id == comment && change->author == "bob" &&
               change->body == body && change->before == before && change->head == head;
      });
    });
  };
  CHECK(told(CommentEvent::Kind::created, "/hold", ""));
  expect(stage->forge.edit_comment(stage->repo, comment, "/unhold"));
  CHECK(told(CommentEvent::Kind::edited, "/unhold", "/hold"));
  expect(stage->bot->delete_comment(stage->repo, comment));
  CHECK(told(CommentEvent::Kind::deleted, "/unhold", ""));

  expect(stage->forge.review(stage->repo, pull, "bob", true));
  CHECK(eventually([&] { return received(receiver, about(EventKind::review, pull)); }));

  expect(stage->bot->set_status(stage->repo, head, {"ci/test", forge::StatusState::success, "", ""}));
  CHECK(eventually([&] {
    return received(receiver,
                    [&](const Event& event) { return event.kind == EventKind::status && event.commit == head; });
  }));
}

TEMPLATE_TEST_CASE("a push to a pull request's head arrives as an event of that pull request", "", SandboxUnderTest,
                   GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();
  WebhookReceiver receiver;
  expect(stage->forge.add_webhook(stage->repo, receiver.url(), Secret("s3cret")));

  stage->bump("towline/dev/pay", "1.5.1", "bob");

  CHECK(eventually([&] {
    return received(receiver,
                    [&](const Event& event) { return event.kind == EventKind::pull && event.pull == pull.number; });
  }));
}

TEMPLATE_TEST_CASE("a merge arrives as a push to the base branch and an event of the pull request", "",
                   SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();
  WebhookReceiver receiver;
  expect(stage->forge.add_webhook(stage->repo, receiver.url(), Secret("s3cret")));

  const CommitId merged =
      expect(stage->merge({.number = pull.number, .head = pull.head, .title = "t", .message = "m"}));

  CHECK(eventually([&] {
    return received(receiver, [&](const Event& event) {
      return event.kind == EventKind::push && event.branch == "main" && event.commit == merged;
    });
  }));
  CHECK(eventually([&] {
    return received(receiver,
                    [&](const Event& event) { return event.kind == EventKind::pull && event.pull == pull.number; });
  }));
}

TEMPLATE_TEST_CASE("a delivery does not verify with another secret, and its id is its own", "", SandboxUnderTest,
                   GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  WebhookReceiver receiver;
  expect(stage->forge.add_webhook(stage->repo, receiver.url(), Secret("s3cret")));
  stage->bump("one", "1.5.0");
  stage->bump("two", "1.5.1");
  REQUIRE(eventually([&] { return receiver.posts().size() >= 2; }));

  const auto posts = receiver.posts();

  CHECK(expect_error(forge::verify_gitea(posts[0].headers, posts[0].body, {Secret("another")})).kind ==
        ErrorKind::forbidden);
  CHECK(expect(forge::parse_gitea(posts[0].headers, posts[0].body)).id !=
        expect(forge::parse_gitea(posts[1].headers, posts[1].body)).id);
}

TEMPLATE_TEST_CASE("whether a webhook leads here is known to an administrator and refused to the bot", "",
                   GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  expect(stage->forge.add_webhook(stage->repo, "http://127.0.0.1:9/hooks/forge/gitea", Secret("s3cret")));
  const auto administrator = stage->forge.client("root-admin");

  CHECK(expect(administrator->has_webhook_for(stage->repo, "http://127.0.0.1:9/hooks")));
  CHECK_FALSE(expect(administrator->has_webhook_for(stage->repo, "http://127.0.0.1:10/hooks")));
  const Error error = expect_error(stage->bot->has_webhook_for(stage->repo, "http://127.0.0.1:9/hooks"));
  CHECK(error.kind == ErrorKind::forbidden);
  CHECK_THAT(error.message, Catch::Matchers::Contains("need administrator rights on " + stage->repo.str()));
}

}  // namespace
}  // namespace towline::test
