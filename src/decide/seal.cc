#include "decide/seal.h"

#include <charconv>

#include "base/crypto.h"
#include "base/text.h"

namespace towline::decide {
namespace {

constexpr std::string_view kStart = "<!-- towline:seal seq=";
constexpr std::string_view kMac = " mac=";
constexpr std::string_view kEnd = " -->";

struct Parts {
  std::string_view text;
  std::int64_t sequence = 0;
  std::string_view mac;
};

std::optional<Parts> take_apart(std::string_view body) {
  body = trim(body);
  const std::size_t at = body.rfind(kStart);
  if (at == std::string_view::npos || !body.ends_with(kEnd)) return std::nullopt;
  std::string_view rest = body.substr(at + kStart.size());
  rest.remove_suffix(kEnd.size());
  const std::size_t mac = rest.find(kMac);
  if (mac == std::string_view::npos) return std::nullopt;
  Parts parts{body.substr(0, at), 0, rest.substr(mac + kMac.size())};
  const std::string_view digits = rest.substr(0, mac);
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), parts.sequence);
  if (problem != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (parts.mac.find_first_not_of("0123456789abcdef") != std::string_view::npos) return std::nullopt;
  return parts;
}

}  // namespace

bool was_sealed_at(std::int64_t sequence, TimePoint updated) {
  const TimePoint sealed{Duration(sequence)};
  return sealed >= updated - kSealTolerance && sealed <= updated + kSealTolerance;
}

std::string Sealer::mac(std::string_view text, std::int64_t sequence) const {
  return hmac_sha256_hex(key_.reveal(), pull_ + "\n" + std::to_string(sequence) + "\n" + std::string(text));
}

std::string Sealer::sealed(std::string_view text, std::int64_t sequence) const {
  // A forge may trim a comment: what is authenticated has no blanks around it.
  text = trim(text);
  const std::string body = text.empty() ? "" : std::string(text) + "\n";
  return body + std::string(kStart) + std::to_string(sequence) + std::string(kMac) + mac(body, sequence) +
         std::string(kEnd) + "\n";
}

std::optional<std::int64_t> Sealer::sequence_of(std::string_view body) const {
  const auto parts = take_apart(body);
  if (!parts || !constant_time_equal(mac(parts->text, parts->sequence), parts->mac)) return std::nullopt;
  return parts->sequence;
}

std::string_view without_seal(std::string_view body) {
  const auto parts = take_apart(body);
  return parts ? parts->text : body;
}

}  // namespace towline::decide
