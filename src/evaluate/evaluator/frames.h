#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "evaluate/evaluator/messages.h"

namespace towline::evaluate {

/// Larger messages are neither sent nor read: 4 bytes of length, one of the kind, then so many bytes.
inline constexpr std::size_t kMostFrameBytes = 64u << 20;

struct Frame {
  MessageKind kind = MessageKind::failure;
  std::string bytes;
};

using SteadyTime = std::chrono::steady_clock::time_point;

/// Errors: invalid (too large), timeout, unavailable (the other side is gone).
Result<void> send_frame(int socket, MessageKind kind, std::string_view bytes, SteadyTime deadline = SteadyTime::max());
/// Errors: internal (its head makes no sense), timeout, unavailable (the other side is gone).
Result<Frame> receive_frame(int socket, SteadyTime deadline = SteadyTime::max());

}  // namespace towline::evaluate
