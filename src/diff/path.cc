#include "diff/path.h"

namespace towline::diff {
namespace {

bool is_simple(std::string_view text) {
  constexpr std::string_view kSimple = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  return !text.empty() && text.find_first_not_of(kSimple) == std::string_view::npos;
}

std::string quoted(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (byte < 0x20) {
      result += "\\x";
      result += kDigits[byte >> 4];
      result += kDigits[byte & 15];
    } else {
      result += c;
    }
  }
  return result + '"';
}

}  // namespace

std::string path_word(std::string_view text) { return is_simple(text) ? std::string(text) : quoted(text); }

std::string Place::path() const {
  if (up_ == nullptr) return "";
  std::string path = up_->path();
  if (!item_.empty()) {
    path += item_;
  } else if (!is_simple(key_)) {
    path += "[" + quoted(key_) + "]";
  } else {
    if (!path.empty()) path += '.';
    path += key_;
  }
  return path;
}

std::string_view Place::field(int above) const {
  for (const Place* place = this; place->up_ != nullptr; place = place->up_) {
    if (place->item_.empty() && above-- == 0) return place->key_;
  }
  return {};
}

}  // namespace towline::diff
