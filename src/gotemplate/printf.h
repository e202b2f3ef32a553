#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gotemplate/value.h"

namespace towline::gotemplate {

/// Go's fmt.Sprintf with the verbs s, q, v, d, x, t, f, g and e, with width, precision and the flags '-', '0' and '+'.
/// Error invalid: another verb, a value that the verb is not for, too few or too many values, a width over 1,000.
Result<std::string> go_printf(std::string_view format, std::span<const GoValue> values);

}  // namespace towline::gotemplate
