#pragma once

#include <string_view>

#include "engine/engine.h"
#include "report/report.h"
#include "web/answer.h"

namespace towline::web {

/// `/`: the repositories, and where webhooks go.
Answer home_page(const config::ServerConfig& config, const report::Templates& templates);
/// `/pulls/<forge>/<owner>/<repo>/<n>`: the full report of a pull request.
Answer pull_page(engine::Engine& engine, const report::Templates& templates, std::string_view forge,
                 std::string_view owner, std::string_view name, std::string_view number);

}  // namespace towline::web
