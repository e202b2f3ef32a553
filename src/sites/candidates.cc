#include "sites/candidates.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <type_traits>

#include "manifest/wording.h"

namespace towline::sites {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_quote(char c) { return c == '"' || c == '\''; }

/// What a value must look like to be part of a site, as far as its first word tells.
enum class Wanted : std::uint8_t {
  reference,  ///< has a tag or a digest: "name:tag"
  text,       ///< any scalar that is written
  pointer,    ///< a JSON pointer to an image: "/spec/containers/0/image"
  anything,   ///< the key alone counts
};

/// Two keys of one passage that only together make a site; a row's `sign` is one half.
enum class Sign : std::uint8_t { whole, image_key, name_in_image, helm, parameters, kustomize, images };

struct Row {
  std::string_view key_ending;
  Wanted wanted;
  Sign sign;
};
constexpr auto kRows = std::to_array<Row>({
    {"image", Wanted::reference, Sign::whole},
    {"imageName", Wanted::reference, Sign::whole},
    {"image", Wanted::anything, Sign::image_key},
    {"name", Wanted::reference, Sign::name_in_image},
    {"reference", Wanted::reference, Sign::whole},
    {"tag", Wanted::text, Sign::whole},
    {"Tag", Wanted::text, Sign::whole},
    {"digest", Wanted::text, Sign::whole},
    {"Digest", Wanted::text, Sign::whole},
    {"path", Wanted::pointer, Sign::whole},
    {"helm", Wanted::anything, Sign::helm},
    {"parameters", Wanted::anything, Sign::parameters},
    {"kustomize", Wanted::anything, Sign::kustomize},
    {"images", Wanted::anything, Sign::images},
    // What a comment that marks a site contains.
    {"towline", Wanted::anything, Sign::whole},
    {"$imagepolicy", Wanted::anything, Sign::whole},
});
/// A bit for each row, in the smallest type that has so many.
using RowBits = std::conditional_t<(kRows.size() <= 16), std::uint16_t,
                                   std::conditional_t<(kRows.size() <= 32), std::uint32_t, std::uint64_t>>;
static_assert(kRows.size() <= 64);
constexpr std::array<std::array<Sign, 2>, 3> kTogether = {{
    {Sign::image_key, Sign::name_in_image},
    {Sign::helm, Sign::parameters},
    {Sign::kustomize, Sign::images},
}};
/// The rows whose key ends in a letter, a bit each: most keys are told by it.
constexpr std::array<RowBits, 256> make_rows_by_last_letter() {
  std::array<RowBits, 256> rows{};
  for (std::size_t index = 0; index < kRows.size(); ++index) {
    RowBits& bits = rows[static_cast<unsigned char>(kRows[index].key_ending.back())];
    bits = static_cast<RowBits>(bits | RowBits{1} << index);
  }
  return rows;
}
constexpr std::array<RowBits, 256> kRowsByLastLetter = make_rows_by_last_letter();

/// The text up to the key's last letter, when the colon at `colon` ends a key; else "".
std::string_view up_to_key(std::string_view text, std::size_t colon) {
  std::size_t end = colon;
  while (end > 0 && is_blank(text[end - 1])) --end;
  if (end > 0 && is_quote(text[end - 1])) --end;
  return text.substr(0, end);
}

/// How far a value is looked for behind its key, so that hostile text costs no more than its length.
constexpr std::size_t kLookAhead = 4096;
/// Stands for a value that is too far or too long to be told by its bytes; it may be anything, as an alias may.
constexpr std::string_view kUnknown = "*";

/// The value's first word as it is written: anchors, tags, comments and line breaks before it are passed over.
std::string_view first_word(std::string_view rest) {
  const std::string_view text = rest.substr(0, kLookAhead);
  std::size_t at = 0;
  while (true) {
    at = std::min(text.find_first_not_of(kBlank, at), text.size());
    if (at == text.size()) break;
    if (text[at] == '#') {
      at = std::min(text.find('\n', at), text.size());
    } else if (text[at] == '&' || text[at] == '!') {
      at = std::min(text.find_first_of(kBlank, at), text.size());
    } else {
      break;
    }
  }
  const std::size_t end = std::min(text.find_first_of(kBlank, at), text.size());
  return end == text.size() && text.size() < rest.size() ? kUnknown : text.substr(at, end - at);
}

bool has_version(std::string_view word) {
  const std::size_t colon = word.find(':');
  if (word.find('@') != std::string_view::npos) return true;
  return colon != std::string_view::npos && colon + 1 < word.size();
}

/// `templated`: the text is a template, so that what is written is not what it comes to.
bool is_wanted(Wanted wanted, std::string_view word, bool templated) {
  if (wanted == Wanted::anything) return true;
  if (templated && wanted == Wanted::reference && !word.empty() && !word.ends_with(':')) return true;
  if (word.empty() || word.front() == '{' || word.front() == '[' || word == "-") return false;
  if (wanted == Wanted::text) return !word.ends_with(':');
  if (wanted == Wanted::pointer) return word.front() == '*' || word.find("/image") != std::string_view::npos;
  // A quoted or aliased value may hide what it says.
  return is_quote(word.front()) || word.front() == '*' || has_version(word);
}

bool may_show_sites(std::string_view text) {
  const bool templated = text.find("{{") != std::string_view::npos;
  std::uint32_t signs = 0;
  for (std::size_t colon = text.find(':'); colon != std::string_view::npos; colon = text.find(':', colon + 1)) {
    const std::string_view before = up_to_key(text, colon);
    if (before.empty()) continue;
    std::uint64_t rows = kRowsByLastLetter[static_cast<unsigned char>(before.back())];
    for (; rows != 0; rows &= rows - 1) {
      const Row& row = kRows[static_cast<std::size_t>(std::countr_zero(rows))];
      if (!before.ends_with(row.key_ending) || !is_wanted(row.wanted, first_word(text.substr(colon + 1)), templated))
        continue;
      if (row.sign == Sign::whole) return true;
      signs |= 1U << static_cast<unsigned>(row.sign);
    }
  }
  const auto has = [&](Sign sign) { return (signs >> static_cast<unsigned>(sign) & 1U) != 0; };
  return std::any_of(kTogether.begin(), kTogether.end(),
                     [&](const auto& pair) { return has(pair[0]) && has(pair[1]); });
}

}  // namespace

bool may_have_sites(std::string_view text) {
  if (may_show_sites(text)) return true;
  const manifest::Wording wording(text);
  return wording.is_opaque() || (!wording.unescaped().empty() && may_show_sites(wording.unescaped()));
}

}  // namespace towline::sites
