#include "net/http_client.h"

#include <httplib.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <mutex>

#include "base/clock.h"
#include "base/text.h"
#include "net/http_connection.h"

namespace towline {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Idle connections kept for later; more may be in use at once.
constexpr std::size_t kMaxIdleConnections = 16;

/// An http(s) URL's host, taken apart.
struct Origin {
  std::string url;  ///< "https://host:port" as it was given
  bool tls = false;
  std::string authority;  ///< for the Host header
  std::string host;       ///< without brackets
  std::uint16_t port = 0;
};

/// What one attempt came to, before it is put into words.
struct Attempt {
  bool succeeded = false;
  HttpResponse response;
  bool answered = false;  ///< the status line and headers were read
  bool oversized = false;
  bool compressed = false;
  ConnectionFault fault = ConnectionFault::none;
};

/// httplib's writing of requests and reading of answers, over a stream of ours.
class Messages final : public httplib::ClientImpl {
 public:
  Messages(const std::string& host, int port) : ClientImpl(host, port) {
    set_keep_alive(true);
    set_follow_location(false);
    set_decompress(false);
    set_url_encode(false);
  }
  bool exchange(httplib::Stream& stream, httplib::Request& request, httplib::Response& response) {
    httplib::Error error = httplib::Error::Success;
    return process_request(stream, request, response, false, error);
  }
};

bool is_idempotent(const std::string& method) { return method == "GET" || method == "HEAD"; }

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

class PooledClient final : public HttpClient {
 public:
  PooledClient(Origin origin, std::string prefix, std::optional<Secret> authorization, HttpRoute route)
      : origin_(std::move(origin)),
        prefix_(std::move(prefix)),
        authorization_(std::move(authorization)),
        route_(std::move(route)) {}

  Result<HttpResponse> send(const HttpRequest& request) override {
    CHECK_OK(check(request));
    const SteadyTime deadline = std::chrono::steady_clock::now() + request.deadline;
    std::unique_ptr<HttpConnection> connection = take_idle();
    const bool reused = connection != nullptr;
    if (!reused) {
      TRY(connection, connect(request, deadline));
    }
    Attempt attempt = perform(*connection, request, deadline);
    // The other side may close an idle connection just as we use it. Only then, and only where asking twice
    // does no more than asking once, a fresh connection gets a second try.
    if (reused && attempt.fault == ConnectionFault::broken && !attempt.answered && is_idempotent(request.method)) {
      TRY(connection, connect(request, deadline));
      attempt = perform(*connection, request, deadline);
    }
    if (!attempt.succeeded) return failure(request, attempt);
    give_back(std::move(connection), attempt.response);
    return std::move(attempt.response);
  }

 private:
  Result<std::unique_ptr<HttpConnection>> connect(const HttpRequest& request, SteadyTime deadline) {
    auto addresses = route_.resolve(origin_.host, deadline);
    if (!addresses) {
      const bool late = addresses.error().kind == ErrorKind::timeout;
      return failure(request, late ? ConnectionFault::late : ConnectionFault::unreachable);
    }
    const IpAddress first = addresses->front();
    std::erase_if(*addresses, [&](const IpAddress& address) { return !is_within_reach(address.scope()); });
    if (addresses->empty()) {
      return fail(ErrorKind::invalid, doing(request) + ": the host's name leads to " + first.str() + ", which is " +
                                          (route_.reach == HttpReach::internet ? "no address of the internet"
                                                                               : "of this machine or its link") +
                                          "; it is not asked");
    }
    auto connection = std::make_unique<HttpConnection>();
    if (!connection->connect(*addresses, origin_.port, deadline) ||
        (origin_.tls && !connection->secure(tls_context(), origin_.host))) {
      return failure(request, connection->fault());
    }
    return connection;
  }

  bool is_within_reach(AddressScope scope) const {
    switch (route_.reach) {
      case HttpReach::anywhere:
        return true;
      case HttpReach::no_special:
        return scope != AddressScope::special;
      case HttpReach::internet:
        return scope == AddressScope::internet;
    }
    return false;
  }

  /// Reading what this system trusts takes a while, so it is done once, when it is needed.
  SSL_CTX* tls_context() {
    const std::lock_guard lock(mutex_);
    if (!tls_context_) tls_context_ = make_tls_context();
    return tls_context_.get();
  }

