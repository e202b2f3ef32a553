#include "web/framing.h"

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace towline::web {

namespace {

std::vector<std::string_view> values(const HttpHeaders& headers, std::string_view name) {
  std::vector<std::string_view> found;
  for (const auto& [key, value] : headers) {
    if (to_lower(key) == name) found.push_back(trim(value));
  }
  return found;
}

}  // namespace

std::optional<Framing> read_framing(const HttpHeaders& headers) {
  const auto encodings = values(headers, "transfer-encoding");
  const auto lengths = values(headers, "content-length");
  Framing framing;
  if (!encodings.empty()) {
    if (encodings.size() > 1 || to_lower(encodings[0]) != "chunked" || !lengths.empty()) return std::nullopt;
    framing.chunked = true;
    return framing;
  }
  if (lengths.empty()) return framing;
  const std::string_view text = lengths[0];
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), framing.length);
  if (lengths.size() > 1 || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  framing.has_length = true;
  return framing;
}

std::optional<Answer> refuse_body(const HttpHeaders& headers, const Framing& framing, std::size_t max_bytes) {
  for (const std::string_view encoding : values(headers, "content-encoding")) {
    if (to_lower(encoding) != "identity") return error_answer(415, "the body is compressed: send it as it is");
  }
  for (const std::string_view type : values(headers, "content-type")) {
    if (to_lower(type).starts_with("multipart/")) return error_answer(415, "the body is in parts: send JSON");
  }
  if (!framing.chunked && !framing.has_length) return error_answer(411, "the body has no length");
  if (framing.length > max_bytes) return too_large(max_bytes);
  return std::nullopt;
}

Answer too_large(std::size_t max_bytes) {
  return error_answer(413, "the body is larger than the " + std::to_string(max_bytes) + " bytes that are taken");
}

}  // namespace towline::web
