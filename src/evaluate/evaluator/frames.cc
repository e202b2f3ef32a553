#include "evaluate/evaluator/frames.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

namespace towline::evaluate {
namespace {

constexpr std::size_t kHead = 5;

int wait_for(SteadyTime deadline) {
  if (deadline == SteadyTime::max()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, 1'000'000));
}

/// Error timeout.
Result<void> wait_until_ready(int socket, short events, SteadyTime deadline) {
  while (true) {
    pollfd watched{socket, events, 0};
    const int ready = ::poll(&watched, 1, wait_for(deadline));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return fail(ErrorKind::unavailable, "the evaluator's socket broke");
    if (deadline != SteadyTime::max() && std::chrono::steady_clock::now() >= deadline) {
      return fail(ErrorKind::timeout, "the evaluator did not answer in time");
    }
  }
}

tl::unexpected<Error> gone() { return fail(ErrorKind::unavailable, "the evaluator is gone"); }

Result<void> send_all(int socket, std::string_view bytes, SteadyTime deadline) {
  while (!bytes.empty()) {
    CHECK_OK(wait_until_ready(socket, POLLOUT, deadline));
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (sent <= 0) return gone();
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<void> receive_all(int socket, char* into, std::size_t size, SteadyTime deadline) {
  while (size > 0) {
    CHECK_OK(wait_until_ready(socket, POLLIN, deadline));
    const ssize_t got = ::recv(socket, into, size, MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) return gone();
    into += got;
    size -= static_cast<std::size_t>(got);
  }
  return {};
}

}  // namespace

Result<void> send_frame(int socket, MessageKind kind, std::string_view bytes, SteadyTime deadline) {
  if (bytes.size() > kMostFrameBytes) {
    return fail(ErrorKind::invalid,
                "the answer is larger than the limit of " + std::to_string(kMostFrameBytes >> 20) + " MiB");
  }
  std::string head;
  for (unsigned shift = 0; shift < 32; shift += 8) head += static_cast<char>((bytes.size() >> shift) & 0xFF);
  head += static_cast<char>(kind);
  CHECK_OK(send_all(socket, head, deadline));
  return send_all(socket, bytes, deadline);
}

Result<Frame> receive_frame(int socket, SteadyTime deadline) {
  std::array<char, kHead> head{};
  CHECK_OK(receive_all(socket, head.data(), head.size(), deadline));
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) size |= std::size_t{static_cast<unsigned char>(head[i])} << (8 * i);
  const auto kind = static_cast<unsigned char>(head[4]);
  if (size > kMostFrameBytes || kind < static_cast<unsigned char>(MessageKind::settings) ||
      kind > static_cast<unsigned char>(MessageKind::failure)) {
    return fail(ErrorKind::internal, "a message of the evaluator cannot be read: its head makes no sense");
  }
  Frame frame{static_cast<MessageKind>(kind), {}};
  // Grown as it arrives: a size costs nothing to claim.
  constexpr std::size_t kPiece = 1u << 20;
  while (frame.bytes.size() < size) {
    const std::size_t have = frame.bytes.size();
    const std::size_t more = std::min(kPiece, size - have);
    frame.bytes.resize(have + more);
    CHECK_OK(receive_all(socket, frame.bytes.data() + have, more, deadline));
  }
  return frame;
}

}  // namespace towline::evaluate
