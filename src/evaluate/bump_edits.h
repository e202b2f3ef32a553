#pragma once

#include <vector>

#include "base/result.h"
#include "evaluate/repository_reader.h"
#include "evaluate/site_cache.h"
#include "git/repository.h"

namespace towline::evaluate {

/// What `RepositoryReader::edits` gives. Error invalid: a site cannot say its version, "FILE:LINE: …".
Result<std::vector<FileEdits>> bump_edits(SiteCache& sites, const git::Repository& repository,
                                          const EditsQuestion& question);

}  // namespace towline::evaluate
