#pragma once

#include <string_view>

#include "git/file_tree.h"

namespace towline::discovery {

/// Whether Flux's source-controller leaves the file out of the artifact that it makes of a GitRepository, whatever the
/// repository says: files of version control, archives and images, files of CI services, and everything that is not a
/// regular file. Source: github.com/fluxcd/pkg, sourceignore (ExcludeVCS, ExcludeExt, ExcludeCI, ExcludeExtra); Archive
/// of fluxcd/pkg/artifact/storage.
bool is_left_out_of_artifact(const git::TreeEntry& entry);
bool is_left_out_of_artifact(std::string_view path);

}  // namespace towline::discovery
