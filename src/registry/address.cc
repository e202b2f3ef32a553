#include "registry/address.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "base/text.h"

namespace towline::registry {

namespace {

constexpr std::size_t kMaxUrl = 8u << 10;
constexpr std::size_t kMaxChallenge = 4u << 10;
constexpr std::chrono::seconds kLongestWait{3600};
constexpr std::chrono::seconds kUsualWait{60};

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_token(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_authority(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == ':' || c == '[' || c == ']' ||
           c == '_';
  });
}

/// Takes pieces off the front of a header's value.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}
  void blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
  }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string token() {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_token);
    std::string taken(rest_.begin(), end);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  /// After the opening quote.
  std::optional<std::string> quoted() {
    std::string text;
    while (!rest_.empty()) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return text;
      if (c == '\\' && !rest_.empty()) {
        c = rest_.front();
        rest_.remove_prefix(1);
      }
      text += c;
    }
    return std::nullopt;
  }
  bool empty() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, section 5.6.7).
std::optional<TimePoint> parse_http_date(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr std::size_t kLength = 29;
  if (text.size() != kLength || !text.ends_with(" GMT")) return std::nullopt;
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  if (month == kMonths.end()) return std::nullopt;
  const auto number = std::to_string(month - kMonths.begin() + 1);
  const std::string iso = std::string(text.substr(12, 4)) + "-" + (number.size() < 2 ? "0" : "") + number + "-" +
                          std::string(text.substr(5, 2)) + "T" + std::string(text.substr(17, 8)) + "Z";
  const auto time = parse_time(iso);
  return time ? std::optional(*time) : std::nullopt;
}

}  // namespace

std::optional<Address> parse_address(std::string_view url) {
  if (url.size() > kMaxUrl) return std::nullopt;
  const bool plain = std::all_of(url.begin(), url.end(), [](char c) {
    return c > ' ' && c < 0x7f && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
  });
  const std::size_t colon = url.find("://");
  if (!plain || colon == std::string_view::npos) return std::nullopt;
  Address address;
  address.scheme = to_lower(url.substr(0, colon));
  if (address.scheme != "https" && address.scheme != "http") return std::nullopt;
  std::string_view rest = url.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  address.authority = to_lower(rest.substr(0, end));
  if (!is_authority(address.authority)) return std::nullopt;
  address.path = std::string(rest.substr(end));
  if (!address.path.starts_with('/')) address.path.insert(0, "/");
  return address;
}

std::optional<Address> resolve_address(const Address& base, std::string_view target) {
  if (target.starts_with('/') && !target.starts_with("//")) {
    return parse_address(base.origin() + std::string(target));
  }
  return parse_address(target);
}

bool is_public_name(std::string_view authority) {
  const std::string_view host = authority.substr(0, authority.find(':'));
  const std::string_view last = host.substr(host.rfind('.') + 1);
  // No top-level domain is a number, so this leaves every way of writing an address out.
  const bool named = !last.empty() && !is_digit(last.front());
  return host.find('.') != std::string_view::npos && host.find('[') == std::string_view::npos && named &&
         last != "localhost" && last != "local" && last != "internal";
}

std::string Challenge::parameter(std::string_view name) const {
  const auto found =
      std::find_if(parameters.begin(), parameters.end(), [&](const auto& entry) { return entry.first == name; });
  return found == parameters.end() ? std::string() : found->second;
}

std::optional<Challenge> parse_challenge(std::string_view header) {
  if (header.size() > kMaxChallenge) return std::nullopt;
  Scanner scanner(header);
  scanner.blanks();
  Challenge challenge;
  challenge.scheme = to_lower(scanner.token());
  if (challenge.scheme.empty()) return std::nullopt;
  while (true) {
    scanner.blanks();
    std::string name = to_lower(scanner.token());
    scanner.blanks();
    // Without '=' it is the scheme of the next challenge.
    if (name.empty() || !scanner.take('=')) return challenge;
    scanner.blanks();
    std::string value;
    if (scanner.take('"')) {
      auto text = scanner.quoted();
      if (!text) return std::nullopt;
      value = *std::move(text);
    } else {
      value = scanner.token();
    }
    challenge.parameters.emplace_back(std::move(name), std::move(value));
    scanner.blanks();
    if (!scanner.take(',')) return challenge;
  }
}

std::optional<std::string> next_link(std::string_view header) {
  while (true) {
    const std::size_t open = header.find('<');
    const std::size_t close = header.find('>', open == std::string_view::npos ? header.size() : open);
    if (close == std::string_view::npos) return std::nullopt;
    std::string target(header.substr(open + 1, close - open - 1));
    header.remove_prefix(close + 1);
    const std::string_view parameters = header.substr(0, header.find('<'));
    const std::string lower = to_lower(parameters);
    if (lower.find("rel=\"next\"") != std::string::npos || lower.find("rel=next") != std::string::npos) return target;
  }
}

std::chrono::seconds retry_after(std::string_view header, TimePoint now) {
  const std::string_view text = trim(header);
  std::chrono::seconds wait = kUsualWait;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && !text.empty()) {
    wait = std::chrono::seconds(std::clamp<std::int64_t>(number, 0, kLongestWait.count()));
  } else if (const auto date = parse_http_date(text)) {
    wait = std::chrono::ceil<std::chrono::seconds>(*date - now);
  }
  return std::clamp(wait, std::chrono::seconds(1), kLongestWait);
}

}  // namespace towline::registry
