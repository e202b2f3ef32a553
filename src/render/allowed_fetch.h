#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace towline::render {

/// From where we may be sent, and how far.
struct FetchRules {
  std::vector<std::string> allowed_hosts;
  std::size_t max_bytes = 64u << 20;           ///< of what is fetched in the end
  std::chrono::milliseconds deadline{60'000};  ///< of one fetch, with all its redirects
};

/// An http(s) URL, taken apart.
struct WebAddress {
  std::string origin;       ///< "https://host:port"
  std::string path;         ///< "/…", with the query
  std::string credentials;  ///< "user:password"; mostly empty
};
std::optional<WebAddress> parse_web_address(std::string_view text);
/// What a reference means in a document of that address. Credentials stay with their host.
std::optional<WebAddress> resolve_reference(const WebAddress& from, std::string_view reference);

/// An address, or what was written in place of one, for people: without credentials, printable and not too long.
std::string shown_address(std::string_view address);

/// What lies at the address. Redirects lead to allowed hosts only, and never from https to http. Errors: unavailable,
/// timeout or invalid (too large), with why there is nothing.
Result<std::string> fetch_allowed(WebAddress address, std::size_t max_bytes, const FetchRules& rules);

}  // namespace towline::render
