#include "base/credential_text.h"

#include <re2/re2.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/credential_names.h"
#include "base/private_keys.h"
#include "base/text.h"

namespace towline {
namespace {

using Parts = std::vector<CredentialPart>;

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

void add(Parts& parts, std::string_view text, std::string_view part) {
  if (!part.empty()) parts.push_back({static_cast<std::size_t>(part.data() - text.data()), part.size()});
}

/// Tokens that say by their beginning what they are.
void find_tokens(std::string_view text, Parts& parts) {
  static const RE2 kTokens(
      R"(\b()"
      R"(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}|)"
      R"(gl(?:pat|dt|rt|cbt|ptt|ft|imt|soat|agent|oas)-[A-Za-z0-9_.=-]{20,}|)"
      R"((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}|)"
      R"(xox[abcdeoprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}|)"
      R"(eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*|)"
      R"([sr]k_(?:live|test)_[A-Za-z0-9]{16,}|sk-[A-Za-z0-9_-]{32,}|whsec_[A-Za-z0-9+/=]{20,}|)"
      R"(AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}|)"
      R"(SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|npm_[A-Za-z0-9]{36}|pypi-AgE[A-Za-z0-9_-]{20,}|)"
      R"(dckr_[a-z]+_[A-Za-z0-9_-]{20,}|dop_v1_[0-9a-f]{64}|hv[sbr]\.[A-Za-z0-9_-]{20,}|glsa_[A-Za-z0-9_]{32,}|)"
      R"(shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|AGE-SECRET-KEY-1[A-Z0-9]{20,}|ATATT3[A-Za-z0-9_=-]{20,}|)"
      R"(sntrys_[A-Za-z0-9_=+/-]{20,}|lin_api_[A-Za-z0-9]{20,}|figd_[A-Za-z0-9_-]{20,})"
      R"())");
  static const RE2 kSlackHook(R"(hooks\.slack\.com/(?:services|workflows)/([A-Za-z0-9/]{12,}))");
  for (const RE2* form : {&kTokens, &kSlackHook}) {
    re2::StringPiece rest = piece(text);
    re2::StringPiece found;
    while (RE2::FindAndConsume(&rest, *form, &found)) add(parts, text, {found.data(), found.size()});
  }
}

/// "Bearer TOKEN" and "Basic BASE64" of an Authorization header (RFC 7235); a word of letters alone is prose.
void find_authorizations(std::string_view text, Parts& parts) {
  static const RE2 kAuthorization(R"((?i)\b(?:bearer|basic)[ \t]{1,8}([A-Za-z0-9._~+/=-]{16,}))");
  re2::StringPiece rest = piece(text);
  re2::StringPiece found;
  while (RE2::FindAndConsume(&rest, kAuthorization, &found)) {
    const std::string_view token(found.data(), found.size());
    if (token.find_first_of("0123456789") != std::string_view::npos) add(parts, text, token);
  }
}

/// Where a shell would run what stands inside of double quotes.
std::size_t substitution_at(std::string_view text) { return std::min(text.find('`'), text.find("$(")); }

/// "https://user:PASSWORD@host"; a user without password counts where it is as long as a token.
void find_url_passwords(std::string_view text, TextUse use, Parts& parts) {
  constexpr std::string_view kSeparator = "://";
  constexpr std::size_t kTokenBytes = 20;
  constexpr std::size_t kLongest = 4u << 10;
  for (std::size_t at = text.find(kSeparator); at != std::string_view::npos; at = text.find(kSeparator, at)) {
    at += kSeparator.size();
    const std::string_view near = text.substr(at, kLongest);
    const std::string_view url = near.substr(0, near.find_first_of("\"'<>`\\, \t\r\n"));
    const std::string_view authority = url.substr(0, url.find_first_of("/?#"));
    const std::size_t colon = authority.find(':');
    // A '/' in a password is wrong in a URL, but meant: what follows the colon is no port then.
    const bool port = colon != std::string_view::npos && authority.find('@') == std::string_view::npos &&
                      authority.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
    const std::string_view before_host = colon == std::string_view::npos || port ? authority : url;
    const std::size_t end = before_host.rfind('@');
    if (end == std::string_view::npos) continue;
    const bool only_user = colon == std::string_view::npos || colon > end;
    const std::string_view written = only_user ? before_host.substr(0, end) : url.substr(colon + 1, end - colon - 1);
    const std::string_view password = use == TextUse::code ? shell_word(written) : written;
    if (only_user && password.size() < kTokenBytes) continue;
    if (is_credential_of("password", password)) add(parts, text, password);
  }
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool is_name_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '.' || c == '-';
}

/// The line that a place is in; asked for places in their order, so that a long line is looked through once.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}
  void go_to(std::size_t place) {
    while (end_ < place) {
      begin_ = end_ + 1;
      end_ = std::min(text_.find('\n', begin_), text_.size());
    }
  }
  std::size_t begin() const { return begin_; }
  std::size_t end() const { return end_; }

