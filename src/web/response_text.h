#pragma once

#include <string>

#include "web/answer.h"

namespace towline::web {

/// The bytes of an answer. `head_only`: without its body, for HEAD. `closes`: it is the last on its connection.
std::string response_text(const Answer& answer, bool head_only, bool closes);

}  // namespace towline::web
