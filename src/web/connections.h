#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "web/http_server.h"

namespace towline::web {

using SteadyTime = std::chrono::steady_clock::time_point;

/// One client.
struct Connection {
  enum class Phase { reading, working, writing, lingering, closed };

  Connection(Descriptor the_socket, std::string the_peer, const RequestLimits& limits)
      : socket(std::move(the_socket)), peer(std::move(the_peer)), reader(limits) {}

  std::uint64_t number = 0;
  Descriptor socket;
  std::string peer;  ///< what the bound of an address counts by
  RequestReader reader;
  Phase phase = Phase::reading;
  bool begun = true;              ///< a request was begun: by connecting, or by its first byte
  SteadyTime since;               ///< when it was begun, or when the wait for it was
  SteadyTime deadline;            ///< of the phase
  std::string out;                ///< of the answer, not yet sent
  std::size_t working_bytes = 0;  ///< of the request that a worker has
  std::size_t requests = 0;
  std::size_t drained = 0;  ///< while lingering
  bool head_only = false;   ///< the request is HEAD
  bool keep_alive = true;
  bool closes = false;  ///< after the answer

  /// Neither a whole head nor nothing after an answer.
  bool unfinished() const { return phase == Phase::reading && reader.state() == RequestReader::State::head && begun; }
  bool idle() const { return phase == Phase::reading && !begun; }
  bool reads_body() const { return phase == Phase::reading && reader.state() == RequestReader::State::body; }
  std::size_t held_bytes() const { return reader.held_bytes() + working_bytes + out.size(); }
};

/// All clients, by number in the order of their coming, and which of them goes when there is no room.
class Connections {
 public:
  using Map = std::map<std::uint64_t, Connection>;

  explicit Connections(const ServerLimits& limits) : limits_(limits) {}

  Map& all() { return all_; }
  Connection* find(std::uint64_t number);
  Connection& add(Connection connection);
  void erase_closed();
  bool crowded() const { return all_.size() > limits_.connections / 5 * 4; }

  /// Closes what must go for one more client of that address; whether one did.
  bool make_room(const std::string& peer, SteadyTime now);
  bool full() const { return all_.size() >= limits_.connections; }
  /// The connection that is to be given up because all hold too many bytes; nullptr when they do not.
  Connection* too_much();

 private:
  template <class Which>
  Connection* oldest(Which which);
  /// Whose end hurts least: of those that only linger, wait for a next request, have sent the least.
  Connection* least_missed();

  const ServerLimits& limits_;
  Map all_;
  std::uint64_t last_ = 0;
};

/// The key of an address for the bound: an IPv4 address, or the /64 of an IPv6 one.
std::string peer_of(int socket);

}  // namespace towline::web
