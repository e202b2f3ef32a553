#include <httplib.h>

#include <catch2/catch.hpp>
#include <thread>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "net/webhook_signature.h"
#include "sandbox_place.h"
#include "support/golden.h"

namespace towline::test {
namespace {

constexpr const char* kPull = "/acme/infra/pulls/1";

/// The sandbox's port differs from run to run.
std::string without_port(const Place& place, std::string text) {
  return replace_all(std::move(text), place.url(), "http://127.0.0.1:PORT");
}

void set_status(const Place& place, const std::string& context, const std::string& state,
                const std::string& description) {
  const Json status = {{"context", context},
                       {"state", state},
                       {"description", description},
                       {"target_url", "http://127.0.0.1:8080/pulls/sandbox/acme/infra/1"}};
  place.send("POST", "/api/v1/repos/acme/infra/statuses/" + place.head("change/pay").str(), dump_json(status),
             "bot-token");
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// Takes one request and keeps it.
struct Receiver {
  httplib::Server server;
  httplib::Request request;
  int status = 202;
  int port = 0;
  std::thread thread;

  Receiver() {
    server.Post(".*", [this](const httplib::Request& got, httplib::Response& answer) {
      request = got;
      answer.status = status;
    });
    port = server.bind_to_any_port("127.0.0.1");
    thread = std::thread([this] { server.listen_after_bind(); });
    while (!server.is_running()) std::this_thread::yield();
  }
  ~Receiver() {
    server.stop();
    thread.join();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port) + "/hooks/registry/ci"; }
};

}  // namespace

TEST_CASE("the page of a pull request") {
  Place place;
  place.open_pull();
  must(place.forge().comment(kInfra, {1}, "bob",
                             "Looks *fine*.\n\n<details><summary>Log</summary>\n\n`ok`\n\n</details>"));
  must(place.forge().review(kInfra, {1}, "bob", true));
  set_status(place, "towline/policy", "success", "4 rules hold");
  set_status(place, "towline/merge", "pending", "needs 1 approval");
  CHECK(golden_difference("forge/sandbox_pull.html", without_port(place, place.send("GET", kPull).body)) == "");
}

TEST_CASE("the page of a merged pull request") {
  Place place;
  place.open_pull();
  place.send("POST", "/api/v1/repos/acme/infra/pulls/1/merge", R"({"Do":"merge","delete_branch_after_merge":true})",
             "bob-token");
  CHECK(golden_difference("forge/sandbox_merged.html", without_port(place, place.send("GET", kPull).body)) == "");
}

TEST_CASE("the page of a repository") {
  Place place("http://127.0.0.1:1/hooks/registry/ci");
  place.open_pull();
  set_status(place, "towline/merge", "failure", "a rule fails");
  CHECK(golden_difference("forge/sandbox_repo.html", without_port(place, place.send("GET", "/acme/infra").body)) == "");
}

TEST_CASE("the page of a commit") {
  Place place;
  place.open_pull();
  const auto page = place.send("GET", "/acme/infra/commit/" + place.head("change/pay").str());
  CHECK(golden_difference("forge/sandbox_commit.html", without_port(place, page.body)) == "");
}

TEST_CASE("the first page lists the repositories") {
  Place place;
  place.open_pull();
  CHECK(golden_difference("forge/sandbox_home.html", without_port(place, place.send("GET", "/").body)) == "");
}

TEST_CASE("a page that does not exist is not found") {
  const std::string path = GENERATE("/nobody/nothing", "/acme/infra/pulls/7", "/acme/infra/pulls/x",
                                    "/acme/infra/commit/123", "/acme/infra/commit/main", "/acme", "/x/y/z");
  CAPTURE(path);
  Place place;
  const auto answer = place.send("GET", path);
  CHECK(answer.status == 404);
  CHECK(holds(answer.body, "There is no such page"));
}

TEST_CASE("pages run nothing and load nothing from elsewhere") {
  Place place;
  place.open_pull();
  const auto page = place.send("GET", kPull);
  CHECK(page.header("Content-Security-Policy") ==
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
  CHECK(page.header("X-Content-Type-Options") == "nosniff");
  CHECK_FALSE(holds(page.body, "<script"));
  CHECK_FALSE(holds(page.body, "style="));
  CHECK(place.send("GET", "/-/style.css").header("Content-Type") == "text/css; charset=utf-8");
}

TEST_CASE("what people write does not become part of the page") {
  Place place;
  must(place.forge().commit(kInfra, "<b>", {{"a", "<i>file</i>\n"}}, "alice", "<u>message</u>\n"));
  must(place.forge().open_pull(kInfra, "alice", "<b>", "<script>title</script>", "<script>body</script>"));
  const auto page = place.send("GET", kPull);
  CHECK(page.status == 200);
  for (const std::string raw : {"<script>", "<b>", "<i>", "<u>"}) {
    CAPTURE(raw);
    CHECK_FALSE(holds(page.body, raw));
  }
}

TEST_CASE("a comment from the page's form is said by the chosen person") {
  Place place;
  place.open_pull();
  const auto answer =
      place.post_form(std::string(kPull) + "/comments", "as=bob&body=%2Fhold+not+before+lunch%0D%0Aplease");
  CHECK(answer.status == 303);
  CHECK(std::string(answer.header("Location")).starts_with("/acme/infra/pulls/1#issuecomment-"));
  const auto comments = must(parse_json(place.send("GET", "/api/v1/repos/acme/infra/issues/1/comments").body));
  REQUIRE(comments.size() == 1);
  CHECK(json_string(comments[0], "/user/login") == "bob");
  CHECK(json_string(comments[0], "/body") == "/hold not before lunch\nplease");
}

TEST_CASE("a comment by nobody, by the bot, or without words is refused") {
  struct Case {
    std::string form, heading;
  };
  const Case c = GENERATE(Case{"as=mallory&body=x", "Nobody said that"}, Case{"as=towline&body=x", "Nobody said that"},
                          Case{"body=x", "Nobody said that"}, Case{"as=bob&body=+", "There is nothing to say"});
  CAPTURE(c.form);
  Place place;
  place.open_pull();
  const auto answer = place.post_form(std::string(kPull) + "/comments", c.form);
  CHECK(answer.status == 422);
  CHECK(holds(answer.body, c.heading));
  CHECK(place.send("GET", "/api/v1/repos/acme/infra/issues/1/comments").body == "[]");
}

TEST_CASE("a form that another site sent is refused") {
  const HttpHeaders headers =
      GENERATE(HttpHeaders{{"Origin", "https://evil.example"}}, HttpHeaders{{"Origin", "null"}},
               HttpHeaders{{"Sec-Fetch-Site", "cross-site"}}, HttpHeaders{{"Sec-Fetch-Site", "same-site"}});
  CAPTURE(headers.front().second);
  Place place;
  place.open_pull();
  const auto answer = place.send("POST", std::string(kPull) + "/comments", "as=bob&body=x", "", headers);
  CHECK(answer.status == 403);
  CHECK(holds(answer.body, "This was not sent from the sandbox&#39;s own page") +
            holds(answer.body, "This was not sent from the sandbox&apos;s own page") ==
        1);
  CHECK(place.send("GET", "/api/v1/repos/acme/infra/issues/1/comments").body == "[]");
}

TEST_CASE("pages are not given to a name that only leads here") {
  Place place;
  httplib::Client client(place.url());
  client.set_default_headers({{"Host", "evil.example"}});
  const auto answer = client.Get("/");
  REQUIRE(answer);
  CHECK(answer->status == 403);
}

TEST_CASE("the button sends the registry's signed webhook") {
  Receiver receiver;
  Place place(receiver.url());
  const auto answer = place.post_form("/acme/infra/images", "image=ghcr.io%2Facme%2Fpay&tag=1.5.0");
  CHECK(answer.status == 303);
  CHECK(answer.header("Location") == "/acme/infra?pushed");
  CHECK(receiver.request.path == "/hooks/registry/ci");
  const auto body = must(parse_json(receiver.request.body));
  CHECK(body == Json{{"image", "ghcr.io/acme/pay"},
                     {"tag", "1.5.0"},
                     {"digest", "sha256:" + sha256_hex("ghcr.io/acme/pay:1.5.0")}});
  CHECK(receiver.request.get_header_value("webhook-signature") ==
        webhook_signature(Secret("image-secret"), receiver.request.get_header_value("webhook-id"),
                          receiver.request.get_header_value("webhook-timestamp"), receiver.request.body));
}

TEST_CASE("an image that cannot be pushed is a page that says why") {
  Receiver receiver;
  receiver.status = 503;
  Place place(receiver.url());
  const auto refused = place.post_form("/acme/infra/images", "image=ghcr.io%2Facme%2Fpay&tag=1.5.0");
  CHECK(refused.status == 502);
  CHECK(holds(refused.body, "the bot answered 503 to the registry webhook for ghcr.io/acme/pay:1.5.0"));
  CHECK(place.post_form("/acme/infra/images", "image=ghcr.io%2Facme%2Fpay&tag=a+b").status == 422);
}

TEST_CASE("without a registry webhook there is no button") {
  Place place;
  CHECK_FALSE(holds(place.send("GET", "/acme/infra").body, "Push an image"));
  CHECK(place.post_form("/acme/infra/images", "image=ghcr.io%2Facme%2Fpay&tag=1.5.0").status == 422);
}

TEST_CASE("a page with a pending check reloads itself, for a while") {
  Place place;
  place.open_pull();
  CHECK(holds(place.send("GET", kPull).body, "http-equiv=\"refresh\""));
  set_status(place, "towline/merge", "success", "merged");
  CHECK_FALSE(holds(place.send("GET", kPull).body, "http-equiv=\"refresh\""));
  set_status(place, "towline/merge", "pending", "needs 1 approval");
  CHECK(holds(place.send("GET", kPull).body, "http-equiv=\"refresh\""));
  place.clock().advance(std::chrono::seconds(10));
  CHECK_FALSE(holds(place.send("GET", kPull).body, "http-equiv=\"refresh\""));
}

}  // namespace towline::test
