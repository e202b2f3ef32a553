#pragma once

#include <chrono>
#include <cstddef>

#include "base/clock.h"

namespace towline::config {

/// What one evaluator may use.
struct EvaluatorLimits {
  std::size_t memory = std::size_t{2} << 30;          ///< bytes, of it and of each program that it runs
  Duration processor_time = std::chrono::minutes(2);  ///< for one question, of its own threads together
  Duration wall_time = std::chrono::minutes(10);      ///< for one question
};

}  // namespace towline::config
