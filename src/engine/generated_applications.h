#pragma once

#include <vector>

#include "manifest/application.h"
#include "manifest/object.h"
#include "promote/snapshot.h"

namespace towline::engine {

/// Applications and ApplicationSets that only a rendering holds (a chart of Applications) are not followed: what they
/// would change is looked for in files alone. Says so in the report of the application that renders them, by name.
void note_unfollowed(const std::vector<manifest::Resource>& rendered, const manifest::Discovered& discovered,
                     promote::ApplicationReport& report);

}  // namespace towline::engine
