#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/secret.h"

namespace towline::log {

enum class Level { debug, info, warn, error };

/// A field of a log line: key=value, the value quoted when it has blanks.
using Field = std::pair<std::string_view, std::string>;

/// One line on stderr: "2026-11-24T15:00:00.123Z info  opened the pull request repo=acme/infra pull=12".
/// Everything passes the redactor first. Thread-safe.
void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});
inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::debug, message, fields);
}
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::info, message, fields);
}
inline void warn(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::warn, message, fields);
}
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::error, message, fields);
}

/// Lines below this level are dropped (default: info).
void set_level(Level level);
/// From now on this secret never appears in a line. Thread-safe.
void add_secret(const Secret& secret);
/// The text with every secret that the log knows replaced.
std::string redact(std::string_view text);

}  // namespace towline::log
