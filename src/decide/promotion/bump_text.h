#pragma once

#include <string>
#include <vector>

#include "config/repository.h"
#include "decide/decide.h"
#include "decide/snapshot.h"

namespace towline::decide {

/// "dev: pay 1.4.2 -> 1.5.0, proxy 2 -> 3"; the service is named ("dev/checkout: ...") where no image is called like
/// it.
std::string bump_title(const BumpTarget& target, const std::vector<evaluate::ImageChange>& images);

/// The description: what, from where, digests, where it was proven and how to steer; ends in bump_marker().
/// Markdown in which nothing from outside is more than text, and nobody is mentioned.
std::string bump_body(const WantedBump& wanted, const config::Environment& environment);

/// The action that makes branch and pull request say the bump.
UpsertBump upsert_for(const WantedBump& wanted, const config::Environment& environment);

}  // namespace towline::decide
