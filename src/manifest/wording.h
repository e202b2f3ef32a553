#pragma once

#include <string>
#include <string_view>

namespace towline::manifest {

/// Tells without parsing whether a YAML text can say a word. What double-quoted scalars write with escapes
/// ("\u0061rgoproj.io", or a word split by an escaped line break) counts as written.
class Wording {
 public:
  /// `text` must outlive it.
  explicit Wording(std::string_view text);

  /// False only if no scalar of the text contains the word (letters, digits, '.', '/', '-', '_', ':', '@', '$').
  bool may_say(std::string_view word) const;
  /// The text with these escapes replaced; "" if it has none.
  const std::string& unescaped() const { return unescaped_; }
  /// Any word may be in it: it is not UTF-8, or has scalars with the tag !!binary.
  bool is_opaque() const { return is_opaque_; }

 private:
  std::string_view text_;
  std::string unescaped_;
  bool is_opaque_;
};

}  // namespace towline::manifest
