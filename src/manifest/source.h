#pragma once
#include <string>
#include <utility>
namespace towline::manifest {
using NamedText = std::pair<std::string, std::string>;
}
