#pragma once

#include <vector>

#include "base/result.h"
#include "discovery/application.h"
#include "discovery/survey.h"
#include "discovery/tree_index.h"

namespace towline::discovery {

/// Whether Argo CD Applications may come of rendering it with a program: the words for them are in what it reads. What
/// a mere directory applies stands in files, and is discovered there. Files that `screen` knows are not read.
Result<bool> may_generate(const TreeIndex& index, const Application& application, const ApplicationInputs& inputs,
                          DeclarationScreen* screen);

/// What is rendered of it, whoever declares it and however the texts in it are written: what comes out of a program has
/// other quotes and sorted keys.
Application comparable(Application application);

}  // namespace towline::discovery
