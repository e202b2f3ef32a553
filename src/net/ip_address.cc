#include "net/ip_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <future>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

namespace towline {

namespace {

struct Range {
  const char* network;
  int bits;
  AddressScope scope;
};

/// The first that fits counts. Source: IANA IPv4 and IPv6 Special-Purpose Address Registries, and their multicast ones.
constexpr std::array<Range, 16> kV4Ranges{{{"0.0.0.0", 8, AddressScope::special},
                                           {"10.0.0.0", 8, AddressScope::inside},
                                           {"100.64.0.0", 10, AddressScope::inside},
                                           {"127.0.0.0", 8, AddressScope::special},
                                           {"169.254.0.0", 16, AddressScope::special},
                                           {"172.16.0.0", 12, AddressScope::inside},
                                           {"192.0.0.0", 24, AddressScope::special},
                                           {"192.0.2.0", 24, AddressScope::special},
                                           {"192.88.99.0", 24, AddressScope::special},
                                           {"192.168.0.0", 16, AddressScope::inside},
                                           {"198.18.0.0", 15, AddressScope::special},
                                           {"198.51.100.0", 24, AddressScope::special},
                                           {"203.0.113.0", 24, AddressScope::special},
                                           {"224.0.0.0", 4, AddressScope::special},
                                           {"240.0.0.0", 4, AddressScope::special},
                                           {"0.0.0.0", 0, AddressScope::internet}}};
constexpr std::array<Range, 7> kV6Ranges{{{"fd00:ec2::", 32, AddressScope::special},  // a cloud's metadata
                                          {"fc00::", 7, AddressScope::inside},
                                          {"2001::", 23, AddressScope::special},
                                          {"2001:db8::", 32, AddressScope::special},
                                          {"2002::", 16, AddressScope::special},
                                          {"3fff::", 20, AddressScope::special},
                                          {"2000::", 3, AddressScope::internet}}};

/// Networks whose addresses end in an IPv4 one: mapped (RFC 4291) and translated (RFC 6052).
constexpr std::array<const char*, 2> kEmbedding = {"::ffff:0:0", "64:ff9b::"};
constexpr int kEmbeddingBits = 96;

using Bytes = std::array<std::uint8_t, 16>;

Bytes bytes_of(int family, const char* text) {
  Bytes bytes{};
  inet_pton(family, text, bytes.data());
  return bytes;
}

bool within(const Bytes& bytes, const Bytes& network, int bits) {
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (!std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(whole), network.begin())) return false;
  const int rest = bits % 8;
  return rest == 0 || (bytes[whole] >> (8 - rest)) == (network[whole] >> (8 - rest));
}

template <std::size_t N>
AddressScope scope_among(const std::array<Range, N>& ranges, int family, const Bytes& bytes) {
  const auto found = std::find_if(ranges.begin(), ranges.end(), [&](const Range& range) {
    return within(bytes, bytes_of(family, range.network), range.bits);
  });
  return found == ranges.end() ? AddressScope::special : found->scope;
}

Result<std::vector<IpAddress>> look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(error == 0 ? found : nullptr, [](addrinfo* list) {
    if (list != nullptr) freeaddrinfo(list);
  });
  std::vector<IpAddress> addresses;
  for (const addrinfo* entry = owned.get(); entry != nullptr; entry = entry->ai_next) {
    const auto address = IpAddress::of(*entry->ai_addr);
    if (address && std::find(addresses.begin(), addresses.end(), *address) == addresses.end()) {
      addresses.push_back(*address);
    }
  }
  if (addresses.empty()) return fail(ErrorKind::unavailable, "the host's name has no address");
  return addresses;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string terminated(text);
  IpAddress address;
  for (const bool v6 : {false, true}) {
    address.v6_ = v6;
    address.bytes_ = {};
    if (inet_pton(address.family(), terminated.c_str(), address.bytes_.data()) == 1) return address;
  }
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::of(const sockaddr& address) {
  IpAddress parsed;
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    std::memcpy(parsed.bytes_.data(), &v4.sin_addr, sizeof v4.sin_addr);
    return parsed;
  }
  if (address.sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  parsed.v6_ = true;
  std::memcpy(parsed.bytes_.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
  return parsed;
}

AddressScope IpAddress::scope() const {
  if (!v6_) return scope_among(kV4Ranges, AF_INET, bytes_);
  for (const char* network : kEmbedding) {
    if (!within(bytes_, bytes_of(AF_INET6, network), kEmbeddingBits)) continue;
    IpAddress embedded;
    std::copy(bytes_.begin() + kEmbeddingBits / 8, bytes_.end(), embedded.bytes_.begin());
    return embedded.scope();
  }
  return scope_among(kV6Ranges, AF_INET6, bytes_);
}

std::string IpAddress::str() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(family(), bytes_.data(), text.data(), text.size());
  return text.data();
}

socklen_t IpAddress::fill(sockaddr_storage& storage, std::uint16_t port) const {
  storage = {};
  if (v6_) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, bytes_.data(), sizeof v6.sin6_addr);
    std::memcpy(&storage, &v6, sizeof v6);
    return sizeof v6;
  }
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  std::memcpy(&v4.sin_addr, bytes_.data(), sizeof v4.sin_addr);
  std::memcpy(&storage, &v4, sizeof v4);
  return sizeof v4;
}

/// The system's resolver cannot be given a deadline: it is left behind at ours, and ends at its own.
Result<std::vector<IpAddress>> resolve_by_system(const std::string& host, std::chrono::steady_clock::time_point until) {
  if (const auto literal = IpAddress::parse(host)) return std::vector{*literal};
  std::packaged_task<Result<std::vector<IpAddress>>()> task([host] { return look_up(host); });
  auto found = task.get_future();
  try {
    std::thread(std::move(task)).detach();
  } catch (const std::system_error&) {
    return fail(ErrorKind::unavailable, "there is no thread to resolve the host's name with");
  }
  if (found.wait_until(until) != std::future_status::ready) {
    return fail(ErrorKind::timeout, "the host's name is not resolved in time");
  }
  return found.get();
}

}  // namespace towline
