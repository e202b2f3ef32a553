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
#include "net/ip_address.h"

namespace towline {

/// Header names are compared without case.
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  std::string path;  ///< with the query, starting with '/'; already percent-encoded
  HttpHeaders headers;
  std::string body;
  std::string content_type = "application/json";
  std::chrono::milliseconds deadline{30'000};  ///< from looking up the host's name to the last byte
  std::size_t max_response_bytes = 32u << 20;  ///< of the body; headers may be 64 KiB
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;
  std::string body;
  AddressScope peer = AddressScope::internet;  ///< where the address that answered is
  /// The first value of that header, or "".
  std::string_view header(std::string_view name) const;
};

/// Talks to one host, directly: no proxy. Redirects are not followed, so that credentials stay with that host.
/// Errors are of transport only (unavailable, timeout, invalid for an oversized answer or an address that is out of
/// reach); every status is an answer. Thread-safe; connections are kept alive and reused.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual Result<HttpResponse> send(const HttpRequest& request) = 0;
};

/// To which addresses a host's name may lead. What is connected to is what was looked at, whatever the name leads to
/// the next time.
enum class HttpReach {
  anywhere,
  no_special,  ///< the internet and private networks
  internet,
};
struct HttpRoute {
  HttpReach reach = HttpReach::anywhere;
  Resolver resolve = resolve_by_system;
};

/// `base_url` is "http://host[:port]" or "https://…", its path (if any) is put before every request's.
/// `authorization`, when given, is sent as the Authorization header and never appears in an error.
Result<std::unique_ptr<HttpClient>> make_http_client(std::string_view base_url, std::optional<Secret> authorization,
                                                     HttpRoute route = {});

}  // namespace towline
