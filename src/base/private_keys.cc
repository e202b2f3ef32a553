#include "base/private_keys.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "base/crypto.h"

namespace towline {
namespace {

using Parts = std::vector<CredentialPart>;

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

void add(Parts& parts, std::string_view text, std::string_view part) {
  if (!part.empty()) parts.push_back({static_cast<std::size_t>(part.data() - text.data()), part.size()});
}

/// What PEM blocks (RFC 7468) hold that anybody may see. A block of another name is a secret.
constexpr std::array<std::string_view, 15> kPublicBlocks = {
    "CERTIFICATE",   "TRUSTED CERTIFICATE",  "X509 CERTIFICATE", "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST",
    "X509 CRL",      "PUBLIC KEY",           "RSA PUBLIC KEY",   "SSH2 PUBLIC KEY",     "DH PARAMETERS",
    "EC PARAMETERS", "PGP PUBLIC KEY BLOCK", "PGP SIGNATURE",    "PGP MESSAGE",         "AGE ENCRYPTED FILE"};

bool is_public_block(std::string_view label) {
  return std::find(kPublicBlocks.begin(), kPublicBlocks.end(), label) != kPublicBlocks.end();
}

/// Base64 between the marks of a block: lines of one width (the last may be shorter), or such words where the lines
/// were folded into one. Line breaks may be escaped, in any depth.
std::string_view base64_lines(std::string_view body) {
  static const RE2 kBreak(R"((?:\\+(?:[nrt]|\s)|\s)*)");
  static const RE2 kHeader(R"([A-Za-z][A-Za-z0-9-]{0,30}:[ \t][^\n\\]*)");
  static const RE2 kWord(R"(([A-Za-z0-9+/]+={0,2}|=[A-Za-z0-9+/]{4}))");
  constexpr std::size_t kLeastFolded = 16;
  re2::StringPiece rest = piece(body);
  do {
    RE2::Consume(&rest, kBreak);
  } while (RE2::Consume(&rest, kHeader));
  const bool headers = rest.size() < body.size() && body.substr(0, body.size() - rest.size()).find(':') != body.npos;
  const std::size_t begin = headers ? body.size() - rest.size() : 0;
  std::size_t width = 0;
  std::size_t last = 0;
  bool folded = false;
  re2::StringPiece word;
  while (RE2::Consume(&rest, kWord, &word)) {
    const bool checksum = word[0] == '=';  // of OpenPGP armor
    if (!checksum && last != 0 && (last != width || word.size() > width)) return {};
    if (!checksum) last = word.size();
    width = width == 0 ? last : width;
    const std::size_t before = rest.size();
    RE2::Consume(&rest, kBreak);
    const std::string_view space = body.substr(body.size() - before, before - rest.size());
    folded = folded || (!rest.empty() && space.find_first_of("\n\\") == std::string_view::npos);
  }
  const bool all_base64 = rest.empty() && last != 0 && (!folded || width >= kLeastFolded);
  return all_base64 ? body.substr(begin) : std::string_view();
}

/// Words of a body that is no PEM which may be lines of a key all the same; "/usr/local/bin/x" is none.
void add_base64_words(std::string_view text, std::string_view body, Parts& parts) {
  static const RE2 kWord(R"(([A-Za-z0-9+/]{20,}={0,2}))");
  static const RE2 kUpper("[A-Z]");
  static const RE2 kLower("[a-z]");
  static const RE2 kDigit("[0-9]");
  re2::StringPiece rest = piece(body);
  re2::StringPiece word;
  while (RE2::FindAndConsume(&rest, kWord, &word)) {
    const bool mixed = RE2::PartialMatch(word, kUpper) && RE2::PartialMatch(word, kLower) &&
                       RE2::PartialMatch(word, kDigit) && word[0] != '/';
    if (mixed) add(parts, text, {word.data(), word.size()});
  }
}

/// What stands between "-----BEGIN X-----" and "-----END X-----" of each block that is not public; to the end where
/// that is missing.
std::vector<std::string_view> private_blocks(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  constexpr std::string_view kDashes = "-----";
  std::vector<std::string_view> bodies;
  std::size_t at = text.find(kBegin);
  while (at != std::string_view::npos) {
    const std::size_t label = at + kBegin.size();
    const std::size_t label_end = text.find(kDashes, label);
    if (label_end == std::string_view::npos) break;
    const std::string_view name = text.substr(label, label_end - label);
    const std::size_t body = label_end + kDashes.size();
    const std::size_t end = std::min(text.find("-----END ", body), text.size());
    if (!is_public_block(name)) bodies.push_back(text.substr(body, end - body));
    at = text.find(kBegin, end);
  }
  return bodies;
}

void find_pem(std::string_view text, Parts& parts) {
  for (const std::string_view body : private_blocks(text)) {
    const std::string_view lines = base64_lines(body);
    if (lines.empty()) {
      add_base64_words(text, body, parts);
    } else {
      add(parts, text, lines);
    }
  }
}

/// The same, encoded in base64 as a whole.
void find_encoded_pem(std::string_view text, Parts& parts) {
  static const RE2 kEncoded(
      R"((LS0tLS1CRUdJTi[A-Za-z0-9+/]{20,}={0,2}(?:\s+[A-Za-z0-9+/]{40,}={0,2})*(?:\s+[A-Za-z0-9+/]+={1,2})?))");
  constexpr std::size_t kEncodedLabel = 80;
  re2::StringPiece rest = piece(text);
  re2::StringPiece found;
  while (RE2::FindAndConsume(&rest, kEncoded, &found)) {
    const std::string_view part(found.data(), found.size());
    const auto head = base64_decode(part.substr(0, std::min(part.size() / 4 * 4, kEncodedLabel)));
    if (!head || !private_blocks(*head).empty()) add(parts, text, part);
  }
}

}  // namespace

void find_private_keys(std::string_view text, std::vector<CredentialPart>& parts) {
  find_pem(text, parts);
  find_encoded_pem(text, parts);
}

}  // namespace towline
