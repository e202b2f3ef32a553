#pragma once

#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "decide/commands/spoken.h"
#include "decide/decide.h"
#include "decide/people/approvals.h"
#include "decide/people/people.h"
#include "decide/people/render_permission.h"

namespace towline::decide {

/// The environments a pull request bears on.
struct Affected {
  std::vector<const config::Environment*> environments;  ///< in the order of the configuration
  /// Something is affected that belongs to no environment, or nobody knows what is: approvals of all are needed.
  bool beyond = false;
};

/// What every gate looks at.
struct PullView {
  PullView(const PullSnapshot& of, TimePoint at);
  const PullSnapshot& snapshot;
  TimePoint now;
  People people;
  std::vector<SpokenCommand> said;
  std::vector<SpokenCommand> unheard;  ///< what does not count because no signed delivery told of it
  Loss loss;
  Approvals approvals;
  RenderPermission leave;
  Affected affected;
  /// The evaluation, when it is one of the present head.
  const evaluate::Evaluation* evaluation() const;
  /// The environment of the bot's own pull request.
  const config::Environment* bump_environment() const;
};

struct GateResult {
  Gate gate;
  std::optional<TimePoint> changes_at;  ///< when time alone changes it
  bool is_failure = false;              ///< closed because something is wrong, rather than by somebody's choice
};

/// Every gate, in the order of the report.
std::vector<GateResult> check_gates(const PullView& view);

/// "Rendering 3 applications: what changes is not known yet."
std::string rendering_sentence(const Rendering& rendering);

/// Findings of each level, and the application's problems.
struct PolicyCount {
  std::size_t checked = 0;  ///< all but the skipped
  std::size_t warnings = 0;
  std::size_t failures = 0;
  std::size_t errors = 0;  ///< findings of that level and rendering problems
};
PolicyCount count_policies(const evaluate::Evaluation& evaluation);

}  // namespace towline::decide
