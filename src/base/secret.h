#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace towline {

/// A credential. It cannot be printed, compared with == or turned into a string by accident;
/// `reveal()` is called only where the bytes leave for the party they belong to.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

/// Replaces every occurrence of the known secrets (as they are, in base64 and percent-encoded) by "***",
/// and credentials in URLs ("https://user:pass@host") by "https://***@host".
class Redactor {
 public:
  void add(const Secret& secret);
  std::string redact(std::string_view text) const;

 private:
  std::vector<std::string> needles_;
};

/// "https://user:pass@host/x" -> "https://***@host/x"; other text unchanged.
std::string redact_url(std::string_view url);

}  // namespace towline
