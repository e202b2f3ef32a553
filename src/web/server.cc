#include "web/server.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "report/report.h"
#include "web/framing.h"
#include "web/hooks.h"
#include "web/http_server.h"
#include "web/metrics.h"
#include "web/pages.h"
#include "web/routes.h"

namespace towline::web {

namespace {

/// Requests under way may take this many times the largest one, together.
constexpr std::size_t kLargeRequestsAtOnce = 4;
constexpr std::size_t kLeastHeldBytes = 16u << 20;

template <class Config>
const Config* find_named(const std::vector<Config>& configs, std::string_view name) {
  const auto found =
      std::find_if(configs.begin(), configs.end(), [&](const Config& config) { return config.name == name; });
  return found == configs.end() ? nullptr : &*found;
}

ServerLimits limits_for(const config::ServerConfig& config) {
  ServerLimits limits;
  limits.request.body_bytes = config.max_body_bytes;
  limits.head = config.connections.headers;
  limits.whole = config.connections.request;
  limits.unfinished_per_address = config.connections.unfinished_per_address;
  limits.held_bytes = std::max(kLargeRequestsAtOnce * config.max_body_bytes, kLeastHeldBytes);
  return limits;
}

}  // namespace

struct Server::State {
  State(engine::Engine& the_engine, config::ServerConfig the_config, report::Templates the_templates)
      : engine(the_engine), config(std::move(the_config)), templates(std::move(the_templates)) {}

  /// What is answered before a body is read; nullopt for a page, and for a hook whose body is to be read.
  std::optional<Answer> refuse(const Request& request, const Framing& framing);
  std::optional<Answer> refuse_hook(const Request& request, const Match& match, const Framing& framing);
  Answer answer(const Request& request);
  Answer page(const Match& match);
  Answer hook(const Request& request, const Match& match);
  std::string source_of(const Match& match) const;

  engine::Engine& engine;
  config::ServerConfig config;
  report::Templates templates;
  Metrics metrics;
  int port = 0;
  std::unique_ptr<HttpServer> http;  // last, so that its threads end first
};

/// "forge/gitea"; "unknown" for a hook that is not configured.
std::string Server::State::source_of(const Match& match) const {
  const std::string& name = match.segments[0];
  if (match.route->page == Page::forge_hook && find_named(config.forges, name) != nullptr) return "forge/" + name;
  if (match.route->page == Page::registry_hook && find_named(config.registries, name) != nullptr) {
    return "registry/" + name;
  }
  return "unknown";
}

Answer Server::State::page(const Match& match) {
  switch (match.route->page) {
    case Page::health:
      return status_answer(200, "ok");
    case Page::ready:
      return engine.ready() ? status_answer(200, "ready") : status_answer(503, "not ready yet");
    case Page::metrics:
      return {200, metrics.text(engine.metrics()), "text/plain; version=0.0.4; charset=utf-8", {}, {}};
    case Page::pull:
      return pull_page(engine, templates, match.segments[0], match.segments[1], match.segments[2], match.segments[3]);
    default:
      return home_page(config, templates);
  }
}

std::optional<Answer> Server::State::refuse_hook(const Request& request, const Match& match, const Framing& framing) {
  std::optional<Answer> refused;
  const std::string source = source_of(match);
  if (source == "unknown") {
    refused = error_answer(404, "there is no such hook");
  } else {
    refused = refuse_body(request.headers, framing, config.max_body_bytes);
  }
  if (refused) metrics.count_webhook(source, "refused");
  return refused;
}

std::optional<Answer> Server::State::refuse(const Request& request, const Framing& framing) {
  const Match match = find_route(request.method, request.path);
  if (!match.allowed.empty()) {
    Answer answer = error_answer(405, "the method is not " + std::string(match.allowed));
    answer.headers.emplace_back("Allow", match.allowed == "GET" ? "GET, HEAD" : std::string(match.allowed));
    return answer;
  }
  if (match.route == nullptr) return error_answer(404, "there is no such page");
  if (match.route->method == "POST") return refuse_hook(request, match, framing);
  if (framing.chunked || framing.length > 0) return error_answer(400, "GET requests must not have a body");
  return std::nullopt;
}

Answer Server::State::answer(const Request& request) {
  const Match match = find_route(request.method, request.path);
  if (match.route->method != "POST") return page(match);
  Answer answer = hook(request, match);
  metrics.count_webhook(source_of(match), answer.outcome);
  return answer;
}

Answer Server::State::hook(const Request& request, const Match& match) {
  if (match.route->page == Page::forge_hook) {
    return forge_hook(engine, *find_named(config.forges, match.segments[0]), request.headers, request.body);
  }
  const std::string_view path_secret = match.segments.size() > 1 ? std::string_view(match.segments[1]) : "";
  return registry_hook(engine, *find_named(config.registries, match.segments[0]),
                       {request.headers, request.body, path_secret});
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() { stop(); }

Result<std::unique_ptr<Server>> Server::start(engine::Engine& engine, const config::ServerConfig& config) {
  TRY(const report::Templates templates, report::Templates::load(config.templates));
  auto state = std::make_unique<State>(engine, config, templates);
  TRY(ListenSocket socket, listen_on(config.listen_host, config.listen_port));
  state->port = socket.port;
  const Handlers handlers{
      [&self = *state](const Request& request, const Framing& framing) { return self.refuse(request, framing); },
      [&self = *state](const Request& request) { return self.answer(request); }};
  state->http = std::make_unique<HttpServer>(limits_for(config), handlers, std::move(socket));
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

int Server::port() const { return state_->port; }

void Server::stop() { state_->http->stop(); }

}  // namespace towline::web