  std::unique_ptr<HttpConnection> take_idle() {
    const std::lock_guard lock(mutex_);
    while (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      if (connection->is_idle()) return connection;
    }
    return nullptr;
  }

  void give_back(std::unique_ptr<HttpConnection> connection, const HttpResponse& response) {
    if (to_lower(response.header("Connection")) == "close" || !connection->is_idle()) return;
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kMaxIdleConnections) idle_.push_back(std::move(connection));
  }

  static Result<void> check(const HttpRequest& request) {
    const bool bad_path = !request.path.starts_with('/') || request.path.find(' ') != std::string::npos ||
                          has_control_characters(request.path);
    const bool bad_header = has_control_characters(request.content_type) ||
                            std::any_of(request.headers.begin(), request.headers.end(), [](const auto& h) {
                              return has_control_characters(h.first) || has_control_characters(h.second);
                            });
    if (!bad_path && !bad_header) return {};
    return fail(ErrorKind::internal,
                std::string("cannot send an HTTP request: its ") +
                    (bad_path ? "path is not percent-encoded" : "headers have control characters"));
  }

  httplib::Request make_request(const HttpRequest& request) const {
    httplib::Request raw;
    raw.method = request.method;
    raw.path = prefix_ + request.path;
    for (const auto& [name, value] : request.headers) raw.headers.emplace(name, value);
    if (authorization_) raw.headers.emplace("Authorization", authorization_->reveal());
    raw.headers.emplace("Host", origin_.authority);
    raw.headers.emplace("Accept-Encoding", "identity");
    if (!raw.has_header("User-Agent")) raw.headers.emplace("User-Agent", "towline");
    if (!request.body.empty()) {
      if (!raw.has_header("Content-Type")) raw.headers.emplace("Content-Type", request.content_type);
      raw.body = request.body;
    }
    return raw;
  }

  Attempt perform(HttpConnection& connection, const HttpRequest& request, SteadyTime deadline) const {
    connection.begin(deadline);
    Attempt attempt;
    attempt.response.peer = connection.peer().scope();
    const auto answered = [&](const httplib::Response& response) {
      attempt.answered = true;
      attempt.response.status = response.status;
      for (const auto& [name, value] : response.headers) attempt.response.headers.emplace_back(name, value);
    };
    httplib::Request raw = make_request(request);
    raw.response_handler = [&](const httplib::Response& response) {
      connection.headers_end();
      answered(response);
      const std::string encoding = to_lower(response.get_header_value("Content-Encoding"));
      attempt.compressed = !encoding.empty() && encoding != "identity";
      return !attempt.compressed;
    };
    raw.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
      connection.body_taken(size);
      attempt.oversized = attempt.response.body.size() + size > request.max_response_bytes;
      if (attempt.oversized) return false;
      attempt.response.body.append(data, size);
      return true;
    };
    Messages messages(origin_.host, origin_.port);
    httplib::Response response;
    attempt.succeeded = messages.exchange(connection, raw, response);
    attempt.fault = connection.fault();
    // A message that is none looks to httplib as an end does.
    if (!attempt.succeeded && attempt.fault == ConnectionFault::none) attempt.fault = ConnectionFault::broken;
    // Answers without content (204, HEAD) do not pass the handlers.
    if (attempt.succeeded && !attempt.answered) answered(response);
    return attempt;
  }

  /// A query may carry what people typed; the path says enough.
  std::string doing(const HttpRequest& request) const {
    return request.method + " " + origin_.url + prefix_ + request.path.substr(0, request.path.find('?'));
  }

  tl::unexpected<Error> failure(const HttpRequest& request, const Attempt& attempt) const {
    if (attempt.oversized) {
      return fail(ErrorKind::invalid, doing(request) + ": the answer is larger than the limit of " +
                                          plural(request.max_response_bytes, "byte"));
    }
    if (attempt.compressed) {
      return fail(ErrorKind::invalid, doing(request) + ": the answer is compressed, which was not asked for");
    }
    return failure(request, attempt.fault);
  }

  tl::unexpected<Error> failure(const HttpRequest& request, ConnectionFault fault) const {
    switch (fault) {
      case ConnectionFault::late:
        return fail(ErrorKind::timeout,
                    doing(request) + ": no complete answer within " + format_duration(request.deadline));
      case ConnectionFault::unreachable:
        return fail(ErrorKind::unavailable, doing(request) + ": cannot connect; check that the host is right and up");
      case ConnectionFault::untrusted:
        return fail(ErrorKind::unavailable,
                    doing(request) + ": no trusted TLS connection; check the host's certificate");
      case ConnectionFault::headers:
        return fail(ErrorKind::invalid, doing(request) + ": the answer's headers are larger than the limit of " +
                                            plural(HttpConnection::kMaxHeaderBytes, "byte"));
      case ConnectionFault::header_line:
        return fail(ErrorKind::invalid, doing(request) + ": the answer has a header of more than " +
                                            plural(HttpConnection::kMaxLineBytes, "byte"));
      case ConnectionFault::framing:
        return fail(ErrorKind::invalid, doing(request) + ": the answer comes in chunks with next to nothing in them");
      case ConnectionFault::none:
      case ConnectionFault::broken:
        break;
    }
    return fail(ErrorKind::unavailable, doing(request) + ": the connection broke before the answer was complete");
  }

  const Origin origin_;
  const std::string prefix_;
  const std::optional<Secret> authorization_;
  const HttpRoute route_;
  std::mutex mutex_;
  TlsContext tls_context_;
  std::vector<std::unique_ptr<HttpConnection>> idle_;
};

