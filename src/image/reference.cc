#include "image/reference.h"

#include <algorithm>
#include <array>

#include "base/text.h"

// Grammar and normalisation: github.com/distribution/reference, regexp.go and normalize.go.
namespace towline::image {

namespace {

constexpr std::size_t kMaxRepository = 255;
constexpr std::size_t kMaxRegistry = 255;
constexpr std::size_t kMaxTag = 128;
constexpr std::size_t kShownDigits = 12;
constexpr std::string_view kDockerHub = "docker.io";
constexpr std::string_view kRepositoryRule =
    "a repository takes lower-case letters and digits, with one '.', one or two '_' or any number of '-' between them";
constexpr std::string_view kRegistryRule =
    "a registry is a host name (letters, digits, and '-' inside) or an address in [], with an optional :port";
constexpr std::string_view kNameRule = "a name comes first: name[:tag][@digest]";
constexpr std::string_view kSchemeRule = "a name begins with the registry's host, without https:// or another scheme";
constexpr std::string_view kDigestRule = "a digest is sha256: and 64 hexadecimal digits, or sha512: and 128";
constexpr std::string_view kTagRule =
    "a tag takes letters, digits, '_', '.' and '-', and begins with neither '.' nor '-'";

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }
bool is_alphanumeric(char c) { return is_lower(c) || is_digit(c); }

std::string shown(std::string_view text) { return "'" + ellipsize(printable_utf8(text), 80) + "'"; }

std::string shown_character(std::string_view text, std::size_t at) {
  if (at >= text.size()) return "its end";
  const char c = text[at];
  if (c > ' ' && c < '\x7f') return std::string("'") + c + "'";
  if (c == ' ') return "a space";
  static constexpr std::string_view kHex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  return std::string("byte 0x") + kHex[byte >> 4U] + kHex[byte & 0xfU];
}

/// The text that is read, what it should be, and where the part under consideration begins in it.
struct Source {
  std::string_view whole;
  std::string_view noun;
  std::size_t offset = 0;
};

tl::unexpected<Error> wrong(const Source& source, std::string_view why) {
  return fail(ErrorKind::invalid,
              shown(source.whole) + " is not " + std::string(source.noun) + ": " + std::string(why));
}

/// `at` counts from the part's begin.
tl::unexpected<Error> wrong_at(const Source& source, std::size_t at, std::string_view rule) {
  const std::size_t place = source.offset + at;
  return wrong(source, shown_character(source.whole, place) + " at character " + std::to_string(place + 1) + "; " +
                           std::string(rule));
}

/// Index of the first byte that breaks the grammar of a path component; npos when none does.
std::size_t bad_in_component(std::string_view component) {
  bool after_separator = true;  // a component begins with a letter or digit
  for (std::size_t at = 0; at < component.size();) {
    if (is_alphanumeric(component[at])) {
      after_separator = false;
      ++at;
      continue;
    }
    const char separator = component[at];
    if (after_separator || (separator != '.' && separator != '_' && separator != '-')) return at;
    std::size_t end = at;
    while (end < component.size() && component[end] == separator) ++end;
    const std::size_t longest = separator == '-' ? component.size() : separator == '_' ? 2 : 1;
    if (end - at > longest) return at + longest;
    after_separator = true;
    at = end;
  }
  return after_separator ? component.size() : std::string_view::npos;
}

Result<void> check_repository(const Source& source, std::string_view repository) {
  std::size_t begin = 0;
  for (const std::string_view component : split(repository, '/')) {
    if (const std::size_t bad = bad_in_component(component); bad != std::string_view::npos)
      return wrong_at(source, begin + bad, kRepositoryRule);
    begin += component.size() + 1;
  }
  return {};
}

/// Index of the first byte that breaks the grammar of a host name; npos when none does.
std::size_t bad_in_host(std::string_view host) {
  std::size_t begin = 0;
  for (const std::string_view label : split(host, '.')) {
    for (std::size_t at = 0; at < label.size(); ++at) {
      const bool inside = at > 0 && at + 1 < label.size();
      const bool letter = is_alphanumeric(label[at]) || is_upper(label[at]);
      if (!letter && (label[at] != '-' || !inside)) return begin + at;
    }
    if (label.empty()) return begin;
    begin += label.size() + 1;
  }
  return std::string_view::npos;
}

/// The same for an address in brackets.
std::size_t bad_in_address(std::string_view address) {
  const auto is_allowed = [](char c) { return is_hex(c) || (c >= 'A' && c <= 'F') || c == ':'; };
  const std::string_view inside = address.substr(1, address.size() - 2);
  const auto bad =
      static_cast<std::size_t>(std::find_if_not(inside.begin(), inside.end(), is_allowed) - inside.begin());
  return inside.empty() || bad < inside.size() ? 1 + bad : std::string_view::npos;
}

/// The same for a host name or an address with an optional port.
std::size_t bad_in_registry(std::string_view registry) {
  const bool bracketed = registry.starts_with('[');
  if (bracketed && registry.find(']') == std::string_view::npos) return registry.size();
  const std::size_t host_end = bracketed ? registry.find(']') + 1 : std::min(registry.find(':'), registry.size());
  const std::string_view host = registry.substr(0, host_end);
  if (const std::size_t bad = bracketed ? bad_in_address(host) : bad_in_host(host); bad != std::string_view::npos)
    return bad;
  if (host_end == registry.size()) return std::string_view::npos;
  if (registry[host_end] != ':') return host_end;
  const std::string_view port = registry.substr(host_end + 1);
  const auto bad = static_cast<std::size_t>(std::find_if_not(port.begin(), port.end(), is_digit) - port.begin());
  return port.empty() || bad < port.size() ? host_end + 1 + bad : std::string_view::npos;
}

bool is_registry(std::string_view first) {
  return first == "localhost" || first.find_first_of(".:") != std::string_view::npos ||
         std::any_of(first.begin(), first.end(), is_upper);
}

Result<ImageName> parse_name(const Source& source, std::string_view name) {
  if (name.empty()) return wrong_at(source, 0, kNameRule);
  if (const std::size_t scheme = source.whole.find("://"); scheme != std::string_view::npos)
    return wrong_at(source, scheme, kSchemeRule);
  if (name.size() == 64 && std::all_of(name.begin(), name.end(), is_hex) && source.whole == name)
    return wrong(source, "64 hexadecimal digits alone name a local image, not one of a registry");
  ImageName parsed{std::string(kDockerHub), std::string(name)};
  Source repository_source = source;
  const std::size_t slash = name.find('/');
  if (slash != std::string_view::npos && is_registry(name.substr(0, slash))) {
    const std::string_view registry = name.substr(0, slash);
    if (const std::size_t bad = bad_in_registry(registry); bad != std::string_view::npos)
      return wrong_at(source, bad, kRegistryRule);
    if (registry.size() > kMaxRegistry)
      return wrong_at(source, kMaxRegistry, "a registry has at most " + std::to_string(kMaxRegistry) + " characters");
    // Host names are compared without case; but "Acme/pay" would not be read back from "acme/pay".
    const std::string lower = to_lower(registry);
    parsed.registry = is_registry(lower) ? lower : std::string(registry);
    parsed.repository = std::string(name.substr(slash + 1));
    repository_source.offset += slash + 1;
  }
  CHECK_OK(check_repository(repository_source, parsed.repository));
  if (parsed.registry == "index.docker.io") parsed.registry = kDockerHub;
  const bool official = parsed.registry == kDockerHub && parsed.repository.find('/') == std::string::npos;
  const std::string_view owner = official ? "library/" : "";
  // As it is normalised: what is longer could not be read back.
  if (parsed.repository.size() + owner.size() > kMaxRepository)
    return wrong_at(repository_source, kMaxRepository - owner.size(),
                    "a repository has at most " + std::to_string(kMaxRepository) + " characters" +
                        (official ? ", 'library/' with them" : ""));
  parsed.repository.insert(0, owner);
  return parsed;
}

Result<Tag> parse_tag_of(const Source& source, std::string_view tag) {
  if (tag.empty()) return wrong_at(source, 0, "the tag is empty");
  for (std::size_t at = 0; at < tag.size() && at <= kMaxTag; ++at) {
    const char c = tag[at];
    const bool word = is_alphanumeric(c) || is_upper(c) || c == '_';
    if (!word && (at == 0 || (c != '.' && c != '-'))) return wrong_at(source, at, kTagRule);
  }
  if (tag.size() > kMaxTag)
    return wrong_at(source, kMaxTag, "a tag has at most " + std::to_string(kMaxTag) + " characters");
  return Tag(std::string(tag));
}

struct Algorithm {
  std::string_view name;
  std::size_t digits;
};
constexpr std::array<Algorithm, 2> kAlgorithms = {{{"sha256", 64}, {"sha512", 128}}};

Result<Digest> parse_digest_of(const Source& source, std::string_view digest) {
  const std::string_view name = digest.substr(0, digest.find(':'));
  const auto algorithm =
      std::find_if(kAlgorithms.begin(), kAlgorithms.end(), [&](const Algorithm& row) { return row.name == name; });
  if (name.size() == digest.size()) return wrong_at(source, name.size(), kDigestRule);
  if (algorithm == kAlgorithms.end())
    return wrong_at(source, 0, "the algorithm " + shown(name) + " is not known; " + std::string(kDigestRule));
  const std::string_view digits = digest.substr(name.size() + 1);
  const auto bad = static_cast<std::size_t>(std::find_if_not(digits.begin(), digits.end(), is_hex) - digits.begin());
  if (bad < digits.size())
    return wrong_at(source, name.size() + 1 + bad, "a digest takes the digits 0 to 9 and a to f");
  if (digits.size() != algorithm->digits)
    return wrong_at(source, name.size() + 1 + std::min(digits.size(), algorithm->digits),
                    "a " + std::string(name) + " digest has " + std::to_string(algorithm->digits) +
                        " digits, this one has " + std::to_string(digits.size()));
  return Digest(std::string(digest));
}

std::string shortened(const Digest& digest) {
  const std::size_t digits = digest.str().find(':') + 1;
  return digest.str().substr(0, digits + kShownDigits);
}

}  // namespace

