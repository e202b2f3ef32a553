#pragma once

#include <vector>

#include "evaluate/evaluation.h"
#include "policy/finding.h"
#include "render/renderer.h"

namespace towline::evaluate {

/// What the charts of both sides use that a render cannot show. What both have in unchanged files is a remark; anything
/// else is a problem of the report, and a finding that no severity turns off. Without a head all is gone, which the
/// difference shows.
void note_volatile_uses(const std::vector<render::VolatileUse>& before, const std::vector<render::VolatileUse>& after,
                        bool has_head, evaluate::ApplicationReport& report, std::vector<policy::Finding>& findings);

}  // namespace towline::evaluate
