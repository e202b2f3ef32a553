#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace towline::discovery {

inline constexpr std::string_view kGitAttributes = ".gitattributes";
inline constexpr std::string_view kFluxIgnore = ".sourceignore";

/// An attribute that a line of a .gitattributes file sets, and by which Git can write other bytes than the blob holds
/// when it checks out on Linux: working-tree-encoding, filter, ident, eol=crlf, or a macro that sets one of these.
struct CheckoutChange {
  std::size_t line = 0;
  std::string pattern;  ///< as written
  std::string attribute;
  bool matches_all = false;  ///< the pattern is not evaluated here, so it is taken to match every file

  /// `path` is relative to the directory of the .gitattributes file. True where in doubt.
  bool may_match(std::string_view path) const;
};

/// Names of the macros ("[attr]name ...") that set such an attribute, directly or through other macros.
using CheckoutMacros = std::set<std::string, std::less<>>;
CheckoutMacros checkout_macros(const std::vector<std::string>& texts);

/// The definition of such a macro is one too, for every file: another line may use it.
/// Source of the rules: Git, gitattributes(5), attr.c and convert.c.
std::vector<CheckoutChange> checkout_changes(std::string_view text, const CheckoutMacros& macros);

}  // namespace towline::discovery
