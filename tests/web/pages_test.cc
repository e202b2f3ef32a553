#include <catch2/catch.hpp>

#include "served.h"

namespace towline::web {

TEST_CASE("the server is healthy as soon as it answers, and ready once every repository has been observed") {
  Served served;
  CHECK(served.get("/healthz").status == 200);
  CHECK(served.get("/healthz").body == "{\"status\":\"ok\"}\n");
  CHECK(served.get("/readyz").status == 503);
  CHECK(served.get("/readyz").body == "{\"status\":\"not ready yet\"}\n");
}

TEST_CASE("the page of a pull request is the one the engine made") {
  Served served;
  REQUIRE(served.store->put("page", "pull:gitea/acme/infra#12", "<!doctype html><p>the report</p>"));
  const HttpResponse response = served.get("/pulls/gitea/acme/infra/12");
  CHECK(response.status == 200);
  CHECK(response.body == "<!doctype html><p>the report</p>");
  CHECK(response.header("Content-Type") == "text/html; charset=utf-8");
}

TEST_CASE("a page may load nothing, run nothing and be framed by nobody") {
  Served served;
  const HttpResponse response = served.get("/");
  CHECK(response.header("Content-Security-Policy") ==
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  CHECK(response.header("X-Content-Type-Options") == "nosniff");
  CHECK(response.header("X-Frame-Options") == "DENY");
  CHECK(response.header("Referrer-Policy") == "no-referrer");
}

TEST_CASE("a pull request that is unknown, or is none, has no page") {
  Served served;
  CHECK(served.get("/pulls/gitea/acme/infra/13").status == 404);
  CHECK_THAT(served.get("/pulls/gitea/acme/infra/13").body,
             Catch::Contains("this pull request has not been looked at yet; try again in a moment"));
  for (const char* path : {"/pulls/other/acme/infra/1", "/pulls/gitea/acme/infra/0", "/pulls/gitea/acme/infra/1x",
                           "/pulls/gitea/acme/infra/-1", "/pulls/gitea/acme/..%2Finfra/1",
                           "/pulls/gitea/acme/infra/99999999999999999999", "/pulls/gitea/acme/infra", "/pulls"}) {
    INFO(path);
    CHECK(served.get(path).status == 404);
  }
}

TEST_CASE("nothing of a path is repeated") {
  Served served;
  CHECK(served.get("/%3Cscript%3E").body.find("script") == std::string::npos);
  CHECK(served.get("/pulls/gitea/acme/%3Cscript%3E/1").body.find("script") == std::string::npos);
}

TEST_CASE("the first page names the repositories and the hooks, and no secret") {
  Served served;
  const std::string body = served.get("/").body;
  CHECK_THAT(body, Catch::Contains("<a href=\"http://127.0.0.1:9/acme/infra\">gitea/acme/infra</a>"));
  CHECK_THAT(body, Catch::Contains("/hooks/forge/gitea"));
  CHECK_THAT(body, Catch::Contains("/hooks/registry/ci"));
  CHECK(body.find("hush") == std::string::npos);
  CHECK(body.find("t0ken") == std::string::npos);
}

TEST_CASE("another method is refused, with the one that is allowed") {
  Served served;
  const HttpResponse get = served.get("/hooks/forge/gitea");
  CHECK(get.status == 405);
  CHECK(get.header("Allow") == "POST");
  const HttpResponse post = served.post("/healthz", {}, "{}");
  CHECK(post.status == 405);
  CHECK(post.header("Allow") == "GET, HEAD");
  for (const char* method : {"PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}) {
    INFO(method);
    Raw raw(served.port());
    raw.send(std::string(method) + " /hooks/forge/gitea HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    CHECK(status_line(raw.read_all()) == "HTTP/1.1 405 Method Not Allowed");
  }
}

TEST_CASE("HEAD gives a page's headers without the page") {
  Served served;
  Raw raw(served.port());
  raw.send("HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string answer = raw.read_all();
  CHECK(status_line(answer) == "HTTP/1.1 200 OK");
  CHECK(answer.substr(answer.size() - 4) == "\r\n\r\n");
}

TEST_CASE("metrics count webhooks by source and outcome, and tell of the queue and the memory") {
  Served served;
  served.post_push("d1", "new-hush");
  served.post_push("d1", "new-hush");
  served.post_push("d2", "wrong");
  served.post("/hooks/forge/made-up", {}, "{}");
  const HttpResponse response = served.get("/metrics");
  CHECK(response.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
  for (const char* line : {
           "# TYPE towline_webhooks_total counter\n",
           "towline_webhooks_total{source=\"forge/gitea\",outcome=\"accepted\"} 1\n",
           "towline_webhooks_total{source=\"forge/gitea\",outcome=\"duplicate\"} 1\n",
           "towline_webhooks_total{source=\"forge/gitea\",outcome=\"refused\"} 1\n",
           "towline_webhooks_total{source=\"unknown\",outcome=\"refused\"} 1\n",
           "towline_queue_length 1\n",
           "towline_reconciles_total 0\n",
           "towline_failures_total 0\n",
           "towline_actions_total 0\n",
           "towline_render_cache_hits_total 0\n",
           "# TYPE process_resident_memory_bytes gauge\n",
       }) {
    CHECK_THAT(response.body, Catch::Contains(line));
  }
  CHECK(response.body.find("process_resident_memory_bytes 0\n") == std::string::npos);
}

}  // namespace towline::web
