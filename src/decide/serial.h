#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "decide/snapshot.h"
#include "policy/finding.h"

namespace towline::decide {

/// A text from which equal values, and only those, come out equal: every piece is preceded by its length.
class Serial {
 public:
  Serial& text(std::string_view value) {
    bytes_ += std::to_string(value.size());
    bytes_ += ':';
    bytes_ += value;
    return *this;
  }
  Serial& flag(bool value) { return text(value ? "1" : "0"); }
  Serial& number(std::int64_t value) { return text(std::to_string(value)); }
  Serial& maybe(const std::optional<std::string>& value) { return flag(value.has_value()).text(value.value_or("")); }
  template <class List, class Each>
  Serial& list(const List& values, Each each) {
    number(static_cast<std::int64_t>(values.size()));
    for (const auto& value : values) each(value);
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// All that a report shows of them.
void add(Serial& serial, const evaluate::ImageChange& change);
void add(Serial& serial, const evaluate::ApplicationReport& report);
void add(Serial& serial, const policy::Finding& finding);

}  // namespace towline::decide
