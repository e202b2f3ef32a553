#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace towline {

/// What was done to make files private, one sentence each, for the log.
using Tightened = std::vector<std::string>;

/// Makes the directory (mode 0700), or checks an existing one: it must belong to this process's user and be writable
/// by nobody else. If others may read it, its mode is tightened, which protects everything in it.
/// Errors invalid (cannot be made), forbidden (another owner, writable by others).
Result<Tightened> make_private_directory(const std::filesystem::path& directory);

/// Takes what other users may do with this file or directory from them. Nothing is done if there is none, nor to a
/// symlink.
Result<Tightened> tighten(const std::filesystem::path& path);

/// Makes an empty file with mode 0600 if there is none.
Result<void> make_private_file(const std::filesystem::path& file);

/// A random key of `bytes` bytes, kept as hex in a file of mode 0600. It is made if the file does not exist, and is on
/// the disk, with its directory entry, before this returns. A file that cannot be read, or that does not hold such a
/// key, is an error and stays as it is: `if_deleted` completes the sentence "If you delete it, ...".
Result<Secret> read_or_make_key(const std::filesystem::path& file, std::size_t bytes, std::string_view if_deleted);

}  // namespace towline
