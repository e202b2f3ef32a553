#pragma once

#include <optional>
#include <string>
#include <vector>

#include "decide/decide.h"
#include "decide/gates/gates.h"

namespace towline::decide {

/// Comments of the bot, beside its report, that somebody else edited.
std::vector<RestoreComment> restorations(const PullView& view);
/// Who edited or deleted comments of the bot, and when: sentences, the latest first.
std::vector<std::string> foreign_changes(const PullView& view);

/// Which comments the report is published in; nothing when those that are there say it already, nor for a pull request
/// that is over and has no report.
std::optional<PublishReport> publication(const PullView& view, const Conclusion& conclusion);

}  // namespace towline::decide
