#include "web/server.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "report/report.h"
#include "web/framing.h"
#include "web/hooks.h"
#include "web/listener.h"
#include "web/metrics.h"
#include "web/pages.h"
#include "web/routes.h"

namespace towline::web {

namespace {

/// Requests under way may take this many times the largest one, together.
constexpr std::size_t kLargeRequestsAtOnce = 4;
constexpr std::size_t kLeastInFlightBytes = 16u << 20;

constexpr std::pair<const char*, const char*> kSecurityHeaders[] = {
    {"Content-Security-Policy",
     "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cache-Control", "no-store"},
};

HttpHeaders headers_of(const httplib::Request& request) { return {request.headers.begin(), request.headers.end()}; }

void write_answer(const Answer& answer, httplib::Response& response) {
  response.status = answer.status;
  response.set_content(answer.body, answer.content_type);
  for (const auto& [name, value] : answer.headers) response.set_header(name, value);
  for (const auto& [name, value] : kSecurityHeaders) response.set_header(name, value);
}

template <class Config>
const Config* find_named(const std::vector<Config>& configs, std::string_view name) {
  const auto found =
      std::find_if(configs.begin(), configs.end(), [&](const Config& config) { return config.name == name; });
  return found == configs.end() ? nullptr : &*found;
}

ConnectionLimits limits_for(const engine::ServerConfig& config) {
  ConnectionLimits limits;
  // Chunks of a sensible size cost little; a body in one-byte chunks is cut off.
  limits.max_request_bytes = config.max_body_bytes + config.max_body_bytes / 4 + 2 * limits.max_header_bytes;
  return limits;
}

std::size_t in_flight_for(const engine::ServerConfig& config) {
  return std::max(kLargeRequestsAtOnce * limits_for(config).max_request_bytes, kLeastInFlightBytes);
}

}  // namespace

struct Server::State {
  State(engine::Engine& the_engine, engine::ServerConfig the_config, std::string the_style)
      : engine(the_engine),
        config(std::move(the_config)),
        style(std::move(the_style)),
        listener(limits_for(config), in_flight_for(config)) {}

  void set_up();
  std::optional<Answer> answer_without_body(const httplib::Request& request);
  std::optional<Answer> before_hook(const httplib::Request& request, const Match& match, const Framing& framing);
  Answer page(const Match& match);
  Answer hook(const httplib::Request& request, const httplib::ContentReader& read);
  std::string source_of(const Match& match) const;

  engine::Engine& engine;
  engine::ServerConfig config;
  std::string style;
  Metrics metrics;
  int port = 0;
  Listener listener;  // last, so that its threads end first
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
      return pull_page(engine, style, match.segments[0], match.segments[1], match.segments[2], match.segments[3]);
    default:
      return home_page(config, style);
  }
}

/// Why a hook's body is not read; nullopt when it is to be.
std::optional<Answer> Server::State::before_hook(const httplib::Request& request, const Match& match,
                                                 const Framing& framing) {
  std::optional<Answer> refused;
  const std::string source = source_of(match);
  if (source == "unknown") {
    refused = error_answer(404, "there is no such hook");
  } else {
    refused = refuse_body(headers_of(request), framing, config.max_body_bytes);
  }
  if (refused) metrics.count_webhook(source, "refused");
  return refused;
}

/// Everything but a hook whose body is to be read; nullopt for that.
std::optional<Answer> Server::State::answer_without_body(const httplib::Request& request) {
  const std::optional<Framing> framing = read_framing(headers_of(request));
  if (!framing) return error_answer(400, "the length of the body is not clear");
  const Match match = find_route(request.method, request.path);
  if (!match.allowed.empty()) {
    Answer answer = error_answer(405, "the method is not " + std::string(match.allowed));
    answer.headers.emplace_back("Allow", match.allowed == "GET" ? "GET, HEAD" : std::string(match.allowed));
    return answer;
  }
  if (match.route == nullptr) return error_answer(404, "there is no such page");
  if (match.route->method == "POST") return before_hook(request, match, *framing);
  if (framing->chunked || framing->length > 0) return error_answer(400, "a page is asked for without a body");
  return page(match);
}

Answer Server::State::hook(const httplib::Request& request, const httplib::ContentReader& read) {
  std::string body;
  bool large = false;
  const bool whole = read([&](const char* bytes, std::size_t size) {
    large = body.size() + size > config.max_body_bytes;
    if (!large) body.append(bytes, size);
    return !large;
  });
  if (large) return too_large(config.max_body_bytes);
  if (!whole && listener.crowded()) return error_answer(503, "too much is being received: send it again later");
  if (!whole) return error_answer(400, "the body did not arrive as its headers announced it");
  const Match match = find_route(request.method, request.path);
  const HttpHeaders headers = headers_of(request);
  if (match.route->page == Page::forge_hook) {
    return forge_hook(engine, *find_named(config.forges, match.segments[0]), headers, body);
  }
  const std::string_view path_secret = match.segments.size() > 1 ? std::string_view(match.segments[1]) : "";
  return registry_hook(engine, *find_named(config.registries, match.segments[0]), {headers, body, path_secret});
}

void Server::State::set_up() {
  listener.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    const std::optional<Answer> answer = answer_without_body(request);
    if (!answer) return httplib::Server::HandlerResponse::Unhandled;
    write_answer(*answer, response);
    return httplib::Server::HandlerResponse::Handled;
  });
  // Only paths that the table of routes knows come here, so the expression sees nothing long.
  listener.Post("/hooks/.*", [this](const httplib::Request& request, httplib::Response& response,
                                    const httplib::ContentReader& read) {
    const Answer answer = hook(request, read);
    metrics.count_webhook(source_of(find_route(request.method, request.path)), answer.outcome);
    write_answer(answer, response);
  });
  listener.set_expect_100_continue_handler([this](const httplib::Request& request, httplib::Response& response) {
    const std::optional<Answer> answer = answer_without_body(request);
    if (!answer) return 100;
    write_answer(*answer, response);
    return answer->status;
  });
  listener.set_exception_handler([](const httplib::Request&, httplib::Response& response, const std::exception_ptr&) {
    log::error("a request failed with an exception");
    write_answer(error_answer(500, "the request failed"), response);
  });
  listener.set_post_routing_handler([](const httplib::Request&, httplib::Response& response) {
    // It tells httplib's limits, which are not those of our connections.
    response.headers.erase("Keep-Alive");
    if (response.status < 400) return;
    // After a refusal what is left of the body would be read as the next request.
    response.headers.erase("Connection");
    response.set_header("Connection", "close");
  });
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() { stop(); }

Result<std::unique_ptr<Server>> Server::start(engine::Engine& engine, const engine::ServerConfig& config) {
  TRY(const report::Templates templates, report::Templates::load(config.templates));
  auto state = std::make_unique<State>(engine, config, templates.source("page.css"));
  TRY(state->port, state->listener.take_port(config.listen_host, config.listen_port));
  state->set_up();
  state->listener.run();
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

int Server::port() const { return state_->port; }

void Server::stop() { state_->listener.finish(); }

}  // namespace towline::web
