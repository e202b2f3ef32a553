#pragma once

#include <string>

namespace towline::test {

/// Absolute paths of the checkout and of its build folder. Functions, so that only one object file depends on where the
/// checkout lies and a compiler cache serves several checkouts.
const std::string& source_dir();
const std::string& binary_dir();

}  // namespace towline::test
