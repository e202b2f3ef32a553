#pragma once

#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace towline {

/// Where an address leads.
enum class AddressScope {
  internet,
  inside,   ///< a private network (RFC 1918, RFC 6598, RFC 4193)
  special,  ///< this machine, its link (where clouds keep their metadata), everybody, nobody, or by way of a tunnel
};

/// An IPv4 or IPv6 address.
class IpAddress {
 public:
  /// As inet_pton(3) has it.
  static std::optional<IpAddress> parse(std::string_view text);
  static std::optional<IpAddress> of(const sockaddr& address);

  /// By IANA's registries of special-purpose addresses. An IPv6 address that stands for an IPv4 one leads where that
  /// does.
  AddressScope scope() const;
  std::string str() const;
  /// To be connected to at that port; the size of what was filled.
  socklen_t fill(sockaddr_storage& storage, std::uint16_t port) const;
  int family() const { return v6_ ? AF_INET6 : AF_INET; }
  bool operator==(const IpAddress&) const = default;

 private:
  bool v6_ = false;
  std::array<std::uint8_t, 16> bytes_{};  ///< of an IPv4 address the first four
};

/// The addresses of a name, the best first. Errors: unavailable (it has none), timeout.
using Resolver =
    std::function<Result<std::vector<IpAddress>>(const std::string& host, std::chrono::steady_clock::time_point until)>;

/// By the system's resolver, which may know names of its own.
Result<std::vector<IpAddress>> resolve_by_system(const std::string& host, std::chrono::steady_clock::time_point until);

}  // namespace towline
