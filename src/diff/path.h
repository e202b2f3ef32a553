#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace towline::diff {

/// Where in a resource something is: a step below another place, or the top. Refers to what it is made of.
class Place {
 public:
  Place() = default;
  static Place key(const Place& up, std::string_view key) { return {&up, key, {}}; }
  /// `item`: "[name=app]", brackets included.
  static Place item(const Place& up, std::string_view item) { return {&up, {}, item}; }

  /// "spec.containers[name=app].image"
  std::string path() const;
  /// The nearest key of a mapping, `above` keys further up; "" when there is none. Steps into lists do not count.
  std::string_view field(int above = 0) const;

 private:
  Place(const Place* up, std::string_view key, std::string_view item) : up_(up), key_(key), item_(item) {}

  const Place* up_ = nullptr;
  std::string_view key_;
  std::string_view item_;
};

/// A value in a path: as it is when it is a word, else quoted.
std::string path_word(std::string_view text);

}  // namespace towline::diff
