#pragma once

#include <string>
#include <string_view>

#include "base/ids.h"
#include "discovery/application.h"

namespace towline::discovery {

/// "$NAME" and "${NAME}" replaced by Argo CD's build environment; an unknown name by nothing; "$$" is "$".
/// `commit` may be empty. Source: Argo CD, docs/user-guide/build-environment.md, and Go's os.Expand.
std::string expand_environment(std::string_view text, const Application& application, const Source& source,
                               const CommitId& commit);

}  // namespace towline::discovery
