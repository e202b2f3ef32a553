#pragma once

#include <string_view>

#include "engine/engine.h"
#include "web/answer.h"

namespace towline::web {

/// `/`: the repositories, and where webhooks go.
Answer home_page(const config::ServerConfig& config, std::string_view style);
/// `/pulls/<forge>/<owner>/<repo>/<n>`: the full report of a pull request.
Answer pull_page(engine::Engine& engine, std::string_view style, std::string_view forge, std::string_view owner,
                 std::string_view name, std::string_view number);

}  // namespace towline::web
