#include "web/response_text.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace towline::web {

namespace {

constexpr std::pair<int, std::string_view> kReasons[] = {
    {200, "OK"},
    {202, "Accepted"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {411, "Length Required"},
    {413, "Payload Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

constexpr std::pair<std::string_view, std::string_view> kSecurityHeaders[] = {
    {"Content-Security-Policy",
     "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cache-Control", "no-store"},
};

std::string_view reason(int status) {
  const auto* found =
      std::find_if(std::begin(kReasons), std::end(kReasons), [&](const auto& row) { return row.first == status; });
  return found == std::end(kReasons) ? "Other" : found->second;
}

}  // namespace

std::string response_text(const Answer& answer, bool head_only, bool closes) {
  std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " ";
  text.append(reason(answer.status)).append("\r\n");
  const auto header = [&](std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\r\n");
  };
  header("Content-Type", answer.content_type);
  header("Content-Length", std::to_string(answer.body.size()));
  for (const auto& [name, value] : answer.headers) header(name, value);
  for (const auto& [name, value] : kSecurityHeaders) header(name, value);
  if (closes) header("Connection", "close");
  text.append("\r\n");
  if (!head_only) text.append(answer.body);
  return text;
}

}  // namespace towline::web
