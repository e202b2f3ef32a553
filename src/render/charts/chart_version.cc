#include "render/charts/chart_version.h"

#include <algorithm>
#include <cctype>

namespace towline::render {
namespace {

/// Removes the digits that the text begins with; false when there is none.
bool take_number(std::string_view& text) {
  const std::size_t size = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(size);
  return size > 0;
}

bool take(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

bool is_exact_version(std::string_view text) {
  while (take(text, ' ')) {
  }
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (take(text, '=')) {
    while (take(text, ' ')) {
    }
  }
  take(text, 'v');
  if (!take_number(text) || !take(text, '.') || !take_number(text) || !take(text, '.') || !take_number(text))
    return false;
  if (text.empty()) return true;
  if (text.size() == 1 || (text[0] != '-' && text[0] != '+')) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '+' || c == '.';
  });
}

}  // namespace towline::render
