#include "base/crypto.h"
#include "base/text.h"
#include "forge/sandbox/api.h"

namespace towline::forge::sandbox {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

const User* user_of_token(const World& world, std::string_view token) {
  if (token.empty()) return nullptr;
  const User* found = nullptr;
  for (const User& user : world.users) {
    if (!user.token.empty() && constant_time_equal(user.token.reveal(), token)) found = &user;
  }
  return found;
}

}  // namespace

std::string WebRequest::header(const std::string& lower_case_name) const {
  const auto found = headers.find(lower_case_name);
  return found == headers.end() ? std::string() : found->second;
}

std::string percent_decode(std::string_view text, bool plus_is_blank) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high >= 0 && low >= 0) {
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    decoded += text[i] == '+' && plus_is_blank ? ' ' : text[i];
  }
  return decoded;
}

std::map<std::string, std::string> parse_form(std::string_view text) {
  std::map<std::string, std::string> fields;
  for (const std::string_view pair : split(text, '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = equals < pair.size() ? pair.substr(equals + 1) : std::string_view();
    fields[percent_decode(pair.substr(0, equals), true)] = percent_decode(value, true);
  }
  return fields;
}

Caller read_caller(const World& world, const std::string& authorization) {
  if (authorization.empty()) return {};
  const std::size_t blank = std::min(authorization.find(' '), authorization.size());
  const std::string scheme = to_lower(authorization.substr(0, blank));
  const std::string_view value = trim(std::string_view(authorization).substr(blank));
  const User* user = nullptr;
  if (scheme == "token" || scheme == "bearer") {
    user = user_of_token(world, value);
  } else if (scheme == "basic") {
    const std::string pair = base64_decode(value).value_or("");
    const std::size_t colon = std::min(pair.find(':'), pair.size());
    user = user_of_token(world, colon < pair.size() ? pair.substr(colon + 1) : "");
    if (!user) user = user_of_token(world, pair.substr(0, colon));
  }
  return {user, user == nullptr};
}

}  // namespace towline::forge::sandbox
