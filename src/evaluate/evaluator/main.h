#pragma once

#include <string_view>

namespace towline::evaluate {

/// The descriptor that an evaluator is given its questions on.
inline constexpr int kEvaluatorSocket = 3;

/// The whole life of an evaluator: answers questions from `socket` until the bot closes it. Gives the exit code.
int run_evaluator(int socket, std::string_view protocol);

}  // namespace towline::evaluate