 private:
  std::string_view text_;
  std::size_t begin_ = 0;
  std::size_t end_ = std::min(text_.find('\n'), text_.size());
};

/// The quoted parts of a text as a shell reads it; asked for places in their order, so that it is read once.
class ShellQuotes {
 public:
  explicit ShellQuotes(std::string_view text) : text_(text) {}
  /// Where the quoted part that the place is inside of ends; the end of the text when it is inside of none.
  std::size_t end_of_part(std::size_t place) {
    while (next_ < place) read_one();
    return open_ < place && place <= close_ ? close_ : text_.size();
  }

 private:
  void read_one() {
    const char c = text_[next_];
    if (c == '"' || c == '\'') {
      open_ = next_;
      close_ = next_ + 1;
      while (close_ < text_.size() && text_[close_] != c) close_ += c == '"' && text_[close_] == '\\' ? 2 : 1;
      close_ = std::min(close_, text_.size());
      next_ = close_ + 1;
    } else if (c == '#' && (next_ == 0 || is_blank(text_[next_ - 1]) || text_[next_ - 1] == '\n')) {
      next_ = std::min(text_.find('\n', next_), text_.size());
    } else {
      next_ += c == '\\' ? 2 : 1;
    }
  }

  std::string_view text_;
  std::size_t next_ = 0;  ///< what stands before is read
  std::size_t open_ = 0;
  std::size_t close_ = 0;
};

/// "name: ", "name=", "\"name\": ", "\\\"name\\\":".
struct Named {
  std::string_view name;
  std::size_t value = 0;     ///< where its value begins
  bool begins_line = false;  ///< nothing but a list's dash, a quote or "export" is before it
  bool assigned = false;     ///< with '='
  bool spaced = false;       ///< with blanks before the separator, as no shell assigns
  bool apart = false;        ///< with blanks behind it: "TOKEN= run" runs something
};

/// What is named before the separator at `at`.
Named named_before(std::string_view text, std::size_t at, const Lines& lines) {
  constexpr std::size_t kMostBlanks = 8;
  constexpr std::size_t kMostSlashes = 8;
  constexpr std::size_t kLongestName = 120;
  std::size_t end = at;
  while (end > 0 && at - end < kMostBlanks && is_blank(text[end - 1])) --end;
  if (end > 0 && (text[end - 1] == '"' || text[end - 1] == '\'')) --end;
  for (std::size_t count = 0; end > 0 && count < kMostSlashes && text[end - 1] == '\\'; ++count) --end;
  std::size_t begin = end;
  while (begin > 0 && end - begin <= kLongestName && is_name_char(text[begin - 1])) --begin;
  Named named;
  named.name = text.substr(begin, end - begin);
  const std::string_view before = text.substr(lines.begin(), begin - std::min(begin, lines.begin()));
  named.begins_line = before.find_first_not_of(" \t\"'-") == std::string_view::npos || trim(before) == "export";
  named.assigned = text[at] == '=';
  named.spaced = at > 0 && is_blank(text[at - 1]);
  named.value = at + 1;
  const char next = named.value < text.size() ? text[named.value] : '\0';
  if ((text[at] == ':' && next == '=') || (text[at] == '=' && next == '>')) ++named.value;
  for (std::size_t count = 0; count < kMostBlanks && named.value < text.size() && is_blank(text[named.value]);
       ++count) {
    ++named.value;
    named.apart = true;
  }
  return named;
}

/// A longer value is passed over as a whole, so that the work stays linear.
constexpr std::size_t kShort = 4u << 10;

/// A reference to a value, "{{ .Values.password }}", which is not masked.
bool is_template(std::string_view value) {
  return value.starts_with("{{") && value.ends_with("}}") && !is_credential_of("password", value);
}

/// Without quotes.
std::string_view bare_value(std::string_view text, const Named& named, bool of_shell, std::size_t line_end) {
  std::string_view value = text.substr(named.value, line_end - std::min(line_end, named.value));
  if (named.begins_line) {
    // To the end of the line, but for a comment: passphrases have blanks.
    value = trim(value.substr(0, value.find(" #")));
  } else {
    const std::size_t close = value.starts_with("{{") ? value.substr(0, kShort).find("}}") : std::string_view::npos;
    const std::string_view templated = close == std::string_view::npos ? "" : value.substr(0, close + 2);
    if (is_template(templated)) return templated;
    value = value.substr(0, value.find_first_of(" \t\r\"'"));
  }
  if (of_shell && !is_template(value)) value = shell_word(value);
  // What closes something that was opened before the value is no part of it.
  for (;;) {
    const char last = value.empty() ? '\0' : value.back();
    const char opening = last == '}' ? '{' : last == ']' ? '[' : last == ')' ? '(' : last;
    const bool closes = opening != last && value.find(opening) == std::string_view::npos;
    if (last != ',' && last != ';' && !closes) return value;
    value.remove_suffix(1);
  }
}

/// The lines below that are indented deeper than the name's: a YAML block scalar.
std::string_view block_value(std::string_view text, std::size_t first, std::size_t indent) {
  std::size_t end = first;
  while (end < text.size()) {
    const std::size_t next = std::min(text.find('\n', end), text.size() - 1) + 1;
    const std::string_view line = text.substr(end, next - end);
    const std::size_t blanks = line.find_first_not_of(" \t\r\n");
    if (blanks != std::string_view::npos && blanks <= indent) break;
    end = next;
  }
  return trim(text.substr(first, end - first));
}

/// The value, in whichever notation; "" when it is a word of a sentence.
std::string_view value_of(std::string_view text, const Named& named, TextUse use, const Lines& lines) {
  static const RE2 kEscaped(R"(\\+"([^"\\\n]*))");
  static const RE2 kQuoted(R"("((?:[^"\\\n]|\\[^\n])*)|'([^'\n]*))");
  static const RE2 kBlock(R"([|>][+\-0-9]*[ \t]*\r?\n)");
  const bool of_shell =
      use == TextUse::code || (use == TextUse::data && named.assigned && !named.spaced && !named.apart);
  const bool runs_next = use == TextUse::code && named.assigned && named.apart && !named.spaced;
  if (runs_next || named.value >= text.size()) return {};
  re2::StringPiece rest = piece(text.substr(named.value));
  re2::StringPiece one;
  re2::StringPiece other;
  if (RE2::Consume(&rest, kEscaped, &one) || RE2::Consume(&rest, kQuoted, &one, &other)) {
    if (one.data() == nullptr) return {other.data(), other.size()};
    const std::string_view value(one.data(), one.size());
    return of_shell ? value.substr(0, substitution_at(value)) : value;
  }
  if (use != TextUse::code && named.begins_line && RE2::Consume(&rest, kBlock)) {
    const std::size_t indent = text.find_first_not_of(" \t", lines.begin()) - lines.begin();
    return block_value(text, text.size() - rest.size(), indent);
  }
  const std::string_view value = bare_value(text, named, of_shell, std::min(lines.end(), text.size()));
  if (named.begins_line || named.assigned) return value;
  const std::size_t end = std::min(lines.end(), text.size());
  const std::size_t behind = static_cast<std::size_t>(value.data() - text.data()) + value.size() + 1;
  const std::size_t word = behind < end ? text.find_first_not_of(" \t\r", behind) : end;
  return word < end ? std::string_view() : value;
}

/// No further than the quoted part that it begins in: of echo "password="; run "x" nothing is a value.
std::string_view value_in_code(std::string_view text, const Named& named, ShellQuotes& quotes, const Lines& lines) {
  const std::size_t end = quotes.end_of_part(named.value);
  if (end != named.value || end == text.size()) return value_of(text.substr(0, end), named, TextUse::code, lines);
  // The quoted part ends here, unless a quote before it was none: one word is masked to be sure.
  const std::string_view word = shell_word(text.substr(end + 1, kShort));
  return word.substr(0, word.find_first_of("\"'"));
}

/// "password: x", "TOKEN=x", "\"apiKey\": \"x\"", also escaped within another text.
void find_named(std::string_view text, TextUse use, Parts& parts) {
  Lines lines(text);
  ShellQuotes quotes(text);
  std::size_t at = text.find_first_of(":=");
  while (at != std::string_view::npos) {
    lines.go_to(at);
    const Named named = named_before(text, at, lines);
    std::size_t next = named.value;
    if (text.substr(at, 2) != "==" && names_credential(named.name)) {
      lines.go_to(std::min(named.value, text.size()));
      const std::string_view value =
          use == TextUse::code ? value_in_code(text, named, quotes, lines) : value_of(text, named, use, lines);
      const bool found = !value.empty() && is_credential_of(named.name, value);
      if (found) add(parts, text, value);
      if (found || value.size() > kShort) next = static_cast<std::size_t>(value.data() - text.data()) + value.size();
    }
    at = text.find_first_of(":=", std::max(next, at + 1));
  }
}

/// In order, those that overlap made one.
Parts merged(Parts parts) {
  std::sort(parts.begin(), parts.end(),
            [](const CredentialPart& a, const CredentialPart& b) { return a.begin < b.begin; });
  Parts result;
  for (const CredentialPart& part : parts) {
    if (result.empty() || part.begin >= result.back().begin + result.back().size) {
      result.push_back(part);
    } else {
      const std::size_t end = std::max(result.back().begin + result.back().size, part.begin + part.size);
      result.back().size = end - result.back().begin;
    }
  }
  return result;
}

}  // namespace

std::vector<CredentialPart> find_credentials(std::string_view text, TextUse use) {
  // No credential that is told by its form or its name is shorter.
  constexpr std::size_t kLeastBytes = 6;
  if (text.size() < kLeastBytes) return {};
  Parts parts;
  find_private_keys(text, parts);
  find_tokens(text, parts);
  find_authorizations(text, parts);
  find_url_passwords(text, use, parts);
  find_named(text, use, parts);
  return merged(std::move(parts));
}

std::string mask_credentials(std::string_view text, const std::function<std::string(std::string_view)>& mask,
                             TextUse use) {
  std::string masked;
  std::size_t at = 0;
  for (const CredentialPart& part : find_credentials(text, use)) {
    masked.append(text.substr(at, part.begin - at)).append(mask(text.substr(part.begin, part.size)));
    at = part.begin + part.size;
  }
  return masked.append(text.substr(at));
}

std::string_view shell_word(std::string_view text) {
  const std::size_t end = text.find_first_of(" \t\r\n;|&<>()`");
  // "$(" begins a command, and a "(" alone ends the word all the same.
  const bool substitution = end != std::string_view::npos && end > 0 && text[end] == '(' && text[end - 1] == '$';
  return text.substr(0, substitution ? end - 1 : end);
}

std::string redact_credentials(std::string_view text) {
  return mask_credentials(text, [](std::string_view) { return std::string("***"); });
}

}  // namespace towline