std::string_view ImageName::short_name() const {
  return std::string_view(repository).substr(repository.rfind('/') + 1);  // npos + 1 is 0
}

std::string Reference::str() const {
  std::string text = written_name;
  if (tag) text += ":" + tag->str();
  if (digest) text += "@" + digest->str();
  return text;
}

Result<Reference> parse_reference(std::string_view text) {
  const Source source{text, "an image reference", 0};
  if (text.empty()) return wrong(source, "it is empty; write name[:tag][@digest]");
  Reference reference;
  const std::size_t at = text.find('@');
  const std::string_view tagged = text.substr(0, at);
  const std::size_t slash = tagged.rfind('/');
  const std::size_t colon = tagged.find(':', slash == std::string_view::npos ? 0 : slash);
  reference.written_name = std::string(tagged.substr(0, colon));
  TRY(reference.name, parse_name(source, reference.written_name));
  if (colon != std::string_view::npos) {
    TRY(reference.tag, parse_tag_of({text, source.noun, colon + 1}, tagged.substr(colon + 1)));
  }
  if (at != std::string_view::npos) {
    TRY(reference.digest, parse_digest_of({text, source.noun, at + 1}, text.substr(at + 1)));
  }
  return reference;
}

Result<ImageName> parse_image_name(std::string_view text) {
  const Source source{text, "an image name", 0};
  if (text.find('@') != std::string_view::npos)
    return wrong_at(source, text.find('@'), "write the name without tag and digest");
  const std::size_t slash = text.rfind('/');
  const std::size_t colon = text.find(':', slash == std::string_view::npos ? 0 : slash);
  if (colon != std::string_view::npos) return wrong_at(source, colon, "write the name without tag and digest");
  return parse_name(source, text);
}

Result<Tag> parse_tag(std::string_view text) { return parse_tag_of({text, "a tag", 0}, text); }

Result<Digest> parse_digest(std::string_view text) { return parse_digest_of({text, "a digest", 0}, text); }

std::string Version::display() const {
  if (tag && digest) return tag->str() + "@" + shortened(*digest);
  if (tag) return tag->str();
  return digest ? shortened(*digest) : "(none)";
}

std::string Version::str() const {
  std::string text;
  if (tag) text += tag->str();
  if (digest) text += "@" + digest->str();
  return text;
}

Result<Version> parse_version(std::string_view text) {
  const std::size_t at = text.find('@');
  Version version;
  if (at != 0) {
    TRY(version.tag, parse_tag_of({text, "a version", 0}, text.substr(0, at)));
  }
  if (at != std::string_view::npos) {
    TRY(version.digest, parse_digest_of({text, "a version", at + 1}, text.substr(at + 1)));
  }
  return version;
}

}  // namespace towline::image
