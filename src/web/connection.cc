#include "web/connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace towline::web {

namespace {

constexpr std::size_t kMaxLingerBytes = 32u << 20;
constexpr std::chrono::milliseconds kLinger{2'000};
/// How soon a lingering connection notices that the server stops.
constexpr std::chrono::milliseconds kLingerSlice{100};

using GetName = int (*)(int, sockaddr*, socklen_t*);

void address(GetName get_name, int socket, std::string& ip, int& port) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (get_name(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&storage);
    inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
    port = ntohs(v4->sin_port);
  } else if (storage.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&storage);
    inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
    port = ntohs(v6->sin6_port);
  }
  ip = text.data();
}

int milliseconds_until(std::chrono::steady_clock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
}

}  // namespace

Connection::Connection(int socket, int stop_event, const ConnectionLimits& limits, InFlight& in_flight)
    : socket_(socket),
      stop_event_(stop_event),
      limits_(limits),
      in_flight_(in_flight),
      deadline_(Clock::now() + limits.request) {}

Connection::~Connection() { in_flight_.remove(request_bytes_); }

/// Until the socket is ready; a stop only brings the request's deadline nearer.
bool Connection::wait(short events, Clock::time_point until) {
  for (;;) {
    std::array<pollfd, 2> polled{{{socket_, events, 0}, {stop_event_, POLLIN, 0}}};
    const int ready = poll(polled.data(), stopping_ ? 1 : 2, milliseconds_until(std::min(until, deadline_)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    if (polled[0].revents != 0) return true;
    stopping_ = true;
    deadline_ = std::min(deadline_, Clock::now() + limits_.stop_grace);
  }
}

bool Connection::wait_for_request() {
  const bool pipelined = begin_ < end_;
  std::array<pollfd, 2> polled{{{socket_, POLLIN, 0}, {stop_event_, POLLIN, 0}}};
  int ready = 0;
  do {
    const int timeout = pipelined ? 0 : static_cast<int>(limits_.keep_alive.count());
    ready = poll(polled.data(), polled.size(), timeout);
  } while (ready < 0 && errno == EINTR);
  if (polled[1].revents != 0 || (!pipelined && polled[0].revents == 0)) return false;
  deadline_ = Clock::now() + limits_.request;
  in_flight_.remove(std::exchange(request_bytes_, 0));
  in_headers_ = true;
  first_line_ = true;
  line_.clear();
  closes_ = false;
  return true;
}

bool Connection::fill() {
  // An interim answer ("100 Continue") must arrive before the peer goes on.
  if (!flush() || !wait(POLLIN, Clock::now() + limits_.pause)) return false;
  const ssize_t received = recv(socket_, buffer_.data(), buffer_.size(), 0);
  begin_ = 0;
  end_ = received > 0 ? static_cast<std::size_t>(received) : 0;
  return received > 0;
}

/// False once the request, or all of them together, are larger than they may be. As httplib reads them, headers end
/// with a line that is CR LF and nothing else; a line of LF alone is passed over.
bool Connection::count(std::string_view bytes) {
  request_bytes_ += bytes.size();
  const bool room = in_flight_.add(bytes.size());
  for (const char byte : bytes) {
    if (!in_headers_) break;
    if (byte != '\n') {
      if (line_.size() < 2) line_ += byte;
      continue;
    }
    in_headers_ = first_line_ || line_ != "\r";
    first_line_ = false;
    line_.clear();
  }
  return room && request_bytes_ <= (in_headers_ ? limits_.max_header_bytes : limits_.max_request_bytes);
}

ssize_t Connection::read(char* bytes, std::size_t size) {
  if (begin_ == end_ && !fill()) return -1;
  const std::size_t taken = std::min(size, end_ - begin_);
  if (!count({buffer_.data() + begin_, taken})) return -1;
  std::memcpy(bytes, buffer_.data() + begin_, taken);
  begin_ += taken;
  return static_cast<ssize_t>(taken);
}

ssize_t Connection::write(const char* bytes, std::size_t size) {
  answer_.append(bytes, size);
  return static_cast<ssize_t>(size);
}

bool Connection::flush() {
  const std::size_t head = answer_.find("\r\n\r\n");
  if (answer_.substr(0, head).find("\r\nConnection: close") != std::string::npos) closes_ = true;
  std::string_view left = answer_;
  while (!left.empty()) {
    if (!wait(POLLOUT, Clock::now() + limits_.pause)) break;
    const ssize_t sent = send(socket_, left.data(), left.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) break;
    left.remove_prefix(static_cast<std::size_t>(sent));
  }
  const bool all = left.empty();
  answer_.clear();
  return all;
}

void Connection::linger() {
  if (shutdown(socket_, SHUT_WR) != 0) return;
  const Clock::time_point until = Clock::now() + kLinger;
  std::size_t drained = 0;
  while (drained < kMaxLingerBytes && Clock::now() < until) {
    if (!wait(POLLIN, Clock::now() + kLingerSlice)) {
      if (stopping_) return;
      continue;
    }
    const ssize_t received = recv(socket_, buffer_.data(), buffer_.size(), 0);
    if (received <= 0) return;
    drained += static_cast<std::size_t>(received);
  }
}

bool Connection::is_readable() const {
  pollfd polled{socket_, POLLIN, 0};
  return begin_ < end_ || poll(&polled, 1, 0) > 0;
}

bool Connection::is_writable() const {
  pollfd polled{socket_, POLLOUT, 0};
  return poll(&polled, 1, 0) > 0;
}

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const { address(getpeername, socket_, ip, port); }

void Connection::get_local_ip_and_port(std::string& ip, int& port) const { address(getsockname, socket_, ip, port); }

}  // namespace towline::web
