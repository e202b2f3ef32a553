#include "render/allowed_fetch.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/crypto.h"
#include "base/secret.h"
#include "base/text.h"
#include "net/http_client.h"
#include "render/charts/chart_cache.h"

namespace towline::render {
namespace {

constexpr int kMostRedirects = 5;

using Time = std::chrono::steady_clock::time_point;

Result<HttpResponse> ask(const WebAddress& address, std::size_t max_bytes, Time until) {
  std::optional<Secret> authorization;
  if (!address.credentials.empty()) authorization = Secret("Basic " + base64_encode(address.credentials));
  TRY(const auto client, make_http_client(address.origin, std::move(authorization)));
  HttpRequest request;
  request.path = address.path;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  request.deadline = std::max(left, std::chrono::milliseconds{1});
  request.max_response_bytes = max_bytes;
  return client->send(request);
}

Result<WebAddress> redirected(const WebAddress& from, std::string_view location) {
  const auto to = resolve_reference(from, location);
  const bool weaker = to && from.origin.starts_with("https://") && !to->origin.starts_with("https://");
  if (!to || weaker) {
    return fail(ErrorKind::unavailable, "it redirects to '" + shown_address(location) + "', which is not followed");
  }
  return *to;
}

}  // namespace

std::optional<WebAddress> parse_web_address(std::string_view text) {
  constexpr std::array<std::string_view, 2> kSchemes = {"http://", "https://"};
  const auto scheme =
      std::find_if(kSchemes.begin(), kSchemes.end(), [&](std::string_view start) { return text.starts_with(start); });
  const bool harmless = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (scheme == kSchemes.end() || !harmless) return std::nullopt;
  text = text.substr(0, text.find('#'));
  const std::string_view rest = text.substr(scheme->size());
  const std::size_t slash = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, slash);
  WebAddress address;
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    address.credentials = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  if (authority.empty()) return std::nullopt;
  address.origin = std::string(*scheme) + std::string(authority);
  address.path = rest.substr(slash);
  if (!address.path.starts_with('/')) address.path.insert(0, "/");
  return address;
}

std::optional<WebAddress> resolve_reference(const WebAddress& from, std::string_view reference) {
  std::string whole(reference);
  if (reference.starts_with("//")) {
    whole = from.origin.substr(0, from.origin.find(':') + 1) + whole;
  } else if (reference.find("://") == std::string_view::npos) {
    const std::string path = from.path.substr(0, from.path.find('?'));
    whole = from.origin + (reference.starts_with('/') ? "" : path.substr(0, path.rfind('/') + 1)) + whole;
  }
  auto address = parse_web_address(whole);
  if (address && address->origin == from.origin) address->credentials = from.credentials;
  return address;
}

std::string shown_address(std::string_view address) { return printable_utf8(ellipsize(redact_url(address), 200)); }

Result<std::string> fetch_allowed(WebAddress address, std::size_t max_bytes, const FetchRules& rules) {
  const Time until = std::chrono::steady_clock::now() + rules.deadline;
  for (int hop = 0; hop <= kMostRedirects; ++hop) {
    if (!is_allowed_host(address.origin, rules.allowed_hosts)) {
      return fail(ErrorKind::unavailable,
                  "it leads to " + shown_address(address.origin + address.path) + ", which is not fetched unless '" +
                      printable_utf8(host_of(address.origin)) + "' stands under render.hosts too");
    }
    TRY(HttpResponse response, ask(address, max_bytes, until));
    if (response.status == 200) return std::move(response.body);
    const bool redirects = response.status >= 301 && response.status <= 308 && !response.header("Location").empty();
    if (!redirects) {
      return fail(ErrorKind::unavailable, shown_address(address.origin + address.path) + " answers with status " +
                                              std::to_string(response.status));
    }
    TRY(address, redirected(address, response.header("Location")));
  }
  return fail(ErrorKind::unavailable, "it redirects more than " + plural(kMostRedirects, "time"));
}

}  // namespace towline::render
