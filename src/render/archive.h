#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "render/source_files.h"

namespace towline::render {

/// The regular files of a gzipped tar, as charts are packed. Errors invalid: it is none, a path leads out of it, or
/// more than `max_bytes` come of it. Links and devices are left out: helm does not read them either.
Result<std::vector<LoadedFile>> unpack(std::string_view archive, std::size_t max_bytes);

}  // namespace towline::render
