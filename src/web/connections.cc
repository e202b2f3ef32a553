#include "web/connections.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace towline::web {

Connection* Connections::find(std::uint64_t number) {
  const auto found = all_.find(number);
  return found == all_.end() ? nullptr : &found->second;
}

Connection& Connections::add(Connection connection) {
  connection.number = ++last_;
  return all_.emplace(last_, std::move(connection)).first->second;
}

void Connections::erase_closed() {
  std::erase_if(all_, [](const auto& entry) { return entry.second.phase == Connection::Phase::closed; });
}

template <class Which>
Connection* Connections::oldest(Which which) {
  Connection* found = nullptr;
  for (auto& [number, connection] : all_) {
    if (which(connection) && (found == nullptr || connection.since < found->since)) found = &connection;
  }
  return found;
}

bool Connections::make_room(const std::string& peer, SteadyTime now) {
  const auto of_peer = [&](const Connection& one) { return one.unfinished() && one.peer == peer; };
  const auto count = std::count_if(all_.begin(), all_.end(), [&](const auto& entry) { return of_peer(entry.second); });
  Connection* goes = nullptr;
  if (static_cast<std::size_t>(count) >= limits_.unfinished_per_address) {
    goes = oldest(of_peer);
    if (goes->since > now - limits_.spared) goes = nullptr;
  }
  if (goes == nullptr && full()) goes = least_missed();
  if (goes == nullptr) return false;
  goes->phase = Connection::Phase::closed;
  erase_closed();
  return true;
}

Connection* Connections::least_missed() {
  using Kind = bool (*)(const Connection&);
  constexpr Kind kKinds[] = {
      [](const Connection& one) { return one.phase == Connection::Phase::lingering; },
      [](const Connection& one) { return one.idle(); },
      [](const Connection& one) { return one.unfinished(); },
      [](const Connection& one) { return one.reads_body(); },
      [](const Connection& one) { return one.phase == Connection::Phase::writing; },
  };
  for (const Kind kind : kKinds) {
    if (Connection* found = oldest(kind)) return found;
  }
  return nullptr;
}

Connection* Connections::too_much() {
  std::size_t held = 0;
  for (const auto& [number, connection] : all_) held += connection.held_bytes();
  if (held <= limits_.held_bytes) return nullptr;
  Connection* goes = oldest([](const Connection& one) { return one.reads_body(); });
  return goes != nullptr ? goes : oldest([](const Connection& one) { return one.phase == Connection::Phase::writing; });
}

std::string peer_of(int socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getpeername(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return "";
  if (storage.ss_family == AF_INET) {
    const auto& address = reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr;
    return {reinterpret_cast<const char*>(&address), sizeof address};
  }
  if (storage.ss_family != AF_INET6) return "";
  const auto& address = reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr;
  const char* bytes = reinterpret_cast<const char*>(&address);
  if (IN6_IS_ADDR_V4MAPPED(&address)) return {bytes + 12, 4};
  return {bytes, 8};
}

}  // namespace towline::web
