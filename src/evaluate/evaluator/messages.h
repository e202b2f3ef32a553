#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "program/bubblewrap.h"

namespace towline::evaluate {

/// An evaluator of another protocol refuses to work: the program's file may have been replaced since the bot started.
inline constexpr std::string_view kEvaluatorProtocol = "3";

/// What a frame between the bot and an evaluator carries. The bot sends `settings` once, then one question at a time;
/// the evaluator answers each with `affected` frames, if any, and one `answer` or `failure`.
enum class MessageKind : std::uint8_t {
  settings = 1,
  evaluate,
  services,
  sites,
  edits,
  affected,  ///< a number of applications, 8 bytes
  answer,
  failure,
};

/// What an evaluator is told when it starts. There is no credential in it.
struct EvaluatorSettings {
  std::string masking_key;  ///< for masked values alone
  std::string kube_version;
  std::vector<std::string> api_versions;
  std::string chart_cache;
  std::vector<std::string> allowed_hosts;
  std::string disk_cache;
  std::string search_path;
  towline::ConfinementRule sandbox = towline::ConfinementRule::required;
  std::uint64_t program_memory = 0;          ///< of each program that renders, bytes
  std::uint64_t processor_milliseconds = 0;  ///< for one question
  std::string temporary;                     ///< directory of temporary files; "": where the system has it
  std::string protocol;                      ///< kEvaluatorProtocol of the bot
};

/// An Error, as far as it is passed on.
struct Failure {
  ErrorKind kind = ErrorKind::internal;
  std::string message;
  std::string detail;
};

}  // namespace towline::evaluate
