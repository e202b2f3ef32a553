#pragma once

#include <string>
#include <vector>

#include "promote/decide.h"
#include "promote/snapshot.h"

namespace towline::report::test {

/// A pull request and what was decided about it.
struct Case {
  promote::PullSnapshot snapshot;
  promote::PullDecision decision;
};

/// The bot's promotion of pay to prod: one image changes, one approval is missing.
Case waiting();
/// The same after alice approved.
Case ready();
/// Rules that do not hold, a hold, a problem of rendering, a Secret that changes.
Case blocked();
/// Only a README changed.
Case unaffected();
/// A comment in a manifest changed.
Case nothing_changes();
Case merged();
Case closed();
/// The repository could not be read.
Case not_evaluated();

diff::Change changed(std::string kind, std::string name, std::vector<diff::FieldChange> fields);

}  // namespace towline::report::test
