#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "program/bubblewrap.h"

namespace towline::render {

struct CheckoutLimits {
  std::size_t max_bytes;               ///< of what is transferred, and of the files together
  std::chrono::milliseconds deadline;  ///< of each run of git
  std::string search_path;
  Confinement sandbox;
};

/// The files of one revision (a branch, a tag, a commit that the server gives, or HEAD) of a git repository over http
/// or https, in a new directory, without ".git". Neither redirects are followed nor credentials asked for; how large
/// the files are is looked at before they are written. Errors: unavailable with why there are none, to go behind
/// "cannot be fetched: "; internal.
Result<void> check_out_remote(const std::string& address, const std::string& revision,
                              const std::filesystem::path& directory, const CheckoutLimits& limits);

}  // namespace towline::render
