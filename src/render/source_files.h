#pragma once

#include <string>
#include <vector>

#include "base/secret.h"
#include "discovery/inputs.h"
#include "discovery/tree_index.h"
#include "git/repository.h"
#include "manifest/object.h"

namespace towline::render {

/// The files that rendering a source reads.
struct SourceFiles {
  std::vector<git::TreeEntry> files;  ///< regular ones and links within the repository; sorted by path, each once
  std::vector<manifest::ManifestProblem> problems;
  /// Names and ids of all that was found: equal exactly when a renderer would read the same.
  std::string fingerprint;
};
/// `by_flux`: without what Flux leaves out of its artifact.
SourceFiles find_files(const discovery::TreeIndex& index, const discovery::Inputs& inputs, bool by_flux = false);

struct LoadedFile {
  std::string path;
  std::string text;  ///< of a link: where it points
  bool link = false;
};
/// Error invalid: they are larger than `max_bytes` together.
Result<std::vector<LoadedFile>> load(const git::Repository& repository, const std::vector<git::TreeEntry>& files,
                                     std::size_t max_bytes);

/// A redactor that knows the values of the Secrets in these files, for what a program says about them.
Redactor secrets_of(const std::vector<LoadedFile>& files);

}  // namespace towline::render
