#include "sandbox_place.h"

namespace towline::test {

Place::Place(std::string demo_registry_hook)
    : directory_(must(TemporaryDirectory::create("towline-sandbox"))),
      clock_(std::make_shared<ManualClock>(must(parse_time("2026-11-17T14:00:00.750Z")))) {
  forge::Sandbox::Options options;
  options.directory = directory_.path();
  options.clock = clock_;
  options.users = {{"alice", Secret("alice-token"), true},
                   {"bob", Secret("bob-token"), true},
                   {"carol", Secret("carol-token"), false},
                   {"towline", Secret("bot-token"), true, true}};
  options.teams = {{"payments", {"alice"}}};
  options.demo_registry_hook = std::move(demo_registry_hook);
  options.demo_registry_secret = Secret("image-secret");
  sandbox_ = must(forge::Sandbox::start(std::move(options)));
  must(sandbox_->create_repository(kInfra, {{"apps/dev/pay.yaml", "image: ghcr.io/acme/pay:1.0.0\n"}}, "alice"));
}

CommitId Place::head(std::string_view branch) const {
  return must(repository().resolve("refs/heads/" + std::string(branch)));
}

PullNumber Place::open_pull(std::string_view branch) {
  must(sandbox_->commit(kInfra, branch, {{"apps/dev/pay.yaml", "image: ghcr.io/acme/pay:1.1.0\n"}}, "alice",
                        "Bump pay\n"));
  return must(sandbox_->open_pull(kInfra, "alice", branch, "Bump pay to 1.1.0", "It has **new** buttons."));
}

HttpResponse Place::send(std::string_view method, std::string_view path, std::string_view body, std::string_view token,
                         HttpHeaders headers) const {
  const auto authorization =
      token.empty() ? std::nullopt : std::optional<Secret>(Secret("token " + std::string(token)));
  const auto client = must(make_http_client(url(), authorization));
  HttpRequest request;
  request.method = method;
  request.path = path;
  request.body = body;
  request.headers = std::move(headers);
  return must(client->send(request));
}

HttpResponse Place::post_form(std::string_view path, std::string_view form) const {
  const auto client = must(make_http_client(url(), std::nullopt));
  HttpRequest request;
  request.method = "POST";
  request.path = path;
  request.body = form;
  request.content_type = "application/x-www-form-urlencoded";
  request.headers = {{"Origin", url()}, {"Sec-Fetch-Site", "same-origin"}};
  return must(client->send(request));
}

}  // namespace towline::test
