#pragma once

#include <vector>

#include "promote/decide.h"
#include "promote/gates.h"

namespace towline::promote {

/// The answers to comments with commands that the bot has not answered yet, at most one a comment; before each the
/// bumps that its /promote asks for. On a pull request that is no longer open only /promote is answered, and only
/// once it is merged. What the report shows anyway (an approval, a hold) gets no answer.
std::vector<Action> answers(const PullView& view);

}  // namespace towline::promote
