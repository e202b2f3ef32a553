#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/secret.h"
#include "git/repository.h"
#include "manifest/object.h"
#include "render/renderer.h"

namespace towline::render {

/// Everything that kustomize may read for one application: the files below each kustomization's directory and those
/// that are named one by one.
struct KustomizeFiles {
  std::vector<git::TreeEntry> files;  ///< regular ones, sorted by path, each once
  std::vector<manifest::ManifestProblem> problems;
  /// Names and ids of all that was found: equal exactly when kustomize would read the same.
  std::string fingerprint;
};
/// Error invalid: too many inputs.
Result<KustomizeFiles> find_kustomize_files(const git::Repository& repository, const CommitId& commit,
                                            const std::string& directory);

/// The files' texts, by the order of `files`.
struct LoadedFile {
  std::string path;
  std::string text;
};
/// Error invalid: they are larger than `max_bytes` together.
Result<std::vector<LoadedFile>> load(const git::Repository& repository, const std::vector<git::TreeEntry>& files,
                                     std::size_t max_bytes);

/// What must not run: remote resources, Helm charts. By path and line.
std::vector<manifest::ManifestProblem> refused_parts(const std::vector<LoadedFile>& files);

/// A redactor that knows the values of the Secrets in these files, for what the program says about them.
Redactor secrets_of(const std::vector<LoadedFile>& files);

/// Whether kustomize would fetch it from the network, when there is no file of that name.
bool is_remote(std::string_view reference);

}  // namespace towline::render