/// "host", "host:port", "[address]:port"; nullopt when it is none of them.
std::optional<Origin> parse_origin(const std::string& scheme, std::string_view authority) {
  Origin origin;
  origin.url = scheme + "://" + std::string(authority);
  origin.tls = scheme == "https";
  origin.authority = authority;
  origin.port = origin.tls ? 443 : 80;
  const bool bracketed = authority.starts_with('[');
  const std::size_t end = bracketed ? authority.find(']') : authority.find(':');
  if (bracketed && end == std::string_view::npos) return std::nullopt;
  origin.host = bracketed ? authority.substr(1, end - 1) : authority.substr(0, end);
  std::string_view rest = authority.substr(std::min(authority.size(), bracketed ? end + 1 : end));
  if (origin.host.empty() || (bracketed && !IpAddress::parse(origin.host))) return std::nullopt;
  if (rest.empty()) return origin;
  if (!rest.starts_with(':')) return std::nullopt;
  rest.remove_prefix(1);
  const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), origin.port);
  const bool whole = error == std::errc() && stop == rest.data() + rest.size();
  return whole && origin.port != 0 ? std::optional(origin) : std::nullopt;
}

}  // namespace

std::string_view HttpResponse::header(std::string_view name) const {
  const std::string wanted = to_lower(name);
  const auto found =
      std::find_if(headers.begin(), headers.end(), [&](const auto& h) { return to_lower(h.first) == wanted; });
  return found == headers.end() ? std::string_view{} : std::string_view(found->second);
}

Result<std::unique_ptr<HttpClient>> make_http_client(std::string_view base_url, std::optional<Secret> authorization,
                                                     HttpRoute route) {
  const std::string shown = "'" + printable_utf8(ellipsize(redact_url(base_url), 200)) + "'";
  const std::size_t scheme_end = base_url.find("://");
  const std::string scheme = to_lower(base_url.substr(0, scheme_end == std::string_view::npos ? 0 : scheme_end));
  if (scheme != "http" && scheme != "https") {
    return fail(ErrorKind::invalid,
                shown + " is not a URL to talk to; write http://host[:port] or https://host[:port]");
  }
  const std::string_view rest = base_url.substr(scheme_end + 3);
  const std::size_t path_start = std::min(rest.find('/'), rest.size());
  const std::string_view authority = rest.substr(0, path_start);
  std::string_view prefix = rest.substr(path_start);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (authority.find('@') != std::string_view::npos) {
    return fail(ErrorKind::invalid, shown + " has credentials in it; give them apart from the URL");
  }
  if (authority.empty() || base_url.find_first_of(" ?#") != std::string_view::npos ||
      has_control_characters(base_url)) {
    return fail(ErrorKind::invalid, shown + " is not a URL to talk to; it needs a host and no query");
  }
  if (authorization && (authorization->empty() || has_control_characters(authorization->reveal()))) {
    return fail(ErrorKind::invalid, "the credentials for " + shown + " are empty or have control characters in them");
  }
  if (auto origin = parse_origin(scheme, authority)) {
    return std::make_unique<PooledClient>(*std::move(origin), std::string(prefix), std::move(authorization),
                                          std::move(route));
  }
  return fail(ErrorKind::invalid, shown + " is not a URL to talk to; its host or port cannot be used");
}

}  // namespace towline
