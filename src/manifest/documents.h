#pragma once

#include <string_view>
#include <vector>

#include "manifest/object.h"
#include "yaml/node.h"

namespace towline::manifest {

/// What Kubernetes reads of a file (yaml/kubernetes.h).
struct ParsedDocuments {
  std::vector<yaml::Node> roots;          ///< aliases expanded; documents with a problem are left out
  std::vector<ManifestProblem> problems;  ///< empty: the whole file is understood
};
/// A file named "….json" must be JSON, of one value.
ParsedDocuments parse_documents(std::string_view path, std::string_view text);

/// The items of what Argo CD unfolds: any object whose "items" is a list (unstructured.IsList); else nullptr.
const std::vector<yaml::Node>* list_items(const yaml::Node& root);

/// The first bytes of a pointer that stands for a file kept in Git LFS.
inline constexpr std::string_view kLfsPointer = "version https://git-lfs.github.com/spec/";

}  // namespace towline::manifest
