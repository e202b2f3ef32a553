#include "base/http_client.h"

#include <httplib.h>

#include <algorithm>
#include <mutex>

#include "base/clock.h"
#include "base/text.h"

namespace towline {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Idle connections kept for later; more may be in use at once.
constexpr std::size_t kMaxIdleConnections = 16;

/// What one attempt came to, before it is put into words.
struct Attempt {
  httplib::Error error = httplib::Error::Unknown;
  HttpResponse response;
  bool answered = false;  ///< the status line and headers were read
  bool oversized = false;
  bool compressed = false;
  bool late = false;
};

bool is_idempotent(const std::string& method) { return method == "GET" || method == "HEAD"; }

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

class PooledClient final : public HttpClient {
 public:
  PooledClient(std::string origin, std::string prefix, std::optional<Secret> authorization)
      : origin_(std::move(origin)), prefix_(std::move(prefix)), authorization_(std::move(authorization)) {}

  Result<HttpResponse> send(const HttpRequest& request) override {
    CHECK_OK(check(request));
    const SteadyTime deadline = std::chrono::steady_clock::now() + request.deadline;
    std::unique_ptr<httplib::Client> connection = take_idle();
    const bool reused = connection != nullptr;
    if (!reused) connection = connect();
    Attempt attempt = perform(*connection, request, deadline);
    // The other side may close an idle connection just as we use it. Only then, and only where asking twice
    // does no more than asking once, a fresh connection gets a second try.
    if (attempt.error != httplib::Error::Success && reused && !attempt.answered && is_idempotent(request.method) &&
        attempt.error != httplib::Error::ConnectionTimeout && std::chrono::steady_clock::now() < deadline) {
      connection = connect();
      attempt = perform(*connection, request, deadline);
    }
    if (attempt.error != httplib::Error::Success) return failure(request, attempt, deadline);
    give_back(std::move(connection));
    return std::move(attempt.response);
  }

 private:
  std::unique_ptr<httplib::Client> connect() const {
    auto client = std::make_unique<httplib::Client>(origin_);
    client->set_keep_alive(true);
    client->set_tcp_nodelay(true);
    client->set_follow_location(false);
    client->set_decompress(false);
    client->set_url_encode(false);
    client->enable_server_certificate_verification(true);
    return client;
  }

  std::unique_ptr<httplib::Client> take_idle() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return nullptr;
    auto client = std::move(idle_.back());
    idle_.pop_back();
    return client;
  }

  void give_back(std::unique_ptr<httplib::Client> client) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kMaxIdleConnections) idle_.push_back(std::move(client));
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
    raw.headers.emplace("Accept-Encoding", "identity");
    if (!raw.has_header("User-Agent")) raw.headers.emplace("User-Agent", "towline");
    if (!request.body.empty()) {
      if (!raw.has_header("Content-Type")) raw.headers.emplace("Content-Type", request.content_type);
      raw.body = request.body;
    }
    return raw;
  }

  Attempt perform(httplib::Client& client, const HttpRequest& request, SteadyTime deadline) const {
    const auto left =
        std::max(std::chrono::milliseconds{1},
                 std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()));
    client.set_connection_timeout(left);
    client.set_read_timeout(left);
    client.set_write_timeout(left);

    Attempt attempt;
    httplib::Request raw = make_request(request);
    raw.response_handler = [&](const httplib::Response& response) {
      attempt.answered = true;
      attempt.response.status = response.status;
      for (const auto& [name, value] : response.headers) attempt.response.headers.emplace_back(name, value);
      const std::string encoding = to_lower(response.get_header_value("Content-Encoding"));
      attempt.compressed = !encoding.empty() && encoding != "identity";
      return !attempt.compressed;
    };
    raw.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
      // Each read has a limit of its own; this one bounds an answer that arrives in drops.
      attempt.late = std::chrono::steady_clock::now() > deadline;
      attempt.oversized = attempt.response.body.size() + size > request.max_response_bytes;
      if (attempt.late || attempt.oversized) return false;
      attempt.response.body.append(data, size);
      return true;
    };
    const httplib::Result result = client.send(raw);
    attempt.error = result.error();
    // Answers without content (204, HEAD) do not pass the handlers.
    if (result && !attempt.answered) {
      attempt.answered = true;
      attempt.response.status = result->status;
      for (const auto& [name, value] : result->headers) attempt.response.headers.emplace_back(name, value);
    }
    return attempt;
  }

  tl::unexpected<Error> failure(const HttpRequest& request, const Attempt& attempt, SteadyTime deadline) const {
    // A query may carry what people typed; the path says enough.
    const std::string doing = request.method + " " + origin_ + prefix_ + request.path.substr(0, request.path.find('?'));
    if (attempt.oversized) {
      return fail(ErrorKind::invalid,
                  doing + ": the answer is larger than the limit of " + plural(request.max_response_bytes, "byte"));
    }
    if (attempt.compressed) {
      return fail(ErrorKind::invalid, doing + ": the answer is compressed, which was not asked for");
    }
    const bool late = attempt.late || std::chrono::steady_clock::now() >= deadline ||
                      attempt.error == httplib::Error::ConnectionTimeout;
    if (late) {
      return fail(ErrorKind::timeout, doing + ": no complete answer within " + format_duration(request.deadline));
    }
    switch (attempt.error) {
      case httplib::Error::Connection:
        return fail(ErrorKind::unavailable, doing + ": cannot connect; check that the host is right and up");
      case httplib::Error::SSLConnection:
      case httplib::Error::SSLLoadingCerts:
      case httplib::Error::SSLServerVerification:
        return fail(ErrorKind::unavailable, doing + ": no trusted TLS connection; check the host's certificate");
      default:
        return fail(ErrorKind::unavailable, doing + ": the connection broke before the answer was complete");
    }
  }

  const std::string origin_;
  const std::string prefix_;
  const std::optional<Secret> authorization_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<httplib::Client>> idle_;
};

}  // namespace

std::string_view HttpResponse::header(std::string_view name) const {
  const std::string wanted = to_lower(name);
  const auto found =
      std::find_if(headers.begin(), headers.end(), [&](const auto& h) { return to_lower(h.first) == wanted; });
  return found == headers.end() ? std::string_view{} : std::string_view(found->second);
}

Result<std::unique_ptr<HttpClient>> make_http_client(std::string_view base_url, std::optional<Secret> authorization) {
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
  std::string origin = scheme + "://" + std::string(authority);
  try {
    if (httplib::Client(origin).is_valid()) {
      return std::make_unique<PooledClient>(std::move(origin), std::string(prefix), std::move(authorization));
    }
  } catch (const std::exception&) {
    // A port that is not a number; told below like every other bad host.
  }
  return fail(ErrorKind::invalid, shown + " is not a URL to talk to; its host or port cannot be used");
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kUnreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kUnreserved.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded.append(1, '%').append(1, kDigits[byte >> 4u]).append(1, kDigits[byte & 15u]);
    }
  }
  return encoded;
}

}  // namespace towline
