#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "render/source_files.h"

namespace towline::render {

/// The regular files of a gzipped tar, as charts are packed. `max_bytes` bounds the whole tar: contents, names, link
/// targets, headers and entries that are left out. Links and devices are left out: helm does not read them either.
/// Errors invalid: not a .tgz, a path that leads out of it, or more than the limits allow.
Result<std::vector<LoadedFile>> unpack(std::string_view archive, std::size_t max_bytes);

}  // namespace towline::render
