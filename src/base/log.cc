#include "base/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <memory>
#include <mutex>
#include <shared_mutex>

#include "base/text.h"

namespace towline::log {
namespace {

/// The one process-wide object: every thread's lines go to one stderr, past one list of secrets.
struct Log {
  std::shared_mutex mutex;
  Redactor redactor;
  spdlog::logger logger{"towline", std::make_shared<spdlog::sinks::stderr_sink_mt>()};

  Log() {
    logger.set_formatter(
        std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %v", spdlog::pattern_time_type::utc));
    logger.set_level(spdlog::level::info);
    logger.flush_on(spdlog::level::trace);
  }
};

Log& instance() {
  static Log log;
  return log;
}

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warn:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view label(Level level) {
  switch (level) {
    case Level::debug:
      return "debug ";
    case Level::info:
      return "info  ";
    case Level::warn:
      return "warn  ";
    case Level::error:
      return "error ";
  }
  return "error ";
}

// A line stays one line, whatever a stranger put into it.
std::string one_line(std::string_view text) {
  std::string line = printable_utf8(text);
  line = replace_all(std::move(line), "\n", "\\n");
  return replace_all(std::move(line), "\t", " ");
}

std::string field_value(std::string_view value) {
  std::string text = one_line(value);
  if (!text.empty() && text.find_first_of(" \"=") == std::string::npos) return text;
  return "\"" + replace_all(std::move(text), "\"", "\\\"") + "\"";
}

}  // namespace

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  Log& log = instance();
  if (!log.logger.should_log(spdlog_level(level))) return;
  // Before quoting, since that would break up a secret that has a quote in it.
  std::string line(label(level));
  line += one_line(redact(message));
  for (const auto& [key, value] : fields) {
    line.append(" ").append(key).append("=").append(field_value(redact(value)));
  }
  log.logger.log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

void set_level(Level level) { instance().logger.set_level(spdlog_level(level)); }

void add_secret(const Secret& secret) {
  Log& log = instance();
  const std::unique_lock lock(log.mutex);
  log.redactor.add(secret);
}

std::string redact(std::string_view text) {
  Log& log = instance();
  const std::shared_lock lock(log.mutex);
  return log.redactor.redact(text);
}

}  // namespace towline::log
