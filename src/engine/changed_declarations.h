#pragma once

#include "base/result.h"
#include "diff/diff.h"
#include "engine/generated_applications.h"
#include "git/repository.h"
#include "promote/snapshot.h"

namespace towline::engine {

/// What a changed Application or ApplicationSet in a file says that no rendering shows: where it goes (cluster,
/// namespace, project), from which revision, and how it is synchronised. Put into the report of the application, of
/// a set into that of the first that comes of it, unless the file is applied by an application whose own report has it.
Result<void> show_changed_declarations(const git::Repository& repository, const State& base, const State& head,
                                       const diff::DiffOptions& options, promote::Evaluation& evaluation);

}  // namespace towline::engine
