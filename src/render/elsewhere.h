#pragma once

#include "base/files.h"
#include "git/repository.h"
#include "render/toolbox.h"

namespace towline::render {

/// A source in another git repository as if it stood in one of its own, which is gone at the end of its life.
struct Elsewhere {
  TemporaryDirectory directory;
  git::Repository repository;
  CommitId commit;
  discovery::Application application;  ///< with that source alone; what it uses of this repository lies there too
};

/// Of the revision that the chart cache holds. Error not_found, unavailable or invalid with a sentence for the reader
/// when it cannot be had; internal otherwise.
Result<Elsewhere> bring_here(const Toolbox& toolbox, const Job& job);

}  // namespace towline::render
