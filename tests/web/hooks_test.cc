#include <catch2/catch.hpp>

#include "base/crypto.h"
#include "net/webhook_signature.h"
#include "served.h"

namespace towline::web {

namespace {

const std::string kImage = R"({"image":"ghcr.io/acme/pay","tag":"1.5.0"})";
/// The server's clock stands at this time.
const HttpHeaders kImageSigned =
    sign_webhook(Secret("ci-hush"), "run-17", std::chrono::sys_seconds(std::chrono::seconds(1'800'000'000)), kImage);

/// The same as they are sent.
const std::string kImageLines = [] {
  std::string lines;
  for (const auto& [name, value] : kImageSigned) lines += name + ": " + value + "\r\n";
  return lines;
}();

std::string error(std::string_view sentence) { return "{\"error\":\"" + std::string(sentence) + "\"}\n"; }

}  // namespace

TEST_CASE("a signed push of the forge is taken in: its repository is due") {
  Served served;
  const HttpResponse response = served.post_push("d1", "new-hush");
  CHECK(response.status == 202);
  CHECK(response.body == "{\"status\":\"accepted\"}\n");
  CHECK(served.store->claim(served.clock->now(), served.clock->now()).value()->key == "repo:gitea/acme/infra");
}

TEST_CASE("a delivery signed with the secret that is being replaced is taken too") {
  Served served;
  CHECK(served.post_push("d1", "old-hush").status == 202);
}

TEST_CASE("a delivery sent twice is a duplicate the second time") {
  Served served;
  served.post_push("d1", "new-hush");
  const HttpResponse again = served.post_push("d1", "new-hush");
  CHECK(again.status == 202);
  CHECK(again.body == "{\"status\":\"duplicate\"}\n");
  CHECK(served.store->queue_length() == 1);
}

TEST_CASE("a delivery that is not signed, or not by us, is refused and leaves nothing") {
  Served served;
  const HttpResponse wrong = served.post_push("d1", "wrong");
  CHECK(wrong.status == 401);
  CHECK(wrong.body == error("the signature is wrong: set the same secret in Gitea's webhook and here"));
  const HttpResponse missing = served.post("/hooks/forge/gitea", {{"X-Gitea-Event", "push"}}, kPush);
  CHECK(missing.status == 401);
  CHECK(missing.body == error("the signature is missing: set the same secret in Gitea's webhook and here"));
  CHECK(served.store->queue_length() == 0);
}

TEST_CASE("the signature is checked before anything is read: garbage unsigned is 401, signed 400") {
  Served served;
  const std::string garbage = "{\"hush";
  CHECK(served.post("/hooks/forge/gitea", {{"X-Gitea-Event", "push"}}, garbage).status == 401);
  const HttpResponse signed_garbage =
      served.post("/hooks/forge/gitea",
                  {{"X-Gitea-Event", "push"}, {"X-Gitea-Signature", sign_gitea("new-hush", garbage)}}, garbage);
  CHECK(signed_garbage.status == 400);
  CHECK(signed_garbage.body.find("hush") == std::string::npos);
}

TEST_CASE("an event of no interest is answered with ignored and leaves nothing") {
  Served served;
  const std::string body = R"({"action":"created"})";
  const HttpResponse response = served.post(
      "/hooks/forge/gitea", {{"X-Gitea-Event", "fork"}, {"X-Gitea-Signature", sign_gitea("new-hush", body)}}, body);
  CHECK(response.status == 202);
  CHECK(response.body == "{\"status\":\"ignored\"}\n");
}

TEST_CASE("an event of a repository that is not configured is ignored") {
  Served served;
  std::string body = kPush;
  body.replace(body.find("acme/infra"), 10, "evil/infra");
  const HttpResponse response = served.post(
      "/hooks/forge/gitea", {{"X-Gitea-Event", "push"}, {"X-Gitea-Signature", sign_gitea("new-hush", body)}}, body);
  CHECK(response.status == 202);
  CHECK(response.body == "{\"status\":\"ignored\"}\n");
  CHECK(served.store->queue_length() == 0);
}

TEST_CASE("the forge's spelling of the repository may differ in case") {
  Served served;
  std::string body = kPush;
  body.replace(body.find("acme/infra"), 10, "Acme/Infra");
  const HttpResponse response = served.post(
      "/hooks/forge/gitea", {{"X-Gitea-Event", "push"}, {"X-Gitea-Signature", sign_gitea("new-hush", body)}}, body);
  CHECK(response.body == "{\"status\":\"accepted\"}\n");
  CHECK(served.store->claim(served.clock->now(), served.clock->now()).value()->key == "repo:gitea/acme/infra");
}

TEST_CASE("a pushed image is remembered, and every repository is due") {
  Served served;
  const HttpResponse response = served.post("/hooks/registry/ci", kImageSigned, kImage);
  CHECK(response.status == 202);
  CHECK(response.body == "{\"status\":\"accepted\"}\n");
  const auto images = served.store->seen_images().value();
  REQUIRE(images.size() == 1);
  CHECK(images[0].name == "ghcr.io/acme/pay");
  CHECK(images[0].tag == "1.5.0");
  CHECK(served.store->queue_length() == 1);
  CHECK(served.post("/hooks/registry/ci", kImageSigned, kImage).body == "{\"status\":\"duplicate\"}\n");
}

TEST_CASE("a registry's notification without push is ignored") {
  Served served;
  const HttpResponse response =
      served.post("/hooks/registry/hub", {{"Authorization", "Bearer hub-hush"}}, R"({"events":[{"action":"pull"}]})");
  CHECK(response.status == 202);
  CHECK(response.body == "{\"status\":\"ignored\"}\n");
}

TEST_CASE("a registry's notification without the right proof is refused") {
  Served served;
  CHECK(served.post("/hooks/registry/ci", {}, kImage).body ==
        error("the header webhook-id is missing: sign the id, the time and the body as Standard Webhooks do"));
  HttpHeaders forged = kImageSigned;
  forged[2].second = "v1,AAAA";
  CHECK(served.post("/hooks/registry/ci", forged, kImage).status == 401);
  served.clock->advance(std::chrono::minutes(6));
  CHECK(served.post("/hooks/registry/ci", kImageSigned, kImage).status == 401);
  CHECK(served.post("/hooks/registry/hub", kImageSigned, kImage).status == 401);
  CHECK(served.store->seen_images()->empty());
}

TEST_CASE("a registry whose secret is in the address is known by it alone, and other registries have no such address") {
  Served served;
  const std::string body = R"({"push_data":{"tag":"1.5.0"},"repository":{"repo_name":"acme/pay"}})";
  CHECK(served.post("/hooks/registry/docker/docker-hub-hush-1", {}, body).body == "{\"status\":\"accepted\"}\n");
  CHECK(served.store->seen_images()->at(0).name == "docker.io/acme/pay");
  for (const char* path : {"/hooks/registry/docker", "/hooks/registry/docker/docker-hub-hush-2"}) {
    const HttpResponse refused = served.post(path, {}, body);
    CHECK(refused.status == 401);
    CHECK(refused.body == error("the address does not end in the configured secret: /hooks/registry/<name>/<secret>"));
  }
  CHECK(served.post("/hooks/registry/docker/docker-hub-hush-1/x", {}, body).status == 404);
  CHECK(served.post("/hooks/registry/ci/x", kImageSigned, kImage).status == 404);
  CHECK(served.get("/metrics").body.find("hush") == std::string::npos);
  CHECK(served.get("/").body.find("hush") == std::string::npos);
}

TEST_CASE("a hook that is not configured does not exist") {
  Served served;
  CHECK(served.post("/hooks/forge/other", {}, "{}").status == 404);
  CHECK(served.post("/hooks/registry/gitea", {}, "{}").status == 404);
  CHECK(served.post("/hooks/forge/other", {}, "{}").body == error("there is no such hook"));
  CHECK(served.post("/hooks/forge/", {}, "{}").status == 404);
  CHECK(served.post("/hooks/forge/gitea/x", {}, "{}").status == 404);
}

TEST_CASE("a body over the limit is refused with 413, whether its length is told or not") {
  Served served;
  const std::string large(64 * 1024 + 1, 'x');
  const HttpResponse told = served.post("/hooks/forge/gitea", {}, large);
  CHECK(told.status == 413);
  CHECK(told.body == error("the body is larger than the 65536 bytes that are taken"));

  Raw chunked(served.port());
  chunked.send("POST /hooks/forge/gitea HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  chunked.send("8000\r\n" + std::string(0x8000, 'x') + "\r\n8001\r\n" + std::string(0x8001, 'x') + "\r\n0\r\n\r\n");
  CHECK(status_line(chunked.read_all()) == "HTTP/1.1 413 Payload Too Large");
}

TEST_CASE("a chunked body within the limit is taken") {
  Served served;
  Raw chunked(served.port());
  chunked.send("POST /hooks/registry/ci HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" + kImageLines + "\r\n");
  chunked.send("1\r\n" + kImage.substr(0, 1) + "\r\n29\r\n" + kImage.substr(1) + "\r\n0\r\n\r\n");
  CHECK(status_line(chunked.read_until("\n")) == "HTTP/1.1 202 Accepted");
}

TEST_CASE("a compressed body, and one in parts, is refused with 415") {
  Served served;
  CHECK(served.post("/hooks/forge/gitea", {{"Content-Encoding", "gzip"}}, "{}").status == 415);
  CHECK(served.post("/hooks/forge/gitea", {{"Content-Encoding", "gzip"}}, "{}").body ==
        error("the body is compressed: send it as it is"));
  HttpHeaders identity = kImageSigned;
  identity.emplace_back("Content-Encoding", "identity");
  CHECK(served.post("/hooks/registry/ci", identity, kImage).status == 202);
  Raw parts(served.port());
  parts.send(
      "POST /hooks/forge/gitea HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
      "Content-Length: 2\r\n\r\n{}");
  CHECK(status_line(parts.read_all()) == "HTTP/1.1 415 Unsupported Media Type");
}

TEST_CASE("a refusal repeats nothing of the body and names no server") {
  Served served;
  const HttpResponse response = served.post("/hooks/forge/gitea", {}, "hush-hush");
  CHECK(response.body.find("hush") == std::string::npos);
  CHECK(response.header("Server") == "");
}

}  // namespace towline::web
