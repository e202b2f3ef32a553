#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/transport.h"
#include "program/process.h"

/// Private to this layer: how the `git` program is called and its failures read.
namespace towline::git {

/// A run of git on the bare repository, with nothing of the machine's or its user's configuration. The remote's
/// credentials are in `secret_environment` and nowhere else. Error invalid: the remote's URL cannot be used.
Result<ProcessSpec> git_command(const std::filesystem::path& repository, const Remote& remote,
                                std::vector<std::string> arguments, const TransportLimits& limits);

/// The error for a run of git that failed. `doing` is "cannot fetch from https://…".
Error explain_failure(std::string_view doing, const ProcessOutput& output, const Remote& remote);

}  // namespace towline::git
