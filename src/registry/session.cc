#include "registry/session.h"

#include <algorithm>
#include <utility>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"

namespace towline::registry {

namespace {

constexpr std::string_view kDockerHub = "docker.io";
constexpr std::string_view kDockerHubsOwn = "registry-1.docker.io";
constexpr std::chrono::seconds kSlotWait{30};
constexpr std::chrono::seconds kPauseAfterFailure{15};
constexpr std::chrono::milliseconds kTokenDeadline{10'000};
constexpr std::size_t kMaxTokenAnswer = 256u << 10;
constexpr std::size_t kMaxTokenBytes = 64u << 10;
constexpr std::size_t kMostTokens = 1'024;
constexpr std::size_t kMostRedirects = 5;
constexpr std::int64_t kUsualTokenSeconds = 60;  // the distribution specification's when the answer does not say
constexpr std::int64_t kLongestTokenSeconds = 3'600;
constexpr std::chrono::seconds kTokenMargin{10};

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

/// One of the requests at once; gives the slot back.
class Slot {
 public:
  explicit Slot(std::counting_semaphore<4>& slots) : slots_(slots), held_(slots.try_acquire_for(kSlotWait)) {}
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  ~Slot() {
    if (held_) slots_.release();
  }
  bool held() const { return held_; }

 private:
  std::counting_semaphore<4>& slots_;
  bool held_;
};

Error unavailable(std::string message, std::chrono::seconds wait) {
  return Error{ErrorKind::unavailable, std::move(message), {}, wait};
}

/// What a status other than those that are answers comes to.
tl::unexpected<Error> refusal(const HttpResponse& response, const std::string& doing) {
  const std::string status = std::to_string(response.status);
  switch (response.status) {
    case 404:
      return fail(ErrorKind::not_found,
                  doing + ": there is no such thing, or it may not be seen with these credentials");
    case 401:
    case 403:
      return fail(ErrorKind::forbidden, doing + ": it was refused (" + status + "); check the registry's credentials");
    default:
      break;
  }
  if (is_redirect(response.status)) {
    return fail(ErrorKind::invalid, doing + ": it redirects (" + status +
                                        "), and only layers may be elsewhere; such a "
                                        "redirect is not followed");
  }
  if (response.status >= 500) return tl::unexpected(unavailable(doing + ": it answered " + status, kPauseAfterFailure));
  return fail(ErrorKind::invalid, doing + ": it answered " + status + ", which says nothing here");
}

}  // namespace

Result<std::unique_ptr<Session>> Session::create(ClientOptions options) {
  std::string url = options.url;
  if (url.empty())
    url = options.host == kDockerHub ? "https://" + std::string(kDockerHubsOwn) : "https://" + options.host;
  std::optional<Address> base = parse_address(url);
  if (!base || base->path.find('?') != std::string::npos) {
    return fail(ErrorKind::invalid, "the address of the registry " + options.host + " is not an http(s) URL");
  }
  std::string prefix = base->path;
  while (prefix.ends_with('/')) prefix.pop_back();
  if (!options.connect) {
    options.connect = [](std::string_view origin, HttpReach reach) {
      return make_http_client(origin, std::nullopt, {reach, resolve_by_system});
    };
  }
  TRY(std::unique_ptr<HttpClient> http, options.connect(base->origin(), HttpReach::anywhere));
  return std::unique_ptr<Session>(
      new Session(std::move(options), *std::move(base), std::move(prefix), std::move(http)));
}

Session::Session(ClientOptions options, Address base, std::string prefix, std::unique_ptr<HttpClient> http)
    : options_(std::move(options)), base_(std::move(base)), prefix_(std::move(prefix)), http_(std::move(http)) {}

Result<void> Session::check_reachable() const {
  const std::lock_guard lock(mutex_);
  const TimePoint now = options_.clock->now();
  if (now >= not_before_) return {};
  return tl::unexpected(unavailable(why_not_, std::chrono::ceil<std::chrono::seconds>(not_before_ - now)));
}

void Session::pause(std::chrono::seconds wait, std::string why) {
  const std::lock_guard lock(mutex_);
  not_before_ = options_.clock->now() + wait;
  why_not_ = std::move(why);
}

/// Sends; a registry that cannot be reached, or says that it has had enough, is then left alone for a while.
Result<HttpResponse> Session::send(HttpClient& http, const HttpRequest& request) {
  CHECK_OK(check_reachable());
  Result<HttpResponse> response = http.send(request);
  if (!response) {
    Error error = std::move(response).error();
    error.message = "asking the registry " + options_.host + ": " + error.message;
    const bool passing = error.kind == ErrorKind::unavailable || error.kind == ErrorKind::timeout;
    if (passing) {
      error.retry_after = kPauseAfterFailure;
      pause(kPauseAfterFailure, "the registry " + options_.host + " could not be reached a moment ago");
    }
    return tl::unexpected(std::move(error));
  }
  const bool too_many =
      response->status == 429 || (response->status == 503 && !response->header("Retry-After").empty());
  if (!too_many) return response;
  const std::chrono::seconds wait = retry_after(response->header("Retry-After"), options_.clock->now());
  const std::string why = "the registry " + options_.host + " asks to be left alone for " +
                          format_duration(std::chrono::duration_cast<Duration>(wait)) + " (" +
                          std::to_string(response->status) + ")";
  pause(wait, why);
  return tl::unexpected(unavailable(why, wait));
}

std::optional<Secret> Session::authorization_for(const std::string& repository) {
  const std::lock_guard lock(mutex_);
  const auto token = tokens_.find(repository);
  if (token != tokens_.end() && token->second.expires > options_.clock->now()) {
    return Secret("Bearer " + token->second.value.reveal());
  }
  return basic_;
}

Result<HttpResponse> Session::send_authorized(const HttpRequest& request, const std::string& repository) {
  const Slot slot(slots_);
  if (!slot.held()) {
    return tl::unexpected(
        unavailable("the registry " + options_.host + " has too many requests under way", kPauseAfterFailure));
  }
  HttpRequest full = request;
  full.path = prefix_ + "/v2" + request.path;
  constexpr int kAttempts = 2;  // the second with what the challenge of the first asked for
  for (int attempt = 1;; ++attempt) {
    HttpRequest authorized = full;
    if (const auto authorization = authorization_for(repository)) {
      authorized.headers.emplace_back("Authorization", authorization->reveal());
    }
    TRY(HttpResponse response, send(*http_, authorized));
    if (response.status != 401 || attempt == kAttempts) return response;
    CHECK_OK(authenticate(response, repository));
  }
}

Result<HttpResponse> Session::ask(const HttpRequest& request, const std::string& repository) {
  const std::string doing =
      "asking the registry " + options_.host + " for " + request.path.substr(1, request.path.find('?') - 1);
  TRY(HttpResponse response, send_authorized(request, repository));
  if (response.status == 200 || response.status == 304 || response.status == 405) return response;
  return refusal(response, doing);
}

Result<HttpResponse> Session::ask_blob(const HttpRequest& request, const std::string& repository) {
  const std::string doing = "asking the registry " + options_.host + " for " + request.path.substr(1);
  TRY(HttpResponse response, send_authorized(request, repository));
  if (is_redirect(response.status)) {
    TRY(response, follow(std::move(response), request));
  }
  if (response.status == 200) return response;
  return refusal(response, doing);
}

Result<HttpResponse> Session::follow(HttpResponse response, const HttpRequest& request) {
  const std::string doing = "following the registry " + options_.host + " to a layer";
  const HttpReach elsewhere = response.peer == AddressScope::internet ? HttpReach::internet : HttpReach::no_special;
  Address at = base_;
  for (std::size_t count = 0; count < kMostRedirects; ++count) {
    const auto target = resolve_address(at, response.header("Location"));
    if (!target) return fail(ErrorKind::invalid, doing + ": the redirect leads to no http(s) address");
    const bool same_host = target->authority == base_.authority && target->scheme == base_.scheme;
    const bool public_host = target->scheme == "https" && is_public_name(target->authority);
    if (!same_host && !public_host) {
      return fail(ErrorKind::invalid, doing + ": the redirect leads to " + target->origin() +
                                          ", which is neither the same host nor a public one over https; it is not "
                                          "followed");
    }
    TRY(const auto http, options_.connect(target->origin(), same_host ? HttpReach::anywhere : elsewhere));
    HttpRequest next;
    next.path = target->path;
    next.deadline = request.deadline;
    next.max_response_bytes = request.max_response_bytes;
    auto followed = http->send(next);
    if (!followed) return fail_while(doing, std::move(followed).error());
    response = *std::move(followed);
    if (!is_redirect(response.status)) return response;
    at = *target;
  }
  return fail(ErrorKind::invalid, doing + ": more than " + plural(kMostRedirects, "redirect"));
}

Result<void> Session::authenticate(const HttpResponse& response, const std::string& repository) {
  std::optional<Challenge> basic;
  for (const auto& [name, value] : response.headers) {
    if (to_lower(name) != "www-authenticate") continue;
    const auto challenge = parse_challenge(value);
    if (challenge && challenge->scheme == "bearer") return fetch_token(*challenge, repository);
    if (challenge && challenge->scheme == "basic") basic = challenge;
  }
  const std::string doing = "asking the registry " + options_.host;
  if (!basic) return fail(ErrorKind::forbidden, doing + ": it refuses, and names no way to say who asks");
  TRY(const Credentials credentials, read_credentials(options_.credentials, options_.host));
  if (credentials.password.empty()) {
    return fail(ErrorKind::forbidden, doing + ": it wants a user and a password, and none are configured");
  }
  const std::lock_guard lock(mutex_);
  basic_ = Secret("Basic " + base64_encode(credentials.username + ":" + credentials.password.reveal()));
  return {};
}

bool Session::may_give_tokens(const Address& realm) const {
  // In the clear only where the registry itself is asked in the clear.
  if (realm.scheme != "https" && base_.scheme != "http") return false;
  if (realm.authority == base_.authority) return true;
  const bool docker_hub = options_.host == kDockerHub || options_.host == kDockerHubsOwn;
  if (docker_hub && realm.scheme == "https" && realm.authority == "auth.docker.io") return true;
  return std::find(options_.token_hosts.begin(), options_.token_hosts.end(), realm.authority) !=
         options_.token_hosts.end();
}

Result<HttpResponse> Session::request_token(const Address& realm, const Challenge& challenge,
                                            const std::string& repository, const Credentials& credentials) {
  TRY(const auto http, options_.connect(realm.origin(), HttpReach::anywhere));
  // The scope is what is needed, not what the challenge asks for.
  const std::string query = "service=" + percent_encode(challenge.parameter("service")) +
                            "&scope=" + percent_encode("repository:" + repository + ":pull");
  HttpRequest request;
  request.deadline = kTokenDeadline;
  request.max_response_bytes = kMaxTokenAnswer;
  request.path = realm.path;
  if (!credentials.identity_token.empty()) {
    request.method = "POST";
    request.content_type = "application/x-www-form-urlencoded";
    request.body = "grant_type=refresh_token&client_id=towline&" + query +
                   "&refresh_token=" + percent_encode(credentials.identity_token.reveal());
  } else {
    request.path += (realm.path.find('?') == std::string::npos ? "?" : "&") + query;
    if (!credentials.password.empty()) {
      request.headers.emplace_back(
          "Authorization", "Basic " + base64_encode(credentials.username + ":" + credentials.password.reveal()));
    }
  }
  return send(*http, request);
}

Result<void> Session::fetch_token(const Challenge& challenge, const std::string& repository) {
  const std::string doing = "getting a token for the registry " + options_.host;
  const auto realm = resolve_address(base_, challenge.parameter("realm"));
  if (!realm) return fail(ErrorKind::invalid, doing + ": the registry names no http(s) address for it");
  if (!may_give_tokens(*realm)) {
    return fail(ErrorKind::invalid, doing + ": the registry sends to " + realm->origin() +
                                        ", which is not its own host; if that is right, name it under " +
                                        options_.token_hosts_key);
  }
  TRY(const Credentials credentials, read_credentials(options_.credentials, options_.host));
  TRY(const HttpResponse response, request_token(*realm, challenge, repository, credentials));
  if (response.status == 200) return keep_token(response, repository);
  const std::string status = std::to_string(response.status);
  if (response.status >= 500) {
    return tl::unexpected(unavailable(doing + ": " + realm->origin() + " answered " + status, kPauseAfterFailure));
  }
  return fail(ErrorKind::forbidden,
              doing + ": " + realm->origin() + " answered " + status + "; check the registry's credentials");
}

Result<void> Session::keep_token(const HttpResponse& response, const std::string& repository) {
  const std::string doing = "getting a token for the registry " + options_.host;
  const Result<Json> json = parse_json(response.body, 16);
  if (!json) return fail(ErrorKind::invalid, doing + ": the answer is not JSON");
  const std::string value = json_string(*json, "/token", json_string(*json, "/access_token"));
  if (value.empty() || value.size() > kMaxTokenBytes || !is_printable(value)) {
    return fail(ErrorKind::invalid, doing + ": the answer has no token in it");
  }
  const std::int64_t seconds = std::clamp<std::int64_t>(json_integer(*json, "/expires_in", kUsualTokenSeconds),
                                                        kUsualTokenSeconds, kLongestTokenSeconds);
  const std::lock_guard lock(mutex_);
  if (tokens_.size() >= kMostTokens) tokens_.clear();
  tokens_[repository] = {Secret(value), options_.clock->now() + std::chrono::seconds(seconds) - kTokenMargin};
  return {};
}

}  // namespace towline::registry
