#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

// Readers of what registries say in headers; every one takes any bytes.
namespace towline::registry {

/// An http(s) URL taken apart. Without a user and a fragment.
struct Address {
  std::string scheme;     ///< "https" or "http"
  std::string authority;  ///< "registry.example.com:5000", in lower case
  std::string path;       ///< with the query; "/" at least
  std::string origin() const { return scheme + "://" + authority; }
  bool operator==(const Address&) const = default;
};
/// nullopt: no such URL, or one with a user, blanks, control or other than ASCII characters, or over 8 KiB.
std::optional<Address> parse_address(std::string_view url);
/// The same for a target that may be a path of the address it was found at.
std::optional<Address> resolve_address(const Address& base, std::string_view target);
/// Whether the host is a name with a dot and not an address: a public registry's storage, not something inside.
bool is_public_name(std::string_view authority);

/// One challenge of WWW-Authenticate (RFC 9110, section 11.6.1).
struct Challenge {
  std::string scheme;                                           ///< in lower case: "bearer", "basic"
  std::vector<std::pair<std::string, std::string>> parameters;  ///< names in lower case
  std::string parameter(std::string_view name) const;
};
/// The first challenge of that header's value; nullopt when it is none or over 4 KiB.
std::optional<Challenge> parse_challenge(std::string_view header);

/// The target with rel="next" of a Link header (RFC 8288); nullopt when there is none.
std::optional<std::string> next_link(std::string_view header);

/// Retry-After (RFC 9110, section 10.2.3): seconds or a date; from one second to an hour, a minute when it says nothing
/// that can be read.
std::chrono::seconds retry_after(std::string_view header, TimePoint now);

}  // namespace towline::registry
