#pragma once

#include <optional>
#include <vector>

#include "decide/decide.h"
#include "decide/gates/gates.h"

namespace towline::decide {

/// The answers to comments with commands that the bot has not answered yet, at most one a comment; before each the
/// bumps that its /promote asks for. On a pull request that is no longer open only /promote is answered, and only
/// once it is merged. What the report shows anyway (an approval, a hold) gets no answer.
///
/// A command that permits something, and whose comment's creation no signed delivery told, is answered with the
/// request to repeat it, once the delivery has had a minute to arrive.
std::vector<Action> answers(const PullView& view);
/// When the next of those answers falls due.
std::optional<TimePoint> next_answer(const PullView& view);

}  // namespace towline::decide
