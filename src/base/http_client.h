#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace towline {

/// Header names are compared without case.
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  std::string path;  ///< with the query, starting with '/'; already percent-encoded
  HttpHeaders headers;
  std::string body;
  std::string content_type = "application/json";
  std::chrono::milliseconds deadline{30'000};
  std::size_t max_response_bytes = 32u << 20;
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;
  std::string body;
  /// The first value of that header, or "".
  std::string_view header(std::string_view name) const;
};

/// Talks to one host. Redirects are not followed, so that credentials stay with that host.
/// Errors are of transport only (unavailable, timeout, invalid for an oversized answer); every status
/// is an answer. Thread-safe; connections are kept alive and reused.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual Result<HttpResponse> send(const HttpRequest& request) = 0;
};

/// `base_url` is "http://host[:port]" or "https://…", its path (if any) is put before every request's.
/// `authorization`, when given, is sent as the Authorization header and never appears in an error.
Result<std::unique_ptr<HttpClient>> make_http_client(std::string_view base_url, std::optional<Secret> authorization);

/// Percent-encodes everything but unreserved characters (RFC 3986 section 2.3).
std::string percent_encode(std::string_view text);

}  // namespace towline
