#pragma once

#include <httplib.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace towline::web {

/// What one connection may cost. httplib bounds neither the number of headers, nor the length of a line, nor
/// the time a whole request takes: all three are bounded where the bytes come in.
struct ConnectionLimits {
  std::size_t max_header_bytes = 32u << 10;
  std::size_t max_request_bytes = 32u << 20;     ///< headers, body and what chunks it
  std::chrono::milliseconds pause{10'000};       ///< longest wait for the next byte, either way
  std::chrono::milliseconds request{60'000};     ///< longest whole request
  std::chrono::milliseconds keep_alive{15'000};  ///< longest wait for the next request
  std::chrono::milliseconds stop_grace{5'000};   ///< for a request under way when the server stops
};

/// The bytes of all requests under way, which bounds what they hold in memory together. Thread-safe.
class InFlight {
 public:
  explicit InFlight(std::size_t most) : most_(most) {}
  /// False when that is too much; it counts all the same until it is removed.
  bool add(std::size_t bytes) { return (bytes_ += bytes) <= most_; }
  void remove(std::size_t bytes) { bytes_ -= bytes; }
  bool crowded() const { return bytes_ > most_; }

 private:
  const std::size_t most_;
  std::atomic<std::size_t> bytes_{0};
};

/// A socket as httplib reads and writes it, one request after the other. Answers leave in one piece.
class Connection final : public httplib::Stream {
 public:
  /// `stop_event` becomes readable when the server stops. Both descriptors stay the caller's.
  Connection(int socket, int stop_event, const ConnectionLimits& limits, InFlight& in_flight);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() override;

  /// Waits for a request's first byte; false when none comes in time, the peer has gone or the server stops.
  bool wait_for_request();
  /// Sends what httplib has written.
  bool flush();
  /// Whether the answer to the last request says that it is the last on this connection.
  bool answered_with_close() const { return closes_; }
  /// Lets a peer that is still sending read its answer before the connection is reset.
  void linger();

  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* bytes, std::size_t size) override;
  ssize_t write(const char* bytes, std::size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }

 private:
  using Clock = std::chrono::steady_clock;

  bool wait(short events, Clock::time_point until);
  bool fill();
  bool count(std::string_view bytes);

  int socket_;
  int stop_event_;
  const ConnectionLimits& limits_;
  InFlight& in_flight_;
  std::array<char, 16u << 10> buffer_{};
  std::size_t begin_ = 0;  ///< of what is received and not yet read
  std::size_t end_ = 0;
  std::string answer_;  ///< written and not yet sent
  bool closes_ = false;
  bool stopping_ = false;
  Clock::time_point deadline_;  ///< of the request under way
  std::size_t request_bytes_ = 0;
  bool in_headers_ = true;
  bool first_line_ = true;
  std::string line_;  ///< of the headers being read; its first bytes tell whether it is empty
};

}  // namespace towline::web
