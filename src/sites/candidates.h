#pragma once

#include <string_view>

namespace towline::sites {

/// Whether the text has something that looks like an image site, told by its bytes alone: parsing costs a hundred times
/// as much, and most files have no image. False means that it has none (keys that are written with escapes, such as
/// "im\u0061ge", are not looked for).
bool may_have_sites(std::string_view text);

}  // namespace towline::sites
