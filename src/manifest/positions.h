#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace towline::manifest {

/// The line that an error of yaml::parse or yaml::expand names ("line 3, column 7: ..."); 0 when it names none.
std::size_t line_of(const Error& error);

/// Why a text cannot be read as YAML; a template is called by that name: "line 4: templated text is not YAML".
/// `first_line`: where in its file the text begins; the error counts from the text's own begin.
std::string unreadable_reason(std::string_view text, const Error& error, std::size_t first_line = 1);

}  // namespace towline::manifest
