#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "config/server.h"
#include "evaluate/repository_reader.h"

namespace towline::engine {

/// What reads repositories, with the limits and the view of the machine that the configuration gives it. `evaluator`:
/// the program of its processes; none: this process. It gets a key for masked values that is derived from the
/// installation's, and no credential.
Result<std::unique_ptr<evaluate::RepositoryReader>> make_reader(const config::ServerConfig& config,
                                                                const Secret& masking_key,
                                                                const std::vector<std::string>& evaluator);

}  // namespace towline::engine
